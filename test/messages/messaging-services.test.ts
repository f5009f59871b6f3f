import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aNumber,
  aService,
  assertCode,
  detailsOf,
  messagesOf,
  OURS,
  pass,
  post,
  read,
  SERVICE,
  send,
  THEIRS,
} from '../support/messages.ts';
import { loginOf, onEveryEngine, testApp } from '../support/test-app.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';

const SECOND = '+14155550101';

onEveryEngine('a messaging service', (engine) => {
  test('is made by the control API, and sends from the first number that its account has', async () => {
    await using app = await testApp({ engine });
    await using receiver = await webhookReceiver();
    const account = await app.anAccount();
    await aNumber(app, account, OURS);
    app.advance(1);
    await aNumber(app, account, SECOND);
    const service = await aService(app, account);
    assert.deepEqual(
      [service.sid, service.account_sid, service.phone_numbers],
      [SERVICE, account.sid, null],
    );
    const StatusCallback = `${receiver.origin}/status`;
    const form = { From: '', MessagingServiceSid: SERVICE, StatusCallback };
    const sent = await send(app, account, form);
    assert.deepEqual([sent.status, sent.from], ['accepted', null]);
    assert.equal(sent.messaging_service_sid, SERVICE);
    assert.equal((await read(app, account, sent.sid)).from, null);
    await pass(app);
    const arrived = await read(app, account, sent.sid);
    assert.deepEqual([arrived.status, arrived.from], ['delivered', OURS]);
    const states = (await detailsOf(app, arrived, 'status')).map(({ status }) => status);
    assert.deepEqual(states, ['accepted', 'queued', 'sending', 'sent', 'delivered']);
    const told = receiver.received.map(({ body }) => {
      const { MessageStatus, From, MessagingServiceSid } = Object.fromEntries(
        new URLSearchParams(body),
      );
      assert.equal(MessagingServiceSid, SERVICE);
      return `${MessageStatus} ${From}`;
    });
    assert.deepEqual(told.toSorted(), [
      'accepted ',
      `delivered ${OURS}`,
      `queued ${OURS}`,
      `sending ${OURS}`,
      `sent ${OURS}`,
    ]);
  });

  test('has its named numbers as long as its account holds them', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const login = loginOf(account);
    await aNumber(app, account, OURS);
    const british = await aNumber(app, account, '+447400200010', {
      iso_country: 'GB',
      type: 'mobile',
    });
    const numbers = { phone_numbers: ['+44 7400 200010', '(415) 555-0100', OURS] };
    const { sid, phone_numbers } = await aService(app, account, numbers);
    assert.deepEqual(phone_numbers, ['+447400200010', OURS]);
    const form = { From: '', MessagingServiceSid: sid, To: '020 7946 0958' };
    const sent = await send(app, account, form);
    assert.equal(sent.to, '+442079460958', 'in the country of its number that sends');
    await pass(app);
    assert.equal((await read(app, account, sent.sid)).from, '+447400200010');
    await aNumber(app, account, SECOND);
    assertCode(await post(app, account, { From: SECOND, MessagingServiceSid: sid }), 400, 21606);
    const chosen = await send(app, account, { From: OURS, MessagingServiceSid: sid });
    assert.equal(chosen.from, OURS);

    const path = `/2010-04-01/Accounts/${account.sid}/IncomingPhoneNumbers/${british.sid}.json`;
    assert.equal((await app.request('DELETE', path, { login })).status, 204);
    const next = await send(app, account, { From: '', MessagingServiceSid: sid });
    await pass(app);
    assert.equal((await read(app, account, next.sid)).from, OURS);
    const none = await aService(app, account, { phone_numbers: [] });
    const empty = { From: '', MessagingServiceSid: none.sid };
    assertCode(await post(app, account, empty), 400, 21704);
  });

  test('that is not there, or is another account’s, is refused', async () => {
    await using app = await testApp({ engine });
    const [account, other] = [await app.anAccount(), await app.anAccount()];
    await aNumber(app, account, OURS);
    await aService(app, other);
    for (const MessagingServiceSid of [SERVICE, `MG${'b'.repeat(32)}`]) {
      const later = new Date(app.app.now() + 3_600_000).toISOString();
      for (const more of [{ From: '' }, { From: OURS }, { ScheduleType: 'fixed', SendAt: later }]) {
        const refused = await post(app, account, { MessagingServiceSid, ...more });
        assertCode(refused, 400, 21701);
        assert.match(refused.json.message, new RegExp(MessagingServiceSid));
      }
    }
    const { json } = await app.get(`${messagesOf(account)}.json`, loginOf(account));
    assert.deepEqual(json.messages, []);
  });

  test('is refused by the name of a wrong field', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aService(app, account);
    const { sid: account_sid } = account;
    for (const [body, status, message] of [
      [{}, 400, /^account_sid must be a SID/],
      [{ account_sid: `AC${'f'.repeat(32)}` }, 404, /^There is no account ACf/],
      [{ account_sid, sid: SERVICE }, 409, /^There is a messaging service MGa+ already/],
      [{ account_sid, sid: 'MG1' }, 400, /^sid must be a SID: MG and/],
      [{ account_sid, phone_numbers: OURS }, 400, /^phone_numbers must be a list/],
      [
        { account_sid, phone_numbers: ['nobody'] },
        400,
        /^phone_numbers\[0\] must be a phone number/,
      ],
      [{ account_sid, phone_numbers: [THEIRS] }, 400, /does not hold \+14155550199/],
    ] as const) {
      const refused = await app.control('POST', '/messaging_services', body);
      assert.equal(refused.status, status, refused.text);
      assert.match(refused.json.error, message);
    }
  });
});
