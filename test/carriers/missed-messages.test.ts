import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catchUp } from '../../src/carriers/line-up.ts';
import { signForm } from '../../src/webhooks/signature.ts';
import { aNumber, messagesOf, OURS, receive, THEIRS, usageOf } from '../support/messages.ts';
import {
  loginOf,
  onEveryEngine,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';
import { upstreamOf } from './carrier-kinds.ts';

const TWO_MINUTES = 120_000;

/** Another Tieline as the upstream, which reaches no server of ours. */
function unreachedFrom(app: TestApp) {
  return upstreamOf(app, async (up) => ({
    base: up.app.home.origin,
    home: 'http://127.0.0.1:1',
  }));
}

async function listOf(app: TestApp, account: TestAccount) {
  const { json } = await app.get(`${messagesOf(account)}.json`, loginOf(account));
  return (json.messages as Record<string, string>[]).filter(({ body }) => body !== 'STOP');
}

/** The request of an upstream about a message, signed. */
function callbackOf(token: string, form: Record<string, string>) {
  const url = '/_carrier/up/messages';
  const { signature } = signForm(token, `http://localhost${url}`, Object.entries(form));
  return { url, options: { form, headers: { 'x-twilio-signature': signature } } };
}

onEveryEngine('messages that an upstream could not bring', (engine) => {
  test('are taken after a start with their files, each once and charged once', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using files = await webhookReceiver(() => ({
      status: 200,
      headers: { 'content-type': 'image/png' },
      body: 'not really a picture',
    }));
    await using upstream = await unreachedFrom(app);
    await receive(upstream.app, { from: THEIRS, body: 'Good morning' });
    const media_urls = [`${files.origin}/a.png`];
    await receive(upstream.app, { from: THEIRS, body: 'Look', media_urls });
    await upstream.app.deliver();
    await catchUp(app.app);
    assert.deepEqual(await listOf(app, account), [], 'the upstream may still bring them itself');
    app.advanceReal(TWO_MINUTES);
    for (let look = 0; look < 3; look += 1) {
      await catchUp(app.app);
      app.advanceReal(TWO_MINUTES);
    }
    await app.deliver();
    const came = await listOf(app, account);
    assert.deepEqual(
      came
        .toSorted((one, other) => (one['body'] ?? '').localeCompare(other['body'] ?? ''))
        .map(({ body, from, to, num_media }) => [body, from, to, num_media]),
      [
        ['Good morning', THEIRS, OURS, '0'],
        ['Look', THEIRS, OURS, '1'],
      ],
    );
    const file = came.find(({ body }) => body === 'Look');
    const list = await app.get(
      `${messagesOf(account)}/${file?.['sid']}/Media.json`,
      loginOf(account),
    );
    const [{ uri }] = list.json.media_list;
    const { text } = await app.get(uri.replace('.json', ''), loginOf(account));
    assert.equal(text, 'not really a picture');
    const before = await usageOf(app, account, 'sms-inbound-longcode');
    for (const one of await listOf(upstream.app, upstream.account)) {
      const form = {
        MessageSid: one['sid'] ?? '',
        From: THEIRS,
        To: OURS,
        Body: one['body'] ?? '',
      };
      const { url, options } = callbackOf(upstream.account.auth_token, form);
      assert.equal((await app.request('POST', url, options)).status, 200);
    }
    assert.equal(
      (await listOf(app, account)).length,
      2,
      'a late call of the upstream changes nothing',
    );
    assert.deepEqual(await usageOf(app, account, 'sms-inbound-longcode'), before);
  });

  test('are not taken when the number was bought after them', async () => {
    await using app = await testApp({ engine });
    await using upstream = await unreachedFrom(app);
    await receive(upstream.app, { from: THEIRS, body: 'To the last holder' });
    await upstream.app.deliver();
    app.advance(TWO_MINUTES);
    app.advanceReal(TWO_MINUTES);
    const account = await app.anAccount();
    await aNumber(app, account);
    await catchUp(app.app);
    assert.deepEqual(await listOf(app, account), []);
  });

  test('wait while the upstream cannot be asked, and no server goes down', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    let isUp = false;
    await using ends = new AsyncDisposableStack();
    const upstream = ends.use(
      await upstreamOf(app, async (up) => {
        const far = ends.use(
          await webhookReceiver(async ({ url, headers }) => {
            if (!isUp) return { status: 503, body: '<html>' };
            const { pathname, search } = new URL(url);
            const { authorization = '' } = headers;
            const { status, text } = await up.request('GET', pathname + search, {
              headers: { authorization },
            });
            return { status, body: text };
          }),
        );
        return { base: far.origin, home: 'http://127.0.0.1:1' };
      }),
    );
    await receive(upstream.app, { from: THEIRS, body: 'Hello' });
    await upstream.app.deliver();
    app.advanceReal(TWO_MINUTES);
    await catchUp(app.app);
    assert.deepEqual(await listOf(app, account), []);
    isUp = true;
    await catchUp(app.app);
    assert.equal((await listOf(app, account)).length, 1);
  });
});
