import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toWire } from '../../../src/carriers/smpp/address.ts';
import { ALL_TABLES } from '../../../src/db/tables/all-tables.ts';
import type { Tables } from '../../../src/db/tables/tables.ts';
import { aNumber, messagesOf, OURS, read, send, THEIRS } from '../../support/messages.ts';
import { loginOf, onEveryEngine, type TestApp, testApp } from '../../support/test-app.ts';
import { smppFarSide } from '../carrier-kinds.ts';
import { receiptOf } from './centre.ts';

const TEN_HOURS = 36_000_000;
const LONG = 'a'.repeat(400);

onEveryEngine('a carrier over SMPP', (engine) => {
  test('delivers a message of several parts when every part is, in any order, once', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using far = await smppFarSide(app, () => ({}));
    const { sid } = await send(app, account, { Body: LONG });
    await app.deliver();
    assert.equal(far.submits.length, 3);
    const states: string[] = [];
    for (const index of [2, 0, 0, 1]) {
      assert.equal(await far.deliver(receiptOf(index, 'DELIVRD')), 0);
      states.push((await read(app, account, sid)).status);
    }
    assert.deepEqual(states, ['sent', 'sent', 'sent', 'delivered']);
    assert.equal((await read(app, account, sid)).num_segments, '3');
    // The end is final, and the carrier hears that its report is known.
    assert.equal(await far.deliver(receiptOf(1, 'UNDELIV')), 0);
    assert.equal((await read(app, account, sid)).status, 'delivered');
  });

  test('ends a message with the bad end of one part, and one whose part was refused', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using far = await smppFarSide(app, (_, index) => (index === 4 ? { status: 0x0b } : {}));
    const { sid } = await send(app, account, { Body: LONG });
    await app.deliver();
    assert.equal(await far.deliver(receiptOf(1, 'UNDELIV', '027')), 0);
    const ended = await read(app, account, sid);
    assert.deepEqual([ended.status, ended.error_code], ['undelivered', 30003]);
    const refused = await send(app, account, { Body: LONG });
    await app.deliver();
    const { status, error_code } = await read(app, account, refused.sid);
    assert.deepEqual([status, error_code], ['failed', 30005]);
    assert.equal(far.submits.length, 5);
  });

  test('leaves nothing of a redacted body, although the receipt quoted it', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using far = await smppFarSide(app, () => ({}));
    const { sid } = await send(app, account, { Body: 'The word is Rumpelstiltskin' });
    await app.deliver();
    const { fields, short_message } = receiptOf(0, 'DELIVRD');
    const quoting = Buffer.concat([
      short_message ?? Buffer.of(),
      Buffer.from('The word is Rumpel'),
    ]);
    assert.equal(await far.deliver({ fields: fields ?? {}, short_message: quoting }), 0);
    assert.equal((await read(app, account, sid)).status, 'delivered');
    assert.deepEqual(await tablesWith(app, 'Rumpel'), ['messages']);
    const path = `/2010-04-01/Accounts/${account.sid}/Messages/${sid}.json`;
    assert.equal((await app.post(path, loginOf(account), { Body: '' })).status, 200);
    assert.deepEqual(await tablesWith(app, 'Rumpel'), []);
  });

  test('hears a receipt that overtakes its answer, and asks for one that it does not know', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    let overtaking: Promise<number> | undefined;
    await using far = await smppFarSide(app, () => {
      overtaking = far.deliver(receiptOf(0, 'DELIVRD'));
      return {};
    });
    const { sid } = await send(app, account);
    await app.deliver();
    assert.equal(await overtaking, 0);
    assert.equal((await read(app, account, sid)).status, 'delivered');
    assert.equal(await far.deliver(receiptOf(77, 'DELIVRD')), 0x64);
  });

  test('submits nothing again after the connection broke, and again after it was throttled', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using far = await smppFarSide(app, (_, index) => {
      if (index === 0) return { status: 0x58 };
      far.cut();
      return null;
    });
    const { sid } = await send(app, account);
    await app.deliver();
    assert.equal((await read(app, account, sid)).status, 'sending');
    // The link's own pause is real time.
    while (far.submits.length === 1) {
      app.advance(1_000);
      await app.deliver();
    }
    app.advance(TEN_HOURS);
    await app.deliver();
    assert.equal(far.submits.length, 2);
    const ended = await read(app, account, sid);
    assert.deepEqual([ended.status, ended.error_code], ['undelivered', 30008]);
  });

  test('brings messages in, and reads digits of unknown type as international', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using far = await smppFarSide(app, () => ({}));
    const fields = {
      source_addr: toWire(THEIRS).address,
      destination_addr: toWire(OURS).address,
      esm_class: 0x40,
    };
    const part = (number: number, text: string) =>
      far.deliver({
        fields,
        short_message: Buffer.concat([Buffer.of(5, 0, 3, 9, 2, number), Buffer.from(text)]),
      });
    assert.deepEqual(await Promise.all([part(2, 'there'), part(1, 'Hello ')]), [0, 0]);
    const { json } = await app.get(`${messagesOf(account)}.json`, loginOf(account));
    const came = json.messages.map(({ from, to, body }: Record<string, string>) => [
      from,
      to,
      body,
    ]);
    assert.deepEqual(came, [[THEIRS, OURS, 'Hello there']]);
  });
});

/** The tables that hold a word in any column. */
async function tablesWith({ app }: TestApp, word: string): Promise<string[]> {
  const found: string[] = [];
  for (const table of Object.keys(ALL_TABLES) as (keyof Tables)[]) {
    const rows = await app.database.db.selectFrom(table).selectAll().execute();
    const texts = rows.flatMap((row) => Object.values(row).map((value) => String(value)));
    if (texts.some((text) => text.includes(word))) found.push(table);
  }
  return found;
}
