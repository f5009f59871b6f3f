import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import twilio from 'twilio';
import type { ConnectApp } from '../../src/connect-apps/connect-app.ts';
import { aPerson, type Browser, signedIn } from '../support/browser.ts';
import { digestOfData } from '../support/digest.ts';
import {
  loginOf,
  onEveryEngine,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

const REDIRECT = 'https://app.example.com/back?kept=%20a+b&AccountSid=AC1&state=old&error=old#part';
const RUNS = 40;

interface Stage {
  readonly developer: TestAccount;
  readonly connect_app: ConnectApp;
  readonly browser: Browser;
  readonly path: string;
}

async function aStage(
  app: TestApp,
  options: Parameters<TestApp['aConnectApp']>[1] = {},
): Promise<Stage> {
  const developer = await app.anAccount();
  const connectApp = await app.aConnectApp(developer, options);
  const browser = await signedIn(app, await aPerson(app, await app.anAccount()));
  return { developer, connect_app: connectApp, browser, path: `/authorize/${connectApp.sid}` };
}

async function answer({ browser, path }: Stage, query: string, value: string): Promise<string> {
  const page = await browser.get(path + query);
  assert.equal(page.status, 200, page.text);
  const { location } = await browser.submit(page, path, { answer: value });
  return location ?? '';
}

onEveryEngine('the redirect to the app', (engine) => {
  test('brings any state back unchanged, and nothing else of the link (T14)', async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app, { authorize_redirect_url: REDIRECT });
    const anyState = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc.constantFrom(
        '',
        '&AccountSid=AC0&state=2',
        '\r\nSet-Cookie: a=b',
        '%0d%0aLocation: https://evil.example.com',
        '#https://evil.example.com',
        '<script>alert(1)</script>',
        '\0',
        '😀'.repeat(512),
        'x'.repeat(2_048),
      ),
    );
    await fc.assert(
      fc.asyncProperty(anyState, async (state) => {
        const location = await answer(stage, `?state=${encodeURIComponent(state)}`, 'authorize');
        const url = new URL(location);
        assert.equal(
          `${url.origin}${url.pathname}${url.hash}`,
          'https://app.example.com/back#part',
        );
        assert.ok(/^[\x21-\x7e]+$/.test(location), 'a header of visible ASCII');
        const given = [...url.searchParams];
        assert.deepEqual(
          given.map(([name]) => name),
          ['kept', 'AccountSid', 'state'],
        );
        assert.deepEqual(url.searchParams.getAll('state'), [state]);
        assert.notEqual(url.searchParams.get('AccountSid'), 'AC1');
        assert.ok(location.includes('?kept=%20a+b&'), 'its own query is kept to the letter');
      }),
      { numRuns: RUNS },
    );
  });

  test('refuses a state that cannot be carried, and grants nothing (T14)', async () => {
    await using app = await testApp({ engine });
    const { browser, path } = await aStage(app);
    const before = await digestOfData(app.app);
    for (const query of [
      `?state=${'x'.repeat(2_049)}`,
      `?state=${encodeURIComponent('😀'.repeat(512))}x`,
      '?state=a&state=b',
      '?state=%ED%A0%80',
      '?state=%FF',
    ]) {
      const page = await browser.get(path + query);
      assert.equal(page.status, 400, query);
      assert.match(page.text, /<main/);
    }
    assert.equal(await digestOfData(app.app), before);
  });

  test('goes to the registered address and to no other (T11)', async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app, { authorize_redirect_url: 'https://app.example.com/back' });
    const { browser, path } = stage;
    const elsewhere = [
      'https://evil.example.com',
      '//evil.example.com',
      '/\\evil.example.com',
      '%2f%2fevil.example.com',
      'https:evil.example.com',
      'https://app.example.com@evil.example.com/',
      'https://app.example.com.evil.example.com/',
      'javascript:alert(1)',
      'data:text/html,x',
      'https://аpp.example.com/',
      '/\t/evil.example.com',
      '\r\nLocation: https://evil.example.com',
    ];
    const names = ['next', 'redirect', 'redirect_uri', 'return', 'return_to', 'url', 'Location'];
    for (const payload of elsewhere) {
      const query = names.map((name) => `${name}=${encodeURIComponent(payload)}`).join('&');
      const location = await answer(stage, `?${query}&state=1`, 'deny');
      assert.equal(location, 'https://app.example.com/back?error=unauthorized_client');
      for (const door of ['/login', '/signup', '/console', '/user/account', '/']) {
        const answered = await browser.get(`${door}?${query}`);
        const to = answered.location ?? '/';
        assert.match(to, /^\/(?![/\\])/, `${door} led to ${to}`);
      }
      // A forged return address is refused.
      const forged = await signedIn(app, await aPerson(app, await app.anAccount()));
      const encoded = Buffer.from(payload).toString('base64url');
      forged.cookies.set('tieline_return', `${encoded}.${'A'.repeat(43)}`);
      const { location: after } = await forged.get('/login');
      assert.match(after ?? '/', /^\/(?![/\\])/);
    }
    const { connect_app, developer } = stage;
    const resource = `/2010-04-01/Accounts/${developer.sid}/ConnectApps/${connect_app.sid}.json`;
    for (const payload of ['javascript:alert(1)', 'data:text/html,x', '//evil.example.com', 'x']) {
      const refused = await app.post(resource, loginOf(developer), {
        AuthorizeRedirectUrl: payload,
      });
      assert.equal(refused.status, 400, payload);
    }
    assert.equal((await browser.get(path)).status, 200);
  });

  test("is signed at the app's request, and the official SDK can check it (T13)", async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app, { authorize_redirect_url: REDIRECT, signed_redirect: 1 });
    const { developer } = stage;
    const location = await answer(stage, '?state=a%20b', 'authorize');
    const url = new URL(location);
    url.hash = '';
    const signature = url.searchParams.get('Signature') ?? '';
    const [unsigned = ''] = url.href.split('&Signature=');
    const verify = (of: string, token = developer.auth_token) =>
      twilio.validateRequest(token, signature, of, {});
    assert.ok(verify(unsigned));
    assert.equal(Number(url.searchParams.get('Timestamp')), Math.floor(app.app.now() / 1000));
    assert.match(url.searchParams.get('Nonce') ?? '', /^[\w-]{22}$/);
    // Another account, state, time or signer fails the check.
    for (const name of ['AccountSid', 'state', 'Timestamp', 'Nonce']) {
      const value = new URL(unsigned).searchParams.get(name) ?? '';
      const tampered = unsigned.replace(
        `${name}=${new URLSearchParams({ '': value }).toString().slice(1)}`,
        `${name}=0`,
      );
      assert.notEqual(tampered, unsigned, name);
      assert.ok(!verify(tampered), name);
    }
    assert.ok(!verify(unsigned, (await app.anAccount()).auth_token));
    const again = new URL(await answer(stage, '?state=a%20b', 'authorize'));
    assert.notEqual(again.searchParams.get('Nonce'), url.searchParams.get('Nonce'));
    const denied = await answer(stage, '?state=a%20b', 'deny');
    assert.deepEqual([...new URL(denied).searchParams.keys()], ['kept', 'error']);
  });
});
