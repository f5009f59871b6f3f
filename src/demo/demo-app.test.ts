import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import twilio from 'twilio';
import { demoApp } from './demo-app.ts';
import { DemoMemory } from './demo-memory.ts';
import type { DemoSettings } from './demo-settings.ts';

suite('the demo as an app', () => {
  const settings: DemoSettings = {
    origin: 'https://platform.example.com',
    home: 'https://app.example.com/demo',
    account_sid: `AC${'1'.repeat(32)}`,
    auth_token: '2'.repeat(32),
    connect_app_sid: `CN${'3'.repeat(32)}`,
    button_image: 'https://platform.example.com/button.svg',
    signed_redirect: true,
    now: () => 0,
  };

  test('names the package to install when the SDK is missing, and answers further requests', async () => {
    const handle = demoApp(settings, new DemoMemory(), () => Promise.reject(new Error('no such')));
    const shown = await handle(new Request(settings.home));
    assert.equal(shown.status, 503);
    assert.match(await shown.text(), /npm install twilio/);
    const called = await handle(new Request(`${settings.home}/deauthorize`, { method: 'POST' }));
    assert.equal(called.status, 503);
    assert.equal((await handle(new Request(`${settings.home}/style.css`))).status, 200);
  });

  test('has its own cookie, and a new one for every sign-in', async () => {
    const handle = demoApp(settings, new DemoMemory(), async () => ({ default: twilio }));
    const first = await handle(new Request(settings.home));
    const cookie = first.headers.get('set-cookie') ?? '';
    assert.match(cookie, /^demo_user=[\w-]{32}; Path=\/demo; HttpOnly; SameSite=Lax; Secure$/);
    assert.match(first.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/);

    const form_token = /form_token" value="([^"]+)/.exec(await first.text())?.[1] ?? '';
    const logIn = (token: string, user_name: string) =>
      handle(
        new Request(`${settings.home}/login`, {
          method: 'POST',
          headers: { cookie: cookie.split(';')[0] ?? '' },
          body: new URLSearchParams({ form_token: token, user_name }),
        }),
      );
    assert.equal((await logIn('', 'Ada')).status, 403);
    assert.equal((await logIn('x'.repeat(form_token.length), 'Ada')).status, 403);
    assert.equal((await logIn(form_token, '<i>')).headers.get('set-cookie'), null);
    const signedIn = await logIn(form_token, 'Ada');
    assert.match(signedIn.headers.get('set-cookie') ?? '', /^demo_user=/);
    assert.notEqual(signedIn.headers.get('set-cookie'), cookie);
    assert.equal((await logIn(form_token, 'Ada')).status, 403, 'the old session is gone');
  });

  test('redirects to its own address, to which the platform returns users', async () => {
    const handle = demoApp(settings, new DemoMemory(), async () => ({ default: twilio }));
    const elsewhere = await handle(new Request('https://127.0.0.1/demo/faq?a=b'));
    assert.equal(elsewhere.headers.get('location'), `${settings.home}/faq?a=b`);
    assert.equal((await handle(new Request(`${settings.home}/nothing`))).status, 404);
  });

  test('remembers a bounded number of sessions, customers and nonces', () => {
    const memory = new DemoMemory();
    const first = memory.begin('first');
    memory.connect('first', 'AC1');
    assert.ok(memory.isNew('first'));
    for (let i = 0; i < 1_000; i += 1) {
      memory.begin('other');
      memory.connect(`user ${i}`, `AC ${i}`);
      memory.isNew(`nonce ${i}`);
    }
    assert.equal(memory.session(first.id), undefined);
    assert.equal(memory.accountOf('first'), null);
    assert.ok(memory.isNew('first'));
    assert.ok(!memory.isNew('first'));
  });

  test('matches the code in the guide', () => {
    const sources = globSync('src/demo/*.ts').map((file) => readFileSync(file, 'utf8'));
    const guide = readFileSync('docs/guides/connect-app.md', 'utf8');
    const quotes = [...guide.matchAll(/```ts\n(.*?)```/gs)].map(([, quote = '']) => quote);
    assert.ok(quotes.length > 0);
    for (const quote of quotes)
      assert.ok(
        sources.some((text) => text.includes(quote)),
        quote,
      );
  });
});
