import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { segmentsOf } from '../../src/messages/segments.ts';
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
  send,
  sendThrough,
  THEIRS,
  usageOf,
} from '../support/messages.ts';
import { loginOf, onEveryEngine, START_OF_TIME, testApp } from '../support/test-app.ts';

onEveryEngine('a message', (engine) => {
  test('is metered before its answer, and ends within two seconds', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    const sent = await send(app, account);
    assert.deepEqual(await usageOf(app, account, 'sms-outbound-longcode'), {
      count: '1',
      usage: '1',
      price: '0.0079',
    });
    const path = `/2010-04-01/Accounts/${account.sid}/Messages/${sent.sid}`;
    assert.deepEqual(sent, {
      account_sid: account.sid,
      api_version: '2010-04-01',
      body: 'Hello',
      date_created: 'Wed, 18 Mar 2026 23:31:36 +0000',
      date_sent: null,
      date_updated: 'Wed, 18 Mar 2026 23:31:36 +0000',
      direction: 'outbound-api',
      error_code: null,
      error_message: null,
      from: OURS,
      messaging_service_sid: null,
      num_media: '0',
      num_segments: '1',
      price: null,
      price_unit: 'USD',
      sid: sent.sid,
      status: 'queued',
      subresource_uris: { feedback: `${path}/Feedback.json`, media: `${path}/Media.json` },
      to: THEIRS,
      uri: `${path}.json`,
    });
    assert.match(sent.sid, /^SM[0-9a-f]{32}$/);
    await pass(app);
    const arrived = await read(app, account, sent.sid);
    assert.equal(arrived.status, 'delivered');
    assert.equal(arrived.price, '-0.0079');
    assert.equal(arrived.date_sent, 'Wed, 18 Mar 2026 23:31:38 +0000');
    const states = await detailsOf(app, arrived, 'status');
    assert.deepEqual(
      states.map(({ status }) => status),
      ['queued', 'sending', 'sent', 'delivered'],
    );
  });

  test('ends as the last four digits of its recipient say', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    assertCode(await post(app, account, { To: '+14155550001' }), 400, 21211);
    const endOf = async (To: string) => {
      const { status, error_code, price, error_message } = await sendThrough(app, account, { To });
      assert.equal(error_message !== null, error_code !== null);
      return { status, error_code, price };
    };
    const price = '-0.0079';
    const undelivered = { status: 'undelivered', error_code: 30003, price };
    assert.deepEqual(await endOf('+14155550002'), undelivered);
    assert.deepEqual(await endOf('+14155550003'), {
      status: 'sent',
      error_code: null,
      price: null,
    });
    assert.deepEqual(await endOf('+14155550004'), { status: 'failed', error_code: 30008, price });
    assert.deepEqual(await endOf('+14155550005'), { status: 'delivered', error_code: null, price });
  });

  test('is counted and priced by its segments', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await aNumber(app, account, '+18005550100', { type: 'toll-free' });
    const long = await send(app, account, { Body: '😀'.repeat(1_600) });
    assert.equal(long.num_segments, '49');
    assert.equal((await usageOf(app, account, 'sms-outbound')).count, '49');
    assert.equal((await usageOf(app, account, 'totalprice')).price, '0.3871');
    const free = await send(app, account, { From: '+18005550100' });
    assert.equal(free.num_segments, '1');
    assert.equal((await usageOf(app, account, 'sms-outbound-tollfree')).count, '1');
    assertCode(await post(app, account, { Body: '😀'.repeat(1_601) }), 400, 21617);
  });

  test('is refused with the error code of its fault', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const other = await app.anAccount();
    await aNumber(app, account);
    await aNumber(app, other, '+14155550111');
    const service = (await aService(app, account)).sid;
    const soon = new Date(START_OF_TIME + 60_000).toISOString();
    const later = new Date(START_OF_TIME + 60 * 60_000).toISOString();
    const media = Array.from({ length: 11 }, (_, index) => `https://example.com/${index}.png`);
    const wrong: [number, Record<string, string | readonly string[]>][] = [
      [21604, { To: '' }],
      [21211, { To: 'nobody' }],
      [21211, { To: '+1' }],
      [21603, { From: '' }],
      [21212, { From: '12' }],
      [21606, { From: '+14155550111' }],
      [21606, { From: '+14155550112' }],
      [21266, { To: OURS }],
      [21266, { To: '(415) 555-0100' }],
      [21602, { Body: '' }],
      [21617, { Body: 'x'.repeat(1_601) }],
      [21623, { MediaUrl: media }],
      [21620, { MediaUrl: 'ftp://example.com/a' }],
      [21609, { StatusCallback: 'https://under_score.example.com/' }],
      [21609, { StatusCallback: 'nowhere' }],
      [20001, { ValidityPeriod: '0' }],
      [20001, { ValidityPeriod: '36001' }],
      [20001, { ContentRetention: 'burn' }],
      [20001, { Body: '', ContentSid: `HX${'a'.repeat(32)}` }],
      [35118, { ScheduleType: 'fixed', SendAt: later }],
      [35111, { ScheduleType: 'fixed', MessagingServiceSid: service }],
      [35112, { SendAt: later, MessagingServiceSid: service }],
      [35114, { ScheduleType: 'fixed', SendAt: soon, MessagingServiceSid: service }],
      [20001, { ScheduleType: 'fixed', SendAt: 'soon', MessagingServiceSid: service }],
    ];
    for (const [code, form] of wrong) assertCode(await post(app, account, form), 400, code);
    assertCode(await post(app, other, { From: '', MessagingServiceSid: 'MG1' }), 400, 20001);
    const empty = await app.anAccount();
    const unserved = { From: '', MessagingServiceSid: (await aService(app, empty, {})).sid };
    assertCode(await post(app, empty, unserved), 400, 21704);
    assertCode(await post(app, account, unserved), 400, 21701);
    const list = await app.get(`${messagesOf(account)}.json`, loginOf(account));
    assert.deepEqual(list.json.messages, []);
    assert.equal((await usageOf(app, account, 'sms')).count, '0');
  });

  test('is found by its numbers and the date of its sending', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    const first = await sendThrough(app, account, { To: '+14155550150' });
    app.advance(24 * 60 * 60_000);
    const second = await sendThrough(app, account);
    const third = await send(app, account);
    const found = async (query: Record<string, string>) => {
      const path = `${messagesOf(account)}.json?${new URLSearchParams(query).toString()}`;
      const { json, text } = await app.get(path, loginOf(account));
      assert.ok(json.messages, text);
      return json.messages.map(({ sid }: { sid: string }) => sid);
    };
    const [a, b, c] = [first.sid, second.sid, third.sid];
    assert.deepEqual(await found({}), [c, b, a]);
    assert.deepEqual(await found({ To: ' 14155550150' }), [a]);
    assert.deepEqual(await found({ From: OURS }), [c, b, a]);
    assert.deepEqual(await found({ From: THEIRS }), []);
    assert.deepEqual(await found({ DateSent: '2026-03-18' }), [a]);
    assert.deepEqual(await found({ DateSent: '2026-03-19' }), [b]);
    assert.deepEqual(await found({ 'DateSent<': '2026-03-18' }), [a]);
    assert.deepEqual(await found({ 'DateSent>': '2026-03-18' }), [b, a]);
    assert.deepEqual(await found({ 'DateSent>': '2026-03-18', 'DateSent<': '2026-03-18' }), [a]);
    assert.deepEqual(await found({ 'DateSent>': '2026-03-18T23:31:38Z' }), [b, a]);
    assert.deepEqual(await found({ 'DateSent>': '2026-03-18T23:31:39Z' }), [b]);
    assert.deepEqual(await found({ DateSent: '2026-03-19T00:31:38+01:00' }), [a]);
    const wrong = await app.get(
      `${messagesOf(account)}.json?DateSent=2026-02-30`,
      loginOf(account),
    );
    assertCode(wrong, 400, 20001);
  });

  test('may be redacted and deleted after its end, and not before', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    const login = loginOf(account);
    const { sid } = await send(app, account);
    const path = `${messagesOf(account)}/${sid}.json`;
    assertCode(await app.request('DELETE', path, { login }), 409, 20009);
    assertCode(await app.post(path, login, { Body: '' }), 409, 20009);
    await pass(app);
    assertCode(await app.post(path, login, { Body: 'Other' }), 400, 20001);
    assertCode(await app.post(path, login, { Status: 'canceled' }), 409, 30409);
    const redacted = await app.post(path, login, { Body: '' });
    assert.equal(redacted.status, 200, redacted.text);
    assert.equal(redacted.json.body, '');
    assert.equal(redacted.json.status, 'delivered');
    const feedback = `${messagesOf(account)}/${sid}/Feedback.json`;
    const confirmed = await app.post(feedback, login, { Outcome: 'confirmed' });
    assert.equal(confirmed.status, 200);
    assert.equal(confirmed.json.outcome, 'confirmed');
    assert.equal((await app.request('DELETE', path, { login })).status, 204);
    assertCode(await app.get(path, login), 404, 20404);
    assertCode(await app.post(feedback, login, {}), 404, 20404);
    assert.equal((await usageOf(app, account, 'sms')).count, '1');
  });

  test('keeps neither its body nor its recipient when the client forbids it', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    const form = { ContentRetention: 'discard', AddressRetention: 'obfuscate' };
    const { sid, body, to } = await send(app, account, form);
    assert.deepEqual({ body, to }, { body: 'Hello', to: THEIRS });
    await pass(app);
    const arrived = await read(app, account, sid);
    assert.equal(arrived.status, 'delivered');
    assert.equal(arrived.body, '');
    assert.equal(arrived.to, '+1415555XXXX');
  });

  test('is not sent after its validity when the carrier was too busy', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    const { sid } = await send(app, account, { ValidityPeriod: '1' });
    // A step that cannot be recorded is delayed, as after a failure of the database.
    await app.app.database.write((tx) =>
      tx
        .updateTable('carrier_tasks')
        .set({ date_next: app.app.now() + 1_001 })
        .where('sid', '=', sid)
        .execute(),
    );
    await pass(app);
    const late = await read(app, account, sid);
    assert.deepEqual([late.status, late.error_code], ['failed', 30036]);
  });

  test('has its text unchanged, or is refused', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    const unit = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(
        '\0',
        'שלום',
        '\u202E',
        '👩🏽‍🚒',
        '{}',
        '€',
        'é',
        '\r\n',
        '\uFFFE',
        'a\u0301',
      ),
    );
    const text = fc.array(unit, { minLength: 1, maxLength: 12 }).map((parts) => parts.join(''));
    const unrepresentable = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/;
    await fc.assert(
      fc.asyncProperty(text, async (Body) => {
        const reply = await post(app, account, { Body });
        if (Body === '') return assertCode(reply, 400, 21602);
        if (unrepresentable.test(Body)) return assertCode(reply, 400, 20001);
        assert.equal(reply.status, 201, reply.text);
        const message = await read(app, account, reply.json.sid);
        assert.equal(message.body, Body);
        assert.equal(message.num_segments, String(segmentsOf(Body)));
      }),
      { numRuns: 100 },
    );
  });
});
