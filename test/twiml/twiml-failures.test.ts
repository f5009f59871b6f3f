import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import { test } from 'node:test';
import { LookupError } from '../../src/kit/resolve.ts';
import { TWIML_ERRORS } from '../../src/twiml/twiml.ts';
import {
  aCall,
  aCaller,
  anApplication,
  anIncomingCall,
  timelineOf as callTimelineOf,
  fetchCall,
  OUTSIDE,
  requestsTo,
  settle,
  twiml,
} from '../support/calls.ts';
import { aCustomerStory } from '../support/customer-story.ts';
import { aNumber, detailsOf, messagesOf, OURS, pass, read, receive } from '../support/messages.ts';
import { CERTIFICATE, PRIVATE_KEY } from '../support/self-signed.ts';
import { httpReceiver, rawReceiver, stubReceiver } from '../support/stub-receiver.ts';
import { loginOf, onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';
import { type Answer, webhookReceiver } from '../support/webhook-receiver.ts';

const XML = { 'content-type': 'text/xml' };
const xml = (body: string): Answer => ({ status: 200, headers: XML, body });

/** The stored deliveries of an account, newest first. */
async function deliveriesOf(app: TestApp, account_sid: string) {
  const reply = await app.control('GET', `/deliveries?account_sid=${account_sid}`);
  assert.equal(reply.status, 200, reply.text);
  return reply.json.deliveries;
}

const warningsOf = ({ logLines }: TestApp) =>
  logLines
    .map((line) => JSON.parse(line))
    .filter(({ level, msg }) => level === 'warn' && /no TwiML/.test(msg));

/** Every failure of an application, by Twilio's code for it. */
const ANSWERS: readonly (readonly [number, Answer])[] = [
  [11200, { status: 404 }],
  [11200, { status: 503, body: 'Try later' }],
  [11215, { status: 302, headers: { location: '/sms' } }],
  [11216, { status: 302 }],
  [11216, { status: 304 }],
  [11750, xml(`<Response>${' '.repeat(70_000)}</Response>`)],
  [12100, xml('\n<?xml version="1.0"?><Response/>')],
  [12100, xml('<Response><Message>A & B</Message></Response>')],
  [12101, xml('<Response version="2.0"/>')],
  [12102, xml('<html/>')],
  [12300, { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' }],
];

/** Starts servers without a working connection. @returns their addresses */
async function withoutConnection(): Promise<
  AsyncDisposable & { readonly cases: readonly (readonly [number, string])[] }
> {
  const tls = await stubReceiver(createServer({ cert: CERTIFICATE, key: PRIVATE_KEY }));
  const plain = await httpReceiver((_request, response) => response.end());
  const mumbling = await rawReceiver((socket) => socket.end('mumble mumble\r\n\r\n'));
  const gone = await rawReceiver(() => {});
  await gone[Symbol.asyncDispose]();
  const started = [tls, plain, mumbling];
  return {
    cases: [
      [11100, 'http://10.0.0.1/sms'],
      [11205, `http://127.0.0.1:${gone.port}/sms`],
      [11206, `http://127.0.0.1:${mumbling.port}/sms`],
      [11210, 'http://nowhere.example/sms'],
      [11220, `https://127.0.0.1:${plain.port}/sms`],
      [11237, `https://127.0.0.1:${tls.port}/sms`],
    ],
    async [Symbol.asyncDispose]() {
      for (const one of started) await one[Symbol.asyncDispose]();
    },
  };
}

const resolve = (name: string): Promise<string[]> =>
  Promise.reject(new LookupError(`The name ${name} was not found.`, { is_definite: true }));

onEveryEngine('a message whose application fails', (engine) => {
  test('has the code, and every surface shows request, answer and outcome', async () => {
    await using app = await testApp({ engine, resolve });
    const account = await app.anAccount();
    const answers = ANSWERS.map(([, answer]) => answer);
    let next = 0;
    await using receiver = await webhookReceiver(() => answers[next] ?? { status: 500 });
    const number = await aNumber(app, account, OURS, {});
    const path = `/2010-04-01/Accounts/${account.sid}/IncomingPhoneNumbers/${number.sid}.json`;
    await using unreached = await withoutConnection();
    const answered = ANSWERS.map(([code]) => [code, `${receiver.origin}/sms`] as const);
    const all = [...answered, ...unreached.cases];
    for (const [code, plain] of all) {
      const secret = plain.replace('://', '://user:secret@');
      const SmsUrl = `${secret}?key=CANARY`;
      const set = await app.post(path, loginOf(account), { SmsUrl });
      assert.equal(set.status, 200, set.text);
      app.logLines.length = 0;
      const { sid } = await receive(app, { body: `Message ${code}` });
      await pass(app);
      next += 1;

      const message = await read(app, account, sid);
      const about = `${code} ${plain}`;
      assert.deepEqual([message.status, message.error_code], ['received', code], about);
      assert.ok(message.error_message.length > 10, about);

      const [delivery] = await deliveriesOf(app, account.sid);
      assert.deepEqual(
        [delivery.kind, delivery.state, delivery.method, delivery.parameters.MessageSid],
        ['messaging-twiml', 'dead', 'POST', sid],
        about,
      );
      assert.match(delivery.reason, new RegExp(`error ${code}`));
      assert.match(delivery.reason, /There is no fallback URL, so nothing was answered\.$/);
      assert.ok(delivery.attempts.length > 0);
      const [first] = delivery.attempts;
      assert.ok(first.url.startsWith(plain), first.url);
      assert.ok(first.status !== null || first.error !== null);

      const [note] = (await detailsOf(app, message, 'note')).slice(-1);
      assert.equal(note.code, code, about);
      assert.match(note.followed, /nothing was answered/);
      const [warned, ...more] = warningsOf(app);
      assert.deepEqual([warned.url, warned.code, more], [plain, code, []], about);
      const told = app.logLines.join('') + JSON.stringify(await detailsOf(app, message, 'request'));
      assert.doesNotMatch(told, /user|secret/);
      assert.doesNotMatch(app.logLines.join(''), /CANARY/);
    }
  });

  test('names the failure even when its fallback answers', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await using receiver = await anApplication({
      '/sms': { status: 500, body: 'Oh no' },
      '/fallback': '<Message>We are back soon</Message>',
    });
    const sms_url = `${receiver.origin}/sms`;
    await aNumber(app, account, OURS, { sms_url, sms_fallback_url: `${receiver.origin}/fallback` });
    const { sid } = await receive(app);
    await pass(app);
    assert.equal((await read(app, account, sid)).error_code, 11200);
    const [delivery, ...others] = await deliveriesOf(app, account.sid);
    assert.deepEqual([delivery.url, others], [sms_url, []]);
    assert.match(delivery.reason, /answered 500\. \(error 11200\) The fallback URL was asked\.$/);
    assert.deepEqual(
      delivery.attempts.map(({ status, response }: Record<string, unknown>) => [status, response]),
      [[500, 'Oh no']],
    );
    const { messages } = (await app.get(`${messagesOf(account)}.json`, loginOf(account))).json;
    assert.ok(messages.some(({ body }: { body: string }) => body === 'We are back soon'));
  });

  test('is not sent again, and its details go with the text of the message', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await using receiver = await webhookReceiver(() => ({ status: 500 }));
    await aNumber(app, account, OURS, { sms_url: receiver.origin });
    const redacted = await receive(app, { body: 'My secret' });
    const deleted = await receive(app, { body: 'My other secret' });
    await pass(app);
    const [{ id }, second] = await deliveriesOf(app, account.sid);
    assert.ok(second);
    const again = await app.control('POST', `/deliveries/${id}/replay`);
    assert.equal(again.status, 409);
    assert.match(again.json.error, /This request for TwiML is over and is not sent again/);

    const at = (sid: string) => `${messagesOf(account)}/${sid}.json`;
    const emptied = await app.post(at(redacted.sid), loginOf(account), { Body: '' });
    assert.equal(emptied.status, 200, emptied.text);
    assert.equal(
      (await app.request('DELETE', at(deleted.sid), { login: loginOf(account) })).status,
      204,
    );
    assert.deepEqual(await deliveriesOf(app, account.sid), []);
  });
});

onEveryEngine('a call whose application fails', (engine) => {
  test('shows each URL without TwiML, for every purpose', async () => {
    await using app = await testApp({ engine });
    const pages: Record<string, Answer | string> = {
      '/gather': '<Gather action="/digits" numDigits="1"/>',
      '/record': '<Record action="/recorded"/>',
      '/dial': `<Dial action="/dialled">${OUTSIDE}</Dial>`,
      '/whisper': `<Dial><Number url="/whispered">${OUTSIDE}</Number></Dial>`,
      '/redirect': '<Redirect>/redirected</Redirect>',
      '/message': `<Message to="${OUTSIDE}" action="/sent">Hi</Message>`,
    };
    for (const path of ['digits', 'recorded', 'dialled', 'whispered', 'redirected', 'sent']) {
      pages[`/${path}`] = xml('<Response><Say loop="1" loop="2">Hi</Say></Response>');
    }
    await using receiver = await anApplication(pages);
    const caller = await aCaller(app);
    const failing = async (path: string) => {
      const { sid } = await aCall(app, caller, {
        Url: `${receiver.origin}${path}`,
        SendDigits: '1',
      });
      await settle(app);
      const found = await deliveriesOf(app, caller.account.sid);
      return { sid, found };
    };
    const expected: Readonly<Record<string, string>> = {
      '/record': '/recorded',
      '/dial': '/dialled',
      '/whisper': '/whispered',
      '/redirect': '/redirected',
      '/message': '/sent',
      '/nowhere': '/nowhere',
    };
    pages['/nowhere'] = { status: 404 };
    for (const [path, failed] of Object.entries(expected)) {
      const { sid, found } = await failing(path);
      const [delivery] = found;
      assert.equal(delivery.url, `${receiver.origin}${failed}`);
      assert.equal(delivery.kind, 'voice-twiml');
      assert.match(delivery.reason, /so the caller heard an error message, and the call ended\.$/);
      const own = delivery.parameters.CallSid;
      assert.equal(own === sid, path !== '/whisper', path);
      const notes = await callTimelineOf(app, caller, own, 'note');
      const code = path === '/nowhere' ? 11200 : 12100;
      const note = notes.find((one: { code?: number }) => one.code === code);
      assert.equal(note.url, delivery.url);
      assert.match(note.followed, /heard an error message/);
    }
  });

  test('goes on with its fallback, which gets the error of malformed TwiML', async () => {
    await using app = await testApp({ engine });
    await using receiver = await anApplication({
      '/voice': xml('<Response>< Say>Hi</Say></Response>'),
      '/fallback': '<Say>We are back soon</Say>',
    });
    const caller = await aCaller(app, {
      VoiceUrl: `${receiver.origin}/voice`,
      VoiceFallbackUrl: `${receiver.origin}/fallback`,
    });
    const { sid } = await anIncomingCall(app, { to: caller.number });
    await settle(app);
    assert.equal((await fetchCall(app, caller, sid)).status, 'completed');
    const [told] = requestsTo(receiver, '/fallback');
    assert.deepEqual(
      [told?.['ErrorCode'], told?.['ErrorUrl']],
      ['12100', `${receiver.origin}/voice`],
    );
    const [delivery, ...others] = await deliveriesOf(app, caller.account.sid);
    assert.match(delivery.reason, /The fallback URL was asked\.$/);
    assert.deepEqual(others, []);
  });

  test('of a Connect app is shown to its customer without the app’s secrets', async () => {
    await using app = await testApp({ engine });
    const story = await aCustomerStory(app);
    await using receiver = await webhookReceiver(() => ({ ...twiml(''), status: 500 }));
    const Url = `${receiver.origin.replace('://', '://CANARY-user:CANARY-secret@')}/voice`;
    const { sid } = await aCall(app, story.app, { Url });
    await settle(app);
    const page = await story.open(`/calls/${sid}`);
    assert.match(page, /answered 500/);
    assert.match(page, /11200/);
    assert.match(
      page,
      /There is no fallback URL, so the caller heard an error message, and the call ended\./,
    );
    const told = JSON.stringify(await callTimelineOf(app, story.app, sid));
    assert.doesNotMatch(told, /CANARY/);
    const [delivery] = await deliveriesOf(app, story.app.account.sid);
    assert.equal(delivery.connect_app_sid, story.connect_app.sid);
  });
});

test('every code of a failure has a text', () => {
  for (const [code] of ANSWERS) {
    if (code !== 12300) assert.ok(TWIML_ERRORS[code], String(code));
  }
});
