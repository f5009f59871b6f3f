import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { App } from '../../src/app.ts';
import { APPEND } from '../../src/audit/audit-chain-store.ts';
import { emptyDatabase, TABLE_NAMES, WORLD_TABLES } from '../../src/db/tables/all-tables.ts';
import type { Difference } from '../../src/usage/usage-difference.ts';
import { verifyUsage } from '../../src/usage/verify-usage.ts';
import { MAX_DIFFERENCES, verify } from '../../src/verify/verify.ts';
import { aLivelyWorld } from '../support/lively-world.ts';
import { onEveryEngine, START_OF_TIME, testApp } from '../support/test-app.ts';
import { DAMAGES } from './damages.ts';

const DAY = 24 * 3_600_000;

type Rows = ReadonlyMap<(typeof TABLE_NAMES)[number], readonly object[]>;

async function everyRow({ database }: App): Promise<Rows> {
  const rows = new Map<(typeof TABLE_NAMES)[number], readonly object[]>();
  for (const table of TABLE_NAMES) {
    rows.set(table, await database.db.selectFrom(table).selectAll().execute());
  }
  return rows;
}

/** Restores the database's rows. */
async function putBack({ database }: App, rows: Rows): Promise<void> {
  await database.write(async (tx) => {
    await emptyDatabase(tx);
    for (const [table, found] of rows) {
      if (!WORLD_TABLES.includes(table) || found.length === 0) continue;
      await tx.insertInto(table).values(found).execute();
    }
  });
}

async function differences(app: App): Promise<readonly Difference[]> {
  return (await verify(app)).differences;
}

onEveryEngine('verifying', (engine) => {
  test('finds nothing when everything agrees, and counts the rows that it read', async () => {
    await using app = await testApp({ engine });
    await aLivelyWorld(app);
    const { checked, differences: found } = await verify(app.app);
    assert.deepEqual(found, []);
    const { counters, ...rest } = checked;
    assert.deepEqual(rest, {
      accounts: 5,
      events: 6,
      grants: 1,
      triggers: 2,
      fires: 1,
      deliveries: 1,
      charges: 0,
      audit_events: 11,
    });
    assert.ok(counters > 50);
  });

  test('names each fault, and nothing else', async () => {
    await using app = await testApp({ engine });
    const world = await aLivelyWorld(app);
    const rows = await everyRow(app.app);
    for (const damage of DAMAGES) {
      await app.app.database.write(async (tx) => void (await damage.do(tx, world)));
      const found = await differences(app.app);
      const expected = damage.found(world);
      const what = `${damage.name}: ${JSON.stringify(found, null, 1)}`;
      assert.equal(found.length, expected.length, what);
      for (const [index, [promise, account_sid, sentence]] of expected.entries()) {
        assert.match(found[index]?.what ?? '', sentence);
        const { promise: named, account_sid: whose } = found[index] as Difference;
        assert.deepEqual([named, whose], [promise, account_sid], what);
      }
      await putBack(app.app, rows);
    }
    assert.deepEqual(await differences(app.app), []);
  });

  test('names every counter of an event that is missing or on another day', async () => {
    await using app = await testApp({ engine });
    const { main } = await aLivelyWorld(app);
    await app.app.database.write(async (tx) => {
      await tx
        .updateTable('usage_events')
        .set((eb) => ({ at: eb('at', '-', DAY) }))
        .where('key', '=', 'a')
        .execute();
    });
    const moved = (await differences(app.app)).map(({ account_sid, counter }) => {
      assert.equal(account_sid, main.sid);
      return `${counter?.scope} ${counter?.period} ${counter?.start_date} ${counter?.category}`;
    });
    const categories = ['sms', 'sms-outbound', 'sms-outbound-longcode', 'totalprice'];
    const days = ['own d 2026-03-17', 'own d 2026-03-18'];
    const counters = days.flatMap((day) => categories.map((category) => `${day} ${category}`));
    assert.deepEqual(moved.toSorted(), counters.toSorted());
  });

  test('reads the ledger and the counters a page at a time', async () => {
    await using app = await testApp({ engine });
    const { main, sub } = await aLivelyWorld(app);
    const found: Difference[] = [];
    const read = (rows_at_once: number) =>
      verifyUsage(app.app.database.db, main.sid, (one) => void found.push(one), rows_at_once);
    const atOnce = await read(1_000);
    for (const rows of [1, 2, 3]) assert.deepEqual(await read(rows), atOnce);
    assert.deepEqual(found, []);
    await app.app.database.write(async (tx) => {
      await tx.deleteFrom('usage_counters').where('account_sid', '=', sub.sid).execute();
    });
    await read(2);
    assert.equal(found.length, 4 * 4, 'four categories in four periods');
  });

  test('reads the whole audit log and names a limited number of differences', async () => {
    await using app = await testApp({ engine });
    const { sid: account_sid } = await app.anAccount();
    const many = MAX_DIFFERENCES + 100;
    await app.app.database.write(async (tx) => {
      const rows = Array.from({ length: many }, () => ({
        sid: app.app.newSid('AE'),
        date_created: START_OF_TIME,
        account_sid,
        actor_kind: 'system' as const,
        actor_sid: null,
        grant_sid: null,
        action: 'grant.given',
        target_sid: 'GRnone',
        detail: '{}',
      }));
      await APPEND[app.app.database.engine](tx, rows);
    });
    const { found, differences: named } = await verify(app.app);
    assert.deepEqual([found, named.length], [many, MAX_DIFFERENCES]);
  });
});
