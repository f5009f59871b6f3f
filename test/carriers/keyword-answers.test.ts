import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEYWORD_ANSWERS } from '../../src/messages/answer-keyword.ts';
import { keywordOf } from '../../src/messages/opt-out.ts';
import { segmentsOf } from '../../src/messages/segments.ts';
import {
  aNumber,
  assertCode,
  detailsOf,
  messagesOf,
  OURS,
  post,
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
import {
  httpFarSide,
  kannelFarSide,
  reportTo,
  SECRET,
  smppFarSide,
  upstreamOf,
  useCarriers,
} from './carrier-kinds.ts';

const { stop, start, help } = KEYWORD_ANSWERS;
const TAKEN = { status: 202 };

/** A message from the recipient, by a carrier of the kind `http`. */
async function bring(app: TestApp, id: string, body: string) {
  const event = { type: 'message', id, from: THEIRS, to: OURS, body };
  assert.deepEqual((await reportTo(app, [event])).json, { results: ['kept'] });
  await app.deliver();
}

async function listOf(app: TestApp, account: TestAccount) {
  const { json } = await app.get(`${messagesOf(account)}.json`, loginOf(account));
  return json.messages as Record<string, string>[];
}

onEveryEngine('a recipient who writes STOP, START or HELP by a carrier', (engine) => {
  test('is answered once for each change, in a message that is charged', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using far = await httpFarSide(app, () => TAKEN);
    const left = () => far.received.map(({ body }) => (JSON.parse(body) as { body: string }).body);
    await bring(app, 'in-1', ' Start ');
    await bring(app, 'in-2', 'yes');
    assert.deepEqual(left(), [], 'nothing was stopped');
    await bring(app, 'in-3', 'STOP');
    await bring(app, 'in-3', 'STOP');
    await bring(app, 'in-4', 'unsubscribe');
    assert.deepEqual(left(), [stop]);
    assertCode(await post(app, account), 400, 21610);
    await bring(app, 'in-5', 'help');
    assert.deepEqual(left(), [stop, help], 'help comes to everybody who asks');
    assertCode(await post(app, account), 400, 21610);
    await bring(app, 'in-6', 'UNSTOP');
    await bring(app, 'in-6', 'UNSTOP');
    await bring(app, 'in-7', 'start');
    assert.deepEqual(left(), [stop, help, start]);
    await send(app, account);
    const answers = (await listOf(app, account)).filter(
      ({ direction }) => direction === 'outbound-reply',
    );
    assert.deepEqual(
      answers.map(({ from, to, body }) => [from, to, body]),
      [start, help, stop].map((body) => [OURS, THEIRS, body]),
    );
    assert.equal((await usageOf(app, account, 'sms-outbound')).count, '4');
  });

  test('has stopped the number at every carrier', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using _far = await httpFarSide(app, () => TAKEN);
    await bring(app, 'in-1', 'STOP');
    useCarriers(app, 'routes: { default: simulated }');
    assertCode(await post(app, account), 400, 21610);
    await using _other = await kannelFarSide(app, () => TAKEN);
    assertCode(await post(app, account), 400, 21610);
  });

  test('is stopped although the answer is refused, and the timeline says why', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using far = await httpFarSide(app, () => TAKEN);
    const set = await app.control('POST', `/accounts/${account.sid}/limits`, {
      balance_floor: '1000',
    });
    assert.equal(set.status, 200, set.text);
    await bring(app, 'in-1', 'STOP');
    await bring(app, 'in-1', 'STOP');
    assert.equal(far.received.length, 0);
    const [came, ...more] = await listOf(app, account);
    assert.deepEqual([came?.['body'], more], ['STOP', []]);
    const notes = await detailsOf(app, { sid: '', account_sid: account.sid, ...came }, 'note');
    assert.deepEqual(
      notes.map(({ code }) => code),
      [20403],
    );
    await app.control('POST', `/accounts/${account.sid}/limits`, { balance_floor: null });
    assertCode(await post(app, account), 400, 21610);
  });

  test('is answered by Kannel and by SMPP, and by another platform there', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    const texts: unknown[] = [];
    await using _kannel = await kannelFarSide(app, (fields) => {
      texts.push(fields.get('text'));
      return TAKEN;
    });
    const ends = `from=${encodeURIComponent(THEIRS)}&to=${encodeURIComponent(OURS)}`;
    const path = `/_carrier/far/in?key=${SECRET}&${ends}&id=1&text=STOP`;
    assert.equal((await app.request('GET', path)).status, 200);
    await app.deliver();
    await using centre = await smppFarSide(app, () => ({}));
    const fields = { source_addr: THEIRS.slice(1), destination_addr: OURS.slice(1) };
    assert.equal(await centre.deliver({ fields, short_message: Buffer.from('START') }), 0);
    await app.deliver();
    const sent = centre.submits.map((pdu) => pdu.short_message.toString());
    assert.deepEqual([...texts, ...sent], [stop, start]);
    await using upstream = await upstreamOf(app);
    await upstream.app.deliver();
    await app.deliver();
    const all = await listOf(app, account);
    assert.deepEqual(
      all.map(({ body }) => body ?? '').toSorted(),
      ['START', 'STOP', 'STOP', start, stop].toSorted(),
    );
  });
});

test('the answers to STOP, START and HELP are one segment each, and no such word', () => {
  for (const text of Object.values(KEYWORD_ANSWERS)) {
    assert.equal(segmentsOf(text), 1);
    assert.equal(keywordOf(text), null);
  }
});
