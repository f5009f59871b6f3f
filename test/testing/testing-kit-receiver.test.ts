import assert from 'node:assert/strict';
import { after, before, beforeEach, suite, test } from 'node:test';
import twilio from 'twilio';
import type { Reply } from '../../src/testing/received-request.ts';
import type { Receiver } from '../../src/testing/receiver.ts';
import { startTieline, type Tieline } from '../../src/testing/start-tieline.ts';

const SOMEBODY = '+14155550123';

suite('the receiver of the test kit', () => {
  let tieline: Tieline;
  let receiver: Receiver;
  let number: string;
  before(async () => {
    tieline = await startTieline();
    const client = tieline.client(twilio, tieline.customer);
    const [held] = await client.incomingPhoneNumbers.list({ limit: 1 });
    number = held?.phoneNumber ?? '';
    receiver = await tieline.receiver();
    await client.incomingPhoneNumbers(held?.sid ?? '').update({ smsUrl: `${receiver.url}/sms` });
  });
  after(() => tieline.close());
  beforeEach(() => {
    receiver.clear();
    receiver.respond({});
  });

  const arrive = (body: string) =>
    tieline.control.receiveMessage({ to: number, from: SOMEBODY, body });

  test('keeps requests, and checks their signatures like the SDK', async () => {
    await arrive('Grüße & more');
    const request = await receiver.waitFor({ Body: 'Grüße & more' });
    assert.equal(request.method, 'POST');
    assert.equal(request.path, '/sms');
    assert.equal(request.verified, true);
    assert.equal(request.signed_by, tieline.customer.accountSid);
    assert.equal(request.account_sid, tieline.customer.accountSid);
    const { authToken } = tieline.customer;
    const signature = request.headers['x-twilio-signature'] ?? '';
    assert.ok(twilio.validateRequest(authToken, signature, request.url, { ...request.params }));
  });

  test('returns one request after the other, earlier and later ones', async () => {
    await arrive('one');
    await receiver.waitFor({ Body: 'one' });
    await arrive('two');
    assert.equal((await receiver.next()).params['Body'], 'one');
    assert.equal((await receiver.next()).params['Body'], 'two');
    const third = receiver.next();
    await arrive('three');
    assert.equal((await third).params['Body'], 'three');
    assert.equal(receiver.requests.length, 3);
  });

  test('returns each request once, even to simultaneous calls', async () => {
    const [one, two, none] = [receiver.next(), receiver.next(), receiver.next({ timeout: 500 })];
    const inVain = assert.rejects(none, /^TielineError: No further request arrived .* 2 arrived:/);
    await Promise.all([fetch(`${receiver.url}/?n=1`), fetch(`${receiver.url}/?n=2`)]);
    const numbers = [await one, await two].map(({ params }) => params['n']);
    assert.deepEqual(new Set(numbers), new Set(['1', '2']));
    await inVain;
  });

  test('answers TwiML, which Tieline carries out', async () => {
    receiver.respond('<Response><Message>Thanks</Message></Response>');
    await arrive('Hello');
    await receiver.next();
    await tieline.control.clock.advance('1m');
    const client = tieline.client(twilio, tieline.customer);
    const [reply] = await client.messages.list({ to: SOMEBODY, limit: 1 });
    assert.equal(reply?.body, 'Thanks');
  });

  test('answers in turn, with a delay, or with the result of a function', async () => {
    const ask = async () => {
      const { status, headers } = await fetch(`${receiver.url}/any?n=1`, { method: 'POST' });
      return [status, headers.get('x-turn')];
    };
    receiver.respond([{ status: 503 }, { status: 200, delay: 5, headers: { 'x-turn': '2' } }]);
    assert.deepEqual(
      [await ask(), await ask(), await ask()],
      [
        [503, null],
        [200, '2'],
        [200, '2'],
      ],
    );
    receiver.respond(({ params }) => ({ status: params['n'] === '1' ? 418 : 200 }));
    assert.deepEqual(await ask(), [418, null]);
    receiver.respond(() => {
      throw new Error('a mistake in the test');
    });
    assert.deepEqual(await ask(), [500, null]);
  });

  test('answers with the type of a test, in any letter case', async () => {
    receiver.respond({ body: '{}', headers: { 'Content-Type': 'application/json' } });
    const { headers } = await fetch(receiver.url);
    assert.equal(headers.get('content-type'), 'application/json');
  });

  test('refuses an invalid reply, immediately or when a request comes', async () => {
    const wrong: readonly (readonly [unknown, string])[] = [
      [503, 'a reply must be TwiML as text, or hold status, headers, body, twiml, delay.'],
      [null, 'a reply must be TwiML as text, or hold status, headers, body, twiml, delay.'],
      [
        { statsu: 500 },
        'statsu is not a part of a reply. The parts are status, headers, body, twiml,',
      ],
      [{ status: 700 }, 'status must be a whole number from 200 to 599.'],
      [{ body: { a: 1 } }, 'body must be text; JSON is written with JSON.stringify.'],
      [{ delay: Number.POSITIVE_INFINITY }, 'delay must be milliseconds, from 0 to 2147483647.'],
    ];
    for (const [reply, rule] of wrong) {
      const refusal = ({ name, message }: Error) =>
        name === 'TielineError' && message.startsWith(`receiver.respond: ${rule}`);
      assert.throws(() => receiver.respond(reply as Reply), refusal);
      assert.throws(() => receiver.respond([{}, reply as Reply]), refusal);
      receiver.respond(() => reply as Reply);
      const answer = await fetch(receiver.url);
      assert.equal(answer.status, 500);
      assert.ok((await answer.text()).startsWith(`TielineError: receiver.respond: ${rule}`));
    }
  });

  test('knows the signers: the app’s owner for the app, a subaccount for itself', async () => {
    const { control, developer, customer } = tieline;
    const owner = await control.createAccount({ friendly_name: 'Another developer' });
    const app = await control.createConnectApp({
      account_sid: owner.sid,
      friendly_name: 'An app',
      company_name: 'A company',
      authorize_redirect_url: 'https://app.example.com/authorized',
      deauthorize_callback_url: `${receiver.url}/bye`,
    });
    const of = { connect_app_sid: app.sid, account_sid: customer.accountSid };
    const { account_sid } = await control.authorize(of);
    await control.deauthorize(of);
    const bye = await receiver.waitFor(({ path }) => path === '/bye');
    assert.deepEqual([bye.signed_by, bye.account_sid], [owner.sid, account_sid]);

    const below = await tieline.client(twilio).api.accounts.create({ friendlyName: 'Below' });
    const own = { accountSid: below.sid, authToken: below.authToken };
    await tieline.client(twilio, own).usage.triggers.create({
      callbackUrl: `${receiver.url}/used`,
      triggerValue: '1',
      usageCategory: 'sms',
    });
    await control.meterUsage({
      account_sid: below.sid,
      category: 'sms',
      count: 2,
      usage: 2,
      key: 'k',
    });
    const used = await receiver.waitFor(({ path }) => path === '/used');
    assert.deepEqual([used.verified, used.signed_by], [true, below.sid]);
    assert.notEqual(used.signed_by, developer.accountSid);
  });

  test('does not accept signatures of others', async () => {
    await arrive('real');
    const real = await receiver.waitFor({ Body: 'real' });
    const signature = real.headers['x-twilio-signature'] ?? '';
    const send = async (body: string, type: string, signed: string) => {
      await fetch(real.url, {
        method: 'POST',
        body,
        headers: { 'content-type': type, 'x-twilio-signature': signed },
      });
      return receiver.requests.at(-1)?.verified;
    };
    const form = 'application/x-www-form-urlencoded';
    assert.equal(await send(real.body, form, signature), true);
    assert.equal(await send(`${real.body}&More=1`, form, signature), false);
    assert.equal(await send(real.body, form, 'AAAA'), false);
    assert.equal(await send('{"a":1}', 'application/json', signature), false);
    const changed = await fetch(`${real.url}/`, {
      method: 'POST',
      body: real.body,
      headers: { 'content-type': form, 'x-twilio-signature': signature },
    });
    assert.ok(changed.ok);
    assert.equal(receiver.requests.at(-1)?.signature_problem, 'The last slash of the path differs');
    await fetch(receiver.url);
    assert.equal(receiver.requests.at(-1)?.verified, false);
  });

  test('names the received requests when a wait fails', async () => {
    await fetch(`${receiver.url}/status?MessageStatus=sent`);
    await assert.rejects(receiver.waitFor({ MessageStatus: 'delivered' }, { timeout: 10 }), {
      name: 'TielineError',
      message:
        `No matching request arrived at ${receiver.url} within 10 ms. 1 arrived:\n` +
        '  GET /status (signature does not fit) MessageStatus=sent',
    });
    const wrong = receiver.waitFor(() => assert.fail('a mistake in the test'));
    await assert.rejects(wrong, /a mistake in the test/);
    for (const timeout of [Number.POSITIVE_INFINITY, Number.NaN, -1, '50' as unknown as number]) {
      await assert.rejects(receiver.next({ timeout }), {
        name: 'TielineError',
        message: 'timeout must be milliseconds, from 0 to 2147483647.',
      });
    }
  });

  test('ends waits when it is closed', async () => {
    const another = await tieline.receiver();
    const waiting = another.waitFor({ Body: 'never' }, { timeout: 60_000 });
    await another.close();
    await assert.rejects(waiting, {
      message: `No matching request arrived at ${another.url} before it was closed. Nothing arrived.`,
    });
  });
});
