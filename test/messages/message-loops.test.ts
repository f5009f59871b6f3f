import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_HOPS } from '../../src/messages/message-step.ts';
import { MAX_ANSWERS } from '../../src/messages/wire/find-loop.ts';
import { httpFarSide, reportTo, upstreamOf } from '../carriers/carrier-kinds.ts';
import {
  aNumber,
  assertCode,
  messagesOf,
  OURS,
  pass,
  read,
  send,
  THEIRS,
} from '../support/messages.ts';
import {
  loginOf,
  onEveryEngine,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';

const FAR = '+15005550199';

/** An application that answers every message. */
const talker = () =>
  webhookReceiver(() => ({
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body: '<Response><Message>And you?</Message></Response>',
  }));

async function listOf(app: TestApp, account: TestAccount) {
  const { json } = await app.get(`${messagesOf(account)}.json?PageSize=200`, loginOf(account));
  return json.messages as { direction: string; error_code: number | null; status: string }[];
}

onEveryEngine('two applications that always answer', (engine) => {
  test('come to an end when each is on a platform of its own', async () => {
    await using app = await testApp({ engine });
    await using applications = await talker();
    const account = await app.anAccount();
    await aNumber(app, account, OURS, { sms_url: applications.origin });
    await using upstream = await upstreamOf(app);
    await aNumber(upstream.app, upstream.account, THEIRS, { sms_url: applications.origin });
    await send(app, account);
    let before = -1;
    for (let round = 0; before < applications.received.length; round += 1) {
      assert.ok(round < 3 * MAX_HOPS, 'they answer for ever');
      if (round % 3 === 0) before = applications.received.length;
      await pass(app);
      await pass(upstream.app);
    }
    const all = [
      ...(await listOf(app, account)),
      ...(await listOf(upstream.app, upstream.account)),
    ];
    assert.ok(applications.received.length <= MAX_HOPS);
    assert.equal(all.filter(({ error_code }) => error_code === 30039).length, 1);
    const asked = applications.received.map(({ headers }) => Number(headers['tieline-hops']));
    // The one without answers before it is the STOP that the upstream got.
    const counts = asked.filter((hops) => hops > 0);
    assert.deepEqual(
      counts,
      [...new Set(counts)].toSorted((a, b) => a - b),
    );
    assert.ok(counts.length > MAX_HOPS / 2);
  });

  test('come to an end over a wire that loses the count', async () => {
    await using app = await testApp({ engine });
    await using application = await talker();
    const account = await app.anAccount();
    await aNumber(app, account, OURS, { sms_url: application.origin });
    let number = 0;
    const due: unknown[] = [];
    await using far = await httpFarSide(app, ({ to, from, hops }) => {
      assert.equal(hops, 1);
      number += 1;
      due.push({ type: 'message', id: `in-${number}`, from: to, to: from, body: 'And you?' });
      return { status: 202 };
    });
    const { sid } = await send(app, account, { To: FAR });
    for (let round = 0; round < MAX_ANSWERS + 5; round += 1) {
      await pass(app);
      if (due.length > 0) assert.equal((await reportTo(app, due.splice(0))).status, 200);
    }
    assert.equal(far.received.length, MAX_ANSWERS);
    const all = await listOf(app, account);
    const ended = all.filter(({ error_code }) => error_code !== null);
    assert.deepEqual(
      ended.map(({ status, error_code }) => [status, error_code]),
      [['failed', 14107]],
    );
    assert.equal((await read(app, account, sid)).status, 'sent');
    app.advance(30_000);
    await send(app, account, { To: FAR });
    await app.deliver();
    assert.equal(far.received.length, MAX_ANSWERS + 1, 'after a pause the next one leaves');
  });

  test('are no loop when only one of them writes', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using far = await httpFarSide(app, () => ({ status: 202 }));
    for (let time = 0; time < MAX_ANSWERS + 5; time += 1) await send(app, account, { To: FAR });
    await app.deliver();
    assert.equal(far.received.length, MAX_ANSWERS + 5);
  });

  test('may pass the count on by the API', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using far = await httpFarSide(app, () => ({ status: 202 }));
    const post = (hops: string) =>
      app.request('POST', `${messagesOf(account)}.json`, {
        form: { To: FAR, From: OURS, Body: 'Hello' },
        login: loginOf(account),
        headers: { 'tieline-hops': hops },
      });
    for (const wrong of ['-1', '1.5', 'many', '10000', '']) {
      const refused = await post(wrong);
      assertCode(refused, 400, 20001);
      assert.match(refused.json.message, /Tieline-Hops must be a whole number from 0 to 9999/);
    }
    const [sent, ended] = [await post(String(MAX_HOPS - 1)), await post(String(MAX_HOPS))];
    await app.deliver();
    const told = far.received.map(({ body }) => JSON.parse(body).hops as number);
    assert.deepEqual(told, [MAX_HOPS]);
    assert.equal((await read(app, account, sent.json.sid)).status, 'sent');
    const { status, error_code } = await read(app, account, ended.json.sid);
    assert.deepEqual([status, error_code], ['failed', 30039]);
  });

  test('may pass the count on by the events of a gateway', async () => {
    await using app = await testApp({ engine });
    await using application = await talker();
    const account = await app.anAccount();
    await aNumber(app, account, OURS, { sms_url: application.origin });
    await using far = await httpFarSide(app, () => ({ status: 202 }));
    const event = { type: 'message', from: FAR, to: OURS, body: 'Hello' };
    await reportTo(app, [
      { ...event, id: 'one', hops: MAX_HOPS - 1 },
      { ...event, id: 'two', hops: MAX_HOPS },
    ]);
    await pass(app);
    assert.equal(application.received.length, 1);
    assert.equal(application.received[0]?.headers['tieline-hops'], String(MAX_HOPS - 1));
    assert.deepEqual(
      far.received.map(({ body }) => JSON.parse(body).hops as number),
      [MAX_HOPS],
    );
    const codes = (await listOf(app, account)).map(({ error_code }) => error_code);
    assert.deepEqual(new Set(codes), new Set([null, 30039]));
    assert.equal(codes.length, 3);
    const wrong = await reportTo(app, [{ ...event, id: 'three', hops: 10_000 }]);
    assert.match(wrong.json.error, /events\[0\]\.hops must be a whole number from 0 to 9999/);
  });
});
