import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROUTES } from '../../src/routes.ts';
import { assertRefused, sdk } from '../conformance/sdk-world.ts';
import { digestOfData } from '../support/digest.ts';
import { onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';
import { testLoginOf } from '../support/test-login.ts';

/** docs/contract/accounts.md, "Test credentials" */

const magic = (digit: number) => `+1500555000${digit}`;
const WORKS = magic(6);
const SOMEBODY = '+14155550123';
const HOOK = 'https://app.example.com/hook';
const NUMBER_LISTS = ['', '/Local', '/Mobile', '/TollFree'];

/** A test account with the official SDK, and its real account. */
async function aTester(app: TestApp) {
  const account = await app.anAccount();
  const login = await testLoginOf(app, account);
  const client = sdk(await app.listen(), login);
  return { account, login, client, own: `/2010-04-01/Accounts/${login.username}` };
}

/** Expects that nothing is stored, metered or sent, also after the carrier and the outbox ran. */
async function assertNothingHappens(app: TestApp, deed: () => Promise<void>): Promise<void> {
  const before = await digestOfData(app.app);
  await deed();
  assert.equal(await digestOfData(app.app), before);
  app.advance(60_000);
  await app.deliver();
  assert.equal(await digestOfData(app.app), before);
}

onEveryEngine('test credentials', (engine) => {
  test('buy the number that works, and get the reason for every other number', async () => {
    await using app = await testApp({ engine });
    const { account, login, client, own } = await aTester(app);
    await assertNothingHappens(app, async () => {
      const bought = await client.incomingPhoneNumbers.create({
        phoneNumber: WORKS,
        friendlyName: 'Mine',
        smsUrl: HOOK,
        voiceMethod: 'GET',
      });
      assert.match(bought.sid, /^PN[0-9a-f]{32}$/);
      assert.equal(bought.accountSid, login.username);
      assert.notEqual(bought.accountSid, account.sid);
      assert.deepEqual(
        [bought.phoneNumber, bought.friendlyName, bought.smsUrl, bought.voiceMethod],
        [WORKS, 'Mine', HOOK, 'GET'],
      );
      const anywhere = await client.incomingPhoneNumbers.create({ areaCode: '500' });
      assert.equal(anywhere.phoneNumber, WORKS);
      assert.equal(anywhere.friendlyName, '(500) 555-0006');

      const refusals: [{ phoneNumber?: string; areaCode?: string }, number][] = [
        [{ phoneNumber: magic(0) }, 21422],
        [{ phoneNumber: magic(1) }, 21421],
        [{ phoneNumber: magic(7) }, 21421],
        [{ phoneNumber: SOMEBODY }, 21421],
        [{ phoneNumber: 'no number' }, 21421],
        [{ areaCode: '533' }, 21452],
        [{ areaCode: '415' }, 21452],
        [{ areaCode: '5' }, 20001],
        [{}, 20001],
      ];
      for (const [wanted, code] of refusals) {
        await assertRefused(client.incomingPhoneNumbers.create(wanted), 400, code);
      }
      const { local, mobile, tollFree } = client.incomingPhoneNumbers;
      for (const list of [local, mobile, tollFree]) {
        const number = await list.create({ phoneNumber: WORKS });
        assert.equal(number.phoneNumber, WORKS);
        await assertRefused(list.create({ phoneNumber: magic(0) }), 400, 21422);
        await assertRefused(list.create({ phoneNumber: magic(1) }), 400, 21421);
      }
      const tollFreeList = `${own}/IncomingPhoneNumbers/TollFree.json`;
      const unescaped = await app.post(tollFreeList, login, { PhoneNumber: ' 15005550006' });
      assert.deepEqual([unescaped.status, unescaped.json.type], [201, 'toll-free']);
      const form = { PhoneNumber: WORKS, VoiceUrl: 'no URL' };
      const refused = await app.post(`${own}/IncomingPhoneNumbers.json`, login, form);
      assert.deepEqual([refused.status, refused.json.code], [400, 20001]);
    });
  });

  test('send from the number that works to every number that takes messages', async () => {
    await using app = await testApp({ engine });
    const { login, client } = await aTester(app);
    const send = (from: string, to: string, body: string | undefined = 'Hello') =>
      client.messages.create({ from, to, body, statusCallback: HOOK });
    await assertNothingHappens(app, async () => {
      const sent = await send(WORKS, SOMEBODY);
      assert.match(sent.sid, /^SM[0-9a-f]{32}$/);
      assert.deepEqual(
        [sent.accountSid, sent.status, sent.direction, sent.from, sent.to, sent.body],
        [login.username, 'queued', 'outbound-api', WORKS, SOMEBODY, 'Hello'],
      );
      assert.deepEqual([sent.numSegments, sent.price, sent.errorCode], ['1', null, null]);
      const from: [number, number][] = [
        [1, 21212],
        [7, 21606],
        [8, 21611],
        [0, 21606],
        [5, 21606],
      ];
      for (const [digit, code] of from) {
        await assertRefused(send(magic(digit), SOMEBODY), 400, code);
      }
      await assertRefused(send(SOMEBODY, '+14155550124'), 400, 21606);
      const to: [number, number][] = [
        [1, 21211],
        [2, 21612],
        [3, 21408],
        [4, 21610],
        [9, 21614],
      ];
      for (const [digit, code] of to) await assertRefused(send(WORKS, magic(digit)), 400, code);
      assert.equal((await send(WORKS, magic(5))).status, 'queued', 'any other number takes it');
    });
  });

  test('send valid messages, and nothing else', async () => {
    await using app = await testApp({ engine });
    const { client } = await aTester(app);
    const to = SOMEBODY;
    const messagingServiceSid = `MG${'a'.repeat(32)}`;
    await assertNothingHappens(app, async () => {
      const { messages } = client;
      await assertRefused(messages.create({ from: WORKS, to }), 400, 21602);
      await assertRefused(
        messages.create({ from: WORKS, to, body: 'x'.repeat(1_601) }),
        400,
        21617,
      );
      await assertRefused(messages.create({ from: WORKS, to: '', body: 'Hello' }), 400, 21604);
      await assertRefused(messages.create({ from: WORKS, to: WORKS, body: 'Hello' }), 400, 21266);
      await assertRefused(messages.create({ to, body: 'Hello' }), 400, 21603);

      const picture = await messages.create({ from: WORKS, to, mediaUrl: [HOOK] });
      assert.match(picture.sid, /^MM/);
      assert.equal(picture.numMedia, '1');
      const long = await messages.create({ from: WORKS, to, body: 'x'.repeat(161) });
      assert.equal(long.numSegments, '2');
      const served = await messages.create({ messagingServiceSid, to, body: 'Hello' });
      assert.deepEqual([served.status, served.from], ['accepted', null]);
      const later = await messages.create({
        messagingServiceSid,
        to,
        body: 'Hello',
        scheduleType: 'fixed',
        sendAt: new Date(app.app.now() + 3_600_000),
      });
      assert.deepEqual([later.status, later.from], ['scheduled', null]);
    });
  });

  test('call from the number that works every number that can be called', async () => {
    await using app = await testApp({ engine });
    const { login, client } = await aTester(app);
    const call = (from: string, to: string) =>
      client.calls.create({ from, to, url: HOOK, statusCallback: HOOK, record: true });
    await assertNothingHappens(app, async () => {
      const made = await call(WORKS, SOMEBODY);
      assert.match(made.sid, /^CA[0-9a-f]{32}$/);
      assert.deepEqual(
        [made.accountSid, made.status, made.direction, made.from, made.to, made.toFormatted],
        [login.username, 'queued', 'outbound-api', WORKS, SOMEBODY, '(415) 555-0123'],
      );
      await assertRefused(call(magic(1), SOMEBODY), 400, 21212);
      for (const from of [magic(0), magic(7), SOMEBODY, 'client:ann']) {
        await assertRefused(call(from, 'sip:bob@example.com'), 400, 21210);
      }
      const to: [number, number][] = [
        [1, 21217],
        [2, 21214],
        [3, 21215],
        [4, 21216],
      ];
      for (const [digit, code] of to) await assertRefused(call(WORKS, magic(digit)), 400, code);
      assert.equal((await call(WORKS, magic(9))).status, 'queued', 'any other can be called');
      const { calls } = client;
      await assertRefused(calls.create({ from: WORKS, to: SOMEBODY }), 400, 21205);
      const twiml = '<Response><Say>Hello</Say></Response>';
      const told = await calls.create({ from: WORKS, to: 'client:ann', twiml });
      assert.equal(told.to, 'client:ann');
      const broken = { from: WORKS, to: SOMEBODY, twiml: '<Response>' };
      await assertRefused(calls.create(broken), 400, 12100);
    });
  });

  test('do nothing else that the API can do', async () => {
    await using app = await testApp({ engine });
    const { login, own } = await aTester(app);
    const pretended: string[] = [];
    await assertNothingHappens(app, async () => {
      for (const { id, method, path } of ROUTES.endpoints) {
        const filled = path
          .replace(':AccountSid', login.username)
          .replace(':CountryCode', 'US')
          .replaceAll(/:\w+/g, `XX${'f'.repeat(32)}`);
        for (const suffix of path.startsWith('/2010') ? ['.json', '.xml', '.csv', ''] : ['']) {
          const reply = await app.request(method, filled + suffix, {
            login,
            ...(method === 'POST' && { form: {} }),
          });
          const [code] = /(?<=code"?[>:])\d+/i.exec(reply.text) ?? [];
          const is = `${reply.status}/${code}`;
          if (is !== '403/20008') pretended.push(`${id}${suffix} ${is}`);
          else assert.match(reply.text, /Resource not accessible with Test Account Credentials/);
        }
      }
      assert.equal((await app.get(`${own}/Nothing.json`, login)).status, 404);
      assert.equal((await app.request('PUT', `${own}/Messages.json`, { login })).status, 405);
      assert.equal((await app.post(`${own}/Messages.wav`, login, {})).status, 404);
    });
    const expected = [
      ...['', 'Local', 'Mobile', 'TollFree'].map(
        (type) => `CreateIncomingPhoneNumber${type} 20001`,
      ),
      'CreateMessage 21604',
      'CreateCall 21201',
    ].flatMap((line) => {
      const [id, code] = line.split(' ');
      return ['.json', '.xml', '.csv', ''].map((suffix) => `${id}${suffix} 400/${code}`);
    });
    assert.deepEqual(pretended.toSorted(), expected.toSorted());
  });

  test('are answered in every format, with any Idempotency-Key', async () => {
    await using app = await testApp({ engine });
    const { login, own } = await aTester(app);
    const requests: [string, Record<string, string>][] = [
      ['CreateMessage /Messages', { From: WORKS, To: SOMEBODY, Body: 'Hello' }],
      ['CreateCall /Calls', { From: WORKS, To: SOMEBODY, Url: HOOK }],
      ...NUMBER_LISTS.map((list): [string, Record<string, string>] => [
        `CreateIncomingPhoneNumber${list.slice(1)} /IncomingPhoneNumbers${list}`,
        { PhoneNumber: WORKS },
      ]),
    ];
    const headers = { 'idempotency-key': 'the-same' };
    await assertNothingHappens(app, async () => {
      const sids = new Set<string>();
      for (const [name, form] of requests) {
        const [id, path] = name.split(' ');
        const endpoint = ROUTES.endpoints.find((one) => one.id === id);
        const post = (suffix: string) =>
          app.request('POST', `${own}${path}${suffix}`, { login, form, headers });
        const { status, json } = await post('.json');
        assert.equal(status, 201);
        assert.deepEqual(endpoint?.resource.schema.parse(json), json);
        sids.add(json.sid);
        for (const suffix of ['.xml', '.csv', '']) {
          const reply = await post(suffix);
          assert.equal(reply.status, 201);
          assert.ok(reply.text.includes(login.username));
        }
        sids.add((await post('.json')).json.sid);
      }
      assert.equal(sids.size, 2 * requests.length, 'a key finds no answer again');
    });
  });
});
