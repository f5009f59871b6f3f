import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_HOPS } from '../../src/messages/message-step.ts';
import { verify } from '../../src/verify/verify.ts';
import {
  aNumber,
  assertCode,
  detailsOf,
  messagesOf,
  OURS,
  parametersOf,
  pass,
  post,
  read,
  receive,
  send,
  THEIRS,
  usageOf,
} from '../support/messages.ts';
import {
  loginOf,
  onEveryEngine,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';
import { type Received, webhookReceiver } from '../support/webhook-receiver.ts';

const XML = { 'content-type': 'text/xml' };
const twiml = (inner: string) => ({
  status: 200,
  headers: XML,
  body: `<?xml version="1.0" encoding="UTF-8"?><Response>${inner}</Response>`,
});

const pathOf = ({ url }: Received) => new URL(url).pathname;

const list = async (app: TestApp, account: TestAccount) =>
  (await app.get(`${messagesOf(account)}.json`, loginOf(account))).json.messages;

onEveryEngine('a message from outside', (engine) => {
  test('is metered and kept, without a request when the number has no URL', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    const message = await receive(app, { body: 'Hello there' });
    assert.equal((await usageOf(app, account, 'sms-inbound-longcode')).count, '1');
    assert.deepEqual(
      [message.status, message.direction, message.from, message.to, message.price],
      ['received', 'inbound', THEIRS, OURS, '-0.0079'],
    );
    assert.deepEqual(await read(app, account, message.sid), message);
    await pass(app);
    assert.deepEqual(await detailsOf(app, message, 'request'), []);
  });

  test('is answered with the application’s TwiML', async () => {
    await using app = await testApp({ engine });
    await using receiver = await webhookReceiver((request) =>
      pathOf(request) === '/next'
        ? twiml('<Message action="/after">Third</Message><Message>Not this</Message>')
        : pathOf(request) === '/after'
          ? twiml('')
          : twiml(
              `<Message>First</Message><Message statusCallback="/state">Second</Message>` +
                `<Redirect>/next</Redirect>`,
            ),
    );
    const account = await app.anAccount();
    await aNumber(app, account, OURS, { sms_url: `${receiver.origin}/sms` });
    const message = await receive(app, { body: 'Zażółć' });
    await pass(app);
    const asked = receiver.received.map((request) => ({
      path: pathOf(request),
      parameters: parametersOf(request, account.auth_token),
    }));
    assert.deepEqual(asked[0], {
      path: '/sms',
      parameters: {
        MessageSid: message.sid,
        SmsSid: message.sid,
        SmsMessageSid: message.sid,
        SmsStatus: 'received',
        AccountSid: account.sid,
        From: THEIRS,
        To: OURS,
        Body: 'Zażółć',
        NumSegments: '1',
        NumMedia: '0',
        ApiVersion: '2010-04-01',
        FromCountry: 'US',
        FromState: '',
        FromCity: '',
        FromZip: '',
        ToCountry: 'US',
        ToState: '',
        ToCity: '',
        ToZip: '',
      },
    });
    const replies = (await list(app, account)).filter(
      ({ direction }: { direction: string }) => direction === 'outbound-reply',
    );
    assert.deepEqual(
      replies.map(({ body, to, from, status }: Record<string, string>) => [body, to, from, status]),
      ['Third', 'Second', 'First'].map((body) => [body, THEIRS, OURS, 'delivered']),
    );
    const [third] = replies;
    const afterwards = asked.find(({ path }) => path === '/after');
    assert.equal(afterwards?.parameters['MessageSid'], third.sid);
    assert.equal(asked.filter(({ path }) => path === '/state').length, 4);
    assert.equal((await detailsOf(app, message, 'request')).length, 3);
    assert.equal((await usageOf(app, account, 'sms')).count, '4');
  });

  test('goes to the fallback when the first URL fails, and is marked when both fail', async () => {
    await using app = await testApp({ engine });
    await using receiver = await webhookReceiver((request) =>
      pathOf(request) === '/good' ? twiml('<Message>Saved</Message>') : { status: 500 },
    );
    const account = await app.anAccount();
    const sms_url = `${receiver.origin}/bad`;
    await aNumber(app, account, OURS, { sms_url, sms_fallback_url: `${receiver.origin}/good` });
    await aNumber(app, account, '+14155550101', { sms_url, sms_fallback_url: sms_url });
    await receive(app, { body: 'One' });
    const lost = await receive(app, { body: 'Two', to: '+14155550101' });
    await pass(app);
    const bodies = (await list(app, account)).map(({ body }: { body: string }) => body);
    assert.deepEqual(bodies.toSorted(), ['One', 'Saved', 'Two']);
    const requests = await detailsOf(app, lost, 'request');
    assert.equal(requests.length, 2);
    assert.equal((await read(app, account, lost.sid)).status, 'received');
  });

  test('with STOP blocks messages from the number, until START', async () => {
    await using app = await testApp({ engine });
    await using receiver = await webhookReceiver(() => twiml('<Message>Why?</Message>'));
    const account = await app.anAccount();
    await aNumber(app, account, OURS, { sms_url: receiver.origin });
    await aNumber(app, account, '+14155550101');
    const stop = await receive(app, { body: 'STOP' });
    assertCode(await post(app, account), 400, 21610);
    await send(app, account, { From: '+14155550101' });
    await send(app, account, { To: '+14155550198' });
    await pass(app);
    const notes = await detailsOf(app, stop, 'note');
    assert.deepEqual(
      notes.map(({ code }) => code),
      [21610],
    );
    await receive(app, { body: 'please start' });
    assertCode(await post(app, account), 400, 21610);
    // The STOP stays in force when its message is deleted.
    const path = `${messagesOf(account)}/${stop.sid}.json`;
    await app.request('DELETE', path, { login: loginOf(account) });
    assertCode(await post(app, account), 400, 21610);
    await receive(app, { body: 'Start' });
    await send(app, account);
  });

  test('is refused for an unknown number and for a suspended account', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const refused = async (body: Record<string, unknown>) => {
      const { status, json } = await app.control('POST', '/messages', body);
      return [status, json.error];
    };
    const nobody = await refused({ to: OURS, from: THEIRS });
    const told = `No account holds the number ${OURS}: buy it for one first, or name one that is held.`;
    assert.deepEqual(nobody, [404, told]);
    await aNumber(app, account);
    const wrong = await refused({ to: OURS, from: 'me' });
    assert.deepEqual(wrong, [
      400,
      'from must be a phone number as +14155550100, or whatsapp:+14155550100.',
    ]);
    assert.equal((await refused({ to: OURS, from: OURS }))[0], 400);
    const media_urls = Array.from({ length: 11 }, () => 'https://example.com/a.png');
    assert.equal((await refused({ to: OURS, from: THEIRS, media_urls }))[0], 400);
    const long = await refused({ to: OURS, from: THEIRS, body: 'x'.repeat(1_601) });
    assert.deepEqual(long, [400, 'body must be at most 1600 characters.']);
    assert.deepEqual(await list(app, account), []);
  });

  test('arrives at another account of the server, and two applications that always answer come to an end', async () => {
    await using app = await testApp({ engine });
    await using receiver = await webhookReceiver(() => twiml('<Message>And you?</Message>'));
    const [one, other] = [await app.anAccount(), await app.anAccount()];
    const sms_url = receiver.origin;
    await aNumber(app, one, OURS, { sms_url });
    await aNumber(app, other, THEIRS, { sms_url });
    const sent = await send(app, one);
    for (let round = 0; round <= MAX_HOPS + 2; round += 1) await pass(app);
    assert.equal((await read(app, one, sent.sid)).status, 'delivered');
    assert.equal(receiver.received.length, MAX_HOPS - 1);
    const [mine, theirs] = [await list(app, one), await list(app, other)];
    assert.equal(mine.length, MAX_HOPS);
    assert.equal(theirs.length, MAX_HOPS);
    const first = theirs.at(-1);
    assert.deepEqual([first.direction, first.body, first.from], ['inbound', 'Hello', OURS]);
    assert.equal((await usageOf(app, other, 'sms-inbound')).count, String(MAX_HOPS / 2));
    parametersOf(receiver.received[0] as Received, other.auth_token);
    assert.equal((await app.deliver()).tried, 0);
    assert.deepEqual((await verify(app.app)).differences, []);
  });

  test('to a number with an app’s URL is answered by the app, as long as it may', async () => {
    await using app = await testApp({ engine });
    const [developer, customer, other] = [
      await app.anAccount(),
      await app.anAccount(),
      await app.anAccount(),
    ];
    const grant = await app.aGrant(await app.aConnectApp(developer), customer);
    const account = { ...customer, sid: grant.subaccount_sid };
    let isLast = false;
    await using receiver = await webhookReceiver(async () => {
      const body = { connect_app_sid: grant.connect_app_sid, account_sid: customer.sid };
      if (isLast) assert.equal((await app.control('POST', '/deauthorize', body)).status, 200);
      return twiml('<Message>By the app</Message>');
    });
    const url_grants = JSON.stringify({ sms_url: grant.sid });
    await aNumber(app, account, OURS, { sms_url: receiver.origin, url_grants });
    await aNumber(app, other, THEIRS);
    await receive(app, { body: 'One' });
    await pass(app);
    parametersOf(receiver.received[0] as Received, developer.auth_token);
    const { db } = app.app.database;
    const made = await db
      .selectFrom('messages')
      .select(['account_sid', 'direction', 'created_by_grant'])
      .orderBy('sid')
      .execute();
    assert.deepEqual(
      made.map((one) => [one.account_sid, one.direction, one.created_by_grant]),
      [
        [account.sid, 'inbound', null],
        [account.sid, 'outbound-reply', grant.sid],
        // A message that arrives elsewhere is not the app's.
        [other.sid, 'inbound', null],
      ],
    );
    const used = await db
      .selectFrom('usage_events')
      .select(['account_sid', 'created_by_grant'])
      .where('created_by_grant', 'is not', null)
      .execute();
    assert.deepEqual(used, [{ account_sid: account.sid, created_by_grant: grant.sid }]);

    // The grant ends while the app is about to answer.
    isLast = true;
    const second = await receive(app, { body: 'Two' });
    await pass(app);
    assert.equal(receiver.received.length, 2);
    const rows = await db.selectFrom('messages').select('sid').execute();
    assert.equal(rows.length, 4);
    assert.match((await detailsOf(app, second, 'note'))[0].message, /no longer has that URL/);
    await receive(app, { body: 'Three' });
    await pass(app);
    assert.equal(receiver.received.length, 2);
    assert.deepEqual((await verify(app.app)).differences, []);
  });
});
