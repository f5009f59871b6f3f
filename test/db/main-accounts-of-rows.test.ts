import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Kysely } from 'kysely';
import type { Db } from '../../src/db/database.ts';
import { onEveryEngine, testApp } from '../support/test-app.ts';
import { aWholeTenant } from './whole-tenant.ts';
import { findWrongRoots, tablesWithRoot } from './wrong-roots.ts';

/** Tables whose rows always are of a main account. */
const OF_MAIN_ACCOUNTS = new Set([
  'balance_credits',
  'connect_apps',
  'connect_app_logos',
  'grants',
  'grant_uses',
  'interactions',
  'memberships',
]);

type AnyTable = Kysely<Record<string, Record<string, unknown>>>;

const anyTable = (db: Db) => db as unknown as AnyTable;

onEveryEngine('the main account of a row', (engine) => {
  test('is that of its account, in every table', async () => {
    await using app = await testApp({ engine });
    const { sub, main, idle } = await aWholeTenant(app);
    const { db } = app.app.database;
    for (const table of await tablesWithRoot(db)) {
      const rows = await anyTable(db).selectFrom(table).selectAll().execute();
      assert.ok(rows.length > 0, `${table} has no row`);
      const isSub = (row: Record<string, unknown>) =>
        (!('account_sid' in row) || row['account_sid'] === sub.sid) && row['root_sid'] === main.sid;
      assert.ok(
        OF_MAIN_ACCOUNTS.has(table) || rows.some(isSub),
        `${table} has none of a subaccount`,
      );
    }
    assert.deepEqual(await findWrongRoots(db), []);

    // Another main account is found by this search, or PostgreSQL refuses it.
    const undone = new Error('undone');
    for (const table of await tablesWithRoot(db)) {
      let found: readonly { table: string }[] = [];
      const planted = app.app.database.write(async (tx) => {
        await anyTable(tx).updateTable(table).set({ root_sid: idle.sid }).execute();
        found = await findWrongRoots(tx);
        throw undone;
      });
      const error: unknown = await planted.then(
        () => null,
        (reason: unknown) => reason,
      );
      const isFound = error === undone && found.some((one) => one.table === table);
      const isRefused = engine === 'postgres' && /foreign key constraint/.test(String(error));
      assert.ok(isFound || isRefused, `${table}: ${String(error)}`);
    }
  });
});
