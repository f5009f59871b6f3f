import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signForm } from '../../src/webhooks/signature.ts';
import {
  aNumber,
  detailsOf,
  messagesOf,
  OURS,
  read,
  receive,
  send,
  THEIRS,
  TWO_SECONDS,
  usageOf,
} from '../support/messages.ts';
import {
  loginOf,
  onEveryEngine,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';
import { type Answer, type Received, webhookReceiver } from '../support/webhook-receiver.ts';
import { upstreamOf, useCarriers } from './carrier-kinds.ts';

const AC = `AC${'5'.repeat(32)}`;
const REF = `SM${'7'.repeat(32)}`;
const OTHER_REF = `SM${'9'.repeat(32)}`;
const UP_TOKEN = 'the-token-of-the-upstream';

/** An upstream that answers as a test says. */
async function stubUpstream(
  app: TestApp,
  answer: (request: Received, index: number) => Answer | Promise<Answer>,
) {
  const far = await webhookReceiver(answer);
  useCarriers(
    app,
    `
carriers: { up: { kind: twilio, base: "${far.origin}", account_sid: ${AC}, auth_token: env:UP } }
routes: { messages: [{ by: up }] }
`,
    { UP: UP_TOKEN },
  );
  return far;
}

async function listOf(app: TestApp, account: TestAccount) {
  const { json } = await app.get(`${messagesOf(account)}.json`, loginOf(account));
  return json.messages as Record<string, string>[];
}

const made = (status = 'queued') => ({ status: 201, body: JSON.stringify({ sid: REF, status }) });

onEveryEngine('a carrier of the kind twilio', (engine) => {
  test('gets our addresses only, with the credentials of the link', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using far = await stubUpstream(app, () => made());
    const { sid } = await send(app, account, { StatusCallback: 'https://app.example.com/status' });
    await app.deliver();
    const [request] = far.received;
    assert.equal(new URL(request?.url ?? '').pathname, `/2010-04-01/Accounts/${AC}/Messages.json`);
    const basic = Buffer.from(`${AC}:${UP_TOKEN}`).toString('base64');
    assert.equal(request?.headers['authorization'], `Basic ${basic}`);
    assert.deepEqual(Object.fromEntries(new URLSearchParams(request?.body)), {
      To: THEIRS,
      From: OURS,
      Body: 'Hello',
      ValidityPeriod: '36000',
      StatusCallback: `${app.app.home.origin}/_carrier/up/status/${sid}`,
    });
  });

  test('has its answers told apart: throttled, refused for good, and unknown', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    const answers: Answer[] = [
      { status: 429, headers: { 'retry-after': '5' }, body: '{"code":20429}' },
      { status: 400, body: '{"code":21611,"message":"full"}' },
      { status: 400, body: '{"code":21614,"message":"not mobile"}' },
    ];
    await using far = await stubUpstream(app, (_, index) => answers[index] ?? made());
    const { sid } = await send(app, account);
    for (const ms of [0, 5_000, 2_000]) {
      app.advance(ms);
      await app.deliver();
    }
    assert.equal(far.received.length, 3);
    const { status, error_code } = await read(app, account, sid);
    assert.deepEqual([status, error_code], ['failed', 30006]);
  });

  test('is asked for a message that it never answered, and gets it only once', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    let listed: unknown[] = [];
    await using far = await stubUpstream(app, ({ method }) =>
      method === 'POST'
        ? { status: 500, body: '{}' }
        : { status: 200, body: JSON.stringify({ messages: listed }) },
    );
    const { sid } = await send(app, account);
    await app.deliver();
    app.advance(60_000);
    await app.deliver();
    assert.equal((await read(app, account, sid)).status, 'sending', 'it has no such message yet');
    const date_created = new Date(app.app.realNow()).toUTCString();
    const known = { sid: REF, status: 'delivered', direction: 'outbound-api', date_created };
    listed = [
      { ...known, sid: `SM${'8'.repeat(32)}`, body: 'Another text' },
      { ...known, body: 'Hello' },
    ];
    app.advance(5 * 60_000);
    await app.deliver();
    assert.equal((await read(app, account, sid)).status, 'delivered');
    const posts = far.received.filter(({ method }) => method === 'POST');
    assert.equal(posts.length, 1);
  });

  test('is asked by its own id, which its answer named or its first report', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using far = await stubUpstream(app, ({ method }, index) => {
      if (method === 'POST') return index === 0 ? made() : { status: 500, body: '{}' };
      return { status: 200, body: JSON.stringify({ sid: REF, status: 'delivered' }) };
    });
    const named = await send(app, account);
    await app.deliver();
    const unnamed = await send(app, account, { Body: 'Again' });
    await app.deliver();
    const path = `/_carrier/up/status/${unnamed.sid}`;
    const form = { MessageSid: OTHER_REF, MessageStatus: 'sent' };
    const url = `http://localhost${path}`;
    const { signature } = signForm(UP_TOKEN, url, Object.entries(form));
    const headers = { 'x-twilio-signature': signature };
    assert.equal((await app.request('POST', path, { form, headers })).status, 204);
    app.advance(60_000);
    await app.deliver();
    const asked = far.received.filter(({ method }) => method === 'GET');
    const paths = new Set(asked.map((request) => new URL(request.url).pathname.split('/').at(-1)));
    assert.deepEqual(paths, new Set([`${REF}.json`, `${OTHER_REF}.json`]));
    assert.equal(asked.length, 2);
    for (const { sid } of [named, unnamed]) {
      assert.equal((await read(app, account, sid)).status, 'delivered');
    }
  });

  test('shows fewer equal messages than were submitted, so nobody can tell which one arrived', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    const date_created = new Date(app.app.realNow()).toUTCString();
    const one = {
      sid: REF,
      status: 'sent',
      direction: 'outbound-api',
      body: 'Hello',
      date_created,
    };
    await using _far = await stubUpstream(app, ({ method }) =>
      method === 'POST'
        ? { status: 500 }
        : { status: 200, body: JSON.stringify({ messages: [one] }) },
    );
    const [first, second] = [await send(app, account), await send(app, account)];
    await app.deliver();
    app.advance(60_000);
    await app.deliver();
    for (const { sid } of [first, second]) {
      assert.equal((await read(app, account, sid)).status, 'sending');
    }
  });

  test('is believed only with a signature by the token of the link', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using _far = await stubUpstream(app, () => made());
    const { sid } = await send(app, account);
    await app.deliver();
    const path = `/_carrier/up/status/${sid}`;
    const form = { MessageSid: REF, MessageStatus: 'delivered' };
    const signed = (token: string) => ({
      form,
      headers: {
        'x-twilio-signature': signForm(token, `http://localhost${path}`, Object.entries(form))
          .signature,
      },
    });
    assert.equal((await app.request('POST', path, { form })).status, 401);
    assert.equal((await app.request('POST', path, signed('another token'))).status, 401);
    assert.equal((await read(app, account, sid)).status, 'sent');
    assert.equal((await app.request('POST', path, signed(UP_TOKEN))).status, 204);
    assert.equal((await read(app, account, sid)).status, 'delivered');
    assert.equal((await app.request('POST', '/_carrier/other/status/x', { form })).status, 404);
  });

  test('brings in what another Tieline receives, once, even after it was deleted', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using upstream = await upstreamOf(app);
    await receive(upstream.app, { from: THEIRS, body: 'Good morning' });
    await upstream.app.deliver();
    const came = (await listOf(app, account)).find(({ body }) => body === 'Good morning');
    assert.deepEqual([came?.['from'], came?.['to']], [THEIRS, OURS]);
    await app.deliver();
    const path = `${messagesOf(account)}/${came?.['sid']}.json`;
    const gone = await app.request('DELETE', path, { login: loginOf(account) });
    assert.equal(gone.status, 204, gone.text);
    const before = await usageOf(app, account, 'sms-inbound-longcode');
    const first = (await listOf(upstream.app, upstream.account)).find(
      ({ body }) => body === 'Good morning',
    );
    const form = {
      MessageSid: String(first?.['sid']),
      From: THEIRS,
      To: OURS,
      Body: 'Good morning',
    };
    const url = '/_carrier/up/messages';
    const { signature } = signForm(
      upstream.account.auth_token,
      `http://localhost${url}`,
      Object.entries(form),
    );
    const headers = { 'x-twilio-signature': signature };
    assert.equal((await app.request('POST', url, { form, headers })).status, 200);
    assert.deepEqual(
      (await listOf(app, account)).map(({ body }) => body),
      ['STOP'],
    );
    assert.deepEqual(await usageOf(app, account, 'sms-inbound-longcode'), before);
  });

  test('takes and brings files: out by a signed address of ours, in by the credentials', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    const picture = Buffer.from('not really a picture');
    await using files = await webhookReceiver(() => ({
      status: 200,
      headers: { 'content-type': 'image/png' },
      body: picture.toString(),
    }));
    await using upstream = await upstreamOf(app);
    const MediaUrl = `${files.origin}/a.png`;
    const { sid } = await send(app, account, { MediaUrl });
    await app.deliver();
    for (let round = 0; round < 3; round += 1) {
      upstream.app.advance(TWO_SECONDS);
      await upstream.app.deliver();
    }
    assert.equal(files.received.length, 1, 'the upstream never sees the address of the customer');
    const out = (await listOf(upstream.app, upstream.account)).find(({ to }) => to === THEIRS);
    assert.equal(out?.['num_media'], '1');
    assert.equal((await read(app, account, sid)).status, 'delivered');

    await receive(upstream.app, { from: THEIRS, body: 'Look', media_urls: [MediaUrl] });
    await upstream.app.deliver();
    await app.deliver();
    const came = (await listOf(app, account)).find(({ body }) => body === 'Look');
    assert.deepEqual([came?.['body'], came?.['num_media']], ['Look', '1']);
    const list = await app.get(
      `${messagesOf(account)}/${came?.['sid']}/Media.json`,
      loginOf(account),
    );
    const [{ uri }] = list.json.media_list;
    const file = await app.get(uri.replace('.json', ''), loginOf(account));
    assert.equal(file.text, picture.toString());
  });

  test('that is this server itself takes nothing', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    app.app.home.origin = await app.listen();
    useCarriers(
      app,
      `
carriers: { up: { kind: twilio, base: "${app.app.home.origin}", account_sid: ${account.sid}, auth_token: env:UP } }
routes: { messages: [{ by: up }] }
`,
      { UP: account.auth_token },
    );
    const { sid } = await send(app, account);
    await app.deliver();
    assert.equal((await read(app, account, sid)).error_code, 21612);
    const notes = await detailsOf(app, { sid, account_sid: account.sid }, 'note');
    assert.match(JSON.stringify(notes), /address of this server/);
  });
});
