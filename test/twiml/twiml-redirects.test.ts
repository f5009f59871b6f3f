import assert from 'node:assert/strict';
import { test } from 'node:test';
import twilio from 'twilio';
import { requestTwiml, type TwimlWanted } from '../../src/twiml/request-twiml.ts';
import { onEveryEngine, type TestAccount, type TestApp, testApp } from '../support/test-app.ts';
import { type Answer, type Received, webhookReceiver } from '../support/webhook-receiver.ts';

const HANGUP = '<Response><Hangup/></Response>';
const XML = { 'content-type': 'text/xml' };
const OK: Answer = { status: 200, headers: XML, body: HANGUP };
const to = (location: string, status = 302): Answer => ({ status, headers: { location } });
const lineOf = ({ method, url, body }: Received) =>
  [method, new URL(url).pathname, body].join(' ').trim();

async function aStory(engine: Parameters<typeof testApp>[0]['engine']) {
  const story: TestApp = await testApp({ engine });
  const account: TestAccount = await story.anAccount();
  const ask = (url: string, wanted: Partial<TwimlWanted> = {}) =>
    requestTwiml(story.app, {
      account_sid: account.sid,
      root_sid: account.sid,
      url_by_grant: null,
      url,
      method: 'POST',
      fallback_url: null,
      fallback_method: 'POST',
      parameters: { CallSid: 'CA1' },
      channel: 'voice',
      conversation: 'CA1',
      ...wanted,
    });
  return { account, ask, [Symbol.asyncDispose]: () => story[Symbol.asyncDispose]() };
}

onEveryEngine('an application that sends Tieline on', (engine) => {
  test('is followed as a browser would, with a new signature for each request', async () => {
    await using story = await aStory(engine);
    await using receiver = await webhookReceiver(({ url }) => {
      const { pathname, origin } = new URL(url);
      if (pathname === '/a') return to('b/c?d=1', 307);
      return pathname === '/b/c' ? to(`${origin}/e`, 303) : OK;
    });
    const { base_url, document, entries } = await story.ask(`${receiver.origin}/a`);
    assert.ok(document);
    assert.equal(base_url, `${receiver.origin}/e`);
    assert.deepEqual(receiver.received.map(lineOf), [
      'POST /a CallSid=CA1',
      'POST /b/c CallSid=CA1',
      'GET /e',
    ]);
    for (const { url, body, headers } of receiver.received) {
      const parameters = Object.fromEntries(new URLSearchParams(body));
      const signature = headers['x-twilio-signature'] ?? '';
      const { auth_token } = story.account;
      assert.ok(twilio.validateRequest(auth_token, signature, url, parameters), url);
    }
    assert.deepEqual(
      entries.map(({ kind, detail }) => detail['status'] ?? kind),
      [307, 303, 200, 'twiml'],
    );
  });

  test('is followed by the five ways of redirecting that browsers follow, and by no other', async () => {
    await using story = await aStory(engine);
    for (let status = 300; status < 400; status += 1) {
      await using receiver = await webhookReceiver(({ url }) =>
        new URL(url).pathname === '/a' ? to('/b', status) : OK,
      );
      const { document, error, entries } = await story.ask(`${receiver.origin}/a`);
      const lines = receiver.received.map(lineOf);
      const keeps = status === 307 || status === 308;
      if ([301, 302, 303].includes(status) || keeps) {
        assert.deepEqual(lines, ['POST /a CallSid=CA1', keeps ? 'POST /b CallSid=CA1' : 'GET /b']);
        assert.ok(document);
      } else {
        assert.deepEqual([lines, error?.code], [['POST /a CallSid=CA1'], 11216]);
        assert.match(JSON.stringify(entries), new RegExp(`answered ${status}\\.`));
      }
    }
  });

  test('in a circle is left after five times', async () => {
    await using story = await aStory(engine);
    await using receiver = await webhookReceiver(({ url }) => to(url));
    const { error, document } = await story.ask(receiver.origin);
    assert.deepEqual([document, error?.code], [null, 11215]);
    assert.equal(receiver.received.length, 6);
  });

  test('gets user name and password within its origin only', async () => {
    await using story = await aStory(engine);
    const challenge = { status: 401, headers: { 'www-authenticate': 'Basic realm="a"' } };
    const guarded = ({ headers }: Received, answer: Answer) =>
      headers['authorization'] === undefined ? challenge : answer;
    await using other = await webhookReceiver((request) => guarded(request, OK));
    await using receiver = await webhookReceiver((request) =>
      guarded(request, request.url.endsWith('/in') ? OK : to(request.url.replace('out', 'in'))),
    );
    const secret = (origin: string) => origin.replace('//', '//me:secret@');
    const inside = await story.ask(`${secret(receiver.origin)}/out`);
    assert.equal(inside.error, null);
    assert.equal(inside.base_url, `${secret(receiver.origin)}/in`);
    assert.doesNotMatch(JSON.stringify(inside.entries), /secret/);

    await using leading = await webhookReceiver(() => to(`${other.origin}/`));
    const outside = await story.ask(secret(leading.origin));
    assert.equal(outside.error?.code, 11200);
    assert.ok(other.received.every(({ headers }) => headers['authorization'] === undefined));
  });
});

onEveryEngine('an application that fails', (engine) => {
  test('has a fallback, which gets the reason', async () => {
    await using story = await aStory(engine);
    await using receiver = await webhookReceiver(({ url }) =>
      new URL(url).pathname === '/main' ? { status: 500 } : OK,
    );
    const url = `${receiver.origin.replace('//', '//me:secret@')}/main`;
    const { document, error, base_url, entries } = await story.ask(url, {
      fallback_url: `${receiver.origin}/fallback`,
      fallback_method: 'GET',
    });
    assert.ok(document);
    assert.equal(error?.code, 11200);
    assert.equal(base_url, `${receiver.origin}/fallback`);
    const told = new URL(receiver.received[1]?.url ?? '').searchParams;
    assert.deepEqual(Object.fromEntries(told), {
      CallSid: 'CA1',
      ErrorCode: '11200',
      ErrorUrl: `${receiver.origin}/main`,
    });
    assert.deepEqual(
      entries.map(({ kind }) => kind),
      ['request', 'note', 'request', 'twiml'],
    );
  });

  test('together with its fallback fails with the last reason', async () => {
    await using story = await aStory(engine);
    await using receiver = await webhookReceiver((_request, index) =>
      index === 0 ? { status: 500 } : { status: 200, headers: XML, body: '<html/>' },
    );
    const { document, error } = await story.ask(receiver.origin, {
      fallback_url: receiver.origin,
    });
    assert.deepEqual([document, error?.code], [null, 12102]);
  });

  test('is shown without user names and passwords', async () => {
    await using story = await aStory(engine);
    const body = '<Response><Play>https://me:secret@example.com/a.mp3</Play></Response>';
    await using receiver = await webhookReceiver(() => ({ status: 200, headers: XML, body }));
    const { entries, text } = await story.ask(receiver.origin);
    assert.equal(text, body);
    assert.doesNotMatch(JSON.stringify(entries), /secret/);
    assert.match(JSON.stringify(entries), /\/\/example\.com/);
  });
});
