import assert from 'node:assert/strict';
import type { Kysely } from 'kysely';
import type { Grant } from '../../src/authorizations/grant.ts';
import { TABLE_NAMES } from '../../src/db/tables/all-tables.ts';
import type { TestApp } from '../support/test-app.ts';

type Row = Record<string, unknown>;

/**
 * Whether a row that a revoked app made still acts, by its table. A table with `created_by_grant`
 * that is missing here fails the test, so that every new table has a rule for a revoke.
 */
export const STILL_ACTIVE: Record<string, (row: Row) => boolean> = {
  // The customer keeps the subaccount itself.
  accounts: () => false,
  api_keys: () => true,
  // A policy is a list of targets and acts only through them.
  connection_policies: () => false,
  connection_policy_targets: (row) => row['enabled'] !== 0,
  byoc_trunks: (row) =>
    Object.entries(row).some(([name, value]) => /_url$|^connection/.test(name) && value !== null),
  deliveries: (row) => row['date_next'] !== null || row['state'] !== 'cancelled',
  // The customer keeps the number.
  incoming_phone_numbers: (row) =>
    Object.entries(row).some(
      ([name, value]) => /_url$|^status_callback$/.test(name) && value !== null,
    ),
  // A message at the carrier goes on, without callbacks.
  messages: (row) => row['status'] === 'scheduled' || row['status_callback'] !== null,
  message_media: () => false,
  // An ended call sends nothing more. Its earlier callbacks are deliveries.
  calls: (row) => row['end_time'] === null,
  recordings: (row) => row['duration'] === null,
  // Usage stays.
  usage_events: () => false,
  usage_triggers: (row) => row['callback_url'] !== null,
};

/** The rows that the grant's app made, by table. */
export async function madeBy({ app }: TestApp, grant: Grant): Promise<Map<string, Row[]>> {
  const db = app.database.db as unknown as Kysely<Record<string, Row>>;
  const made = new Map<string, Row[]>();
  for (const table of TABLE_NAMES) {
    const rows: Row[] = await db.selectFrom(table).selectAll().execute();
    const own = rows.filter((row) => row['created_by_grant'] === grant.sid);
    if (own.length > 0) made.set(table, own);
  }
  return made;
}

export async function assertAllStopped(app: TestApp, grant: Grant): Promise<void> {
  for (const [table, rows] of await madeBy(app, grant)) {
    const isActive = STILL_ACTIVE[table];
    assert.ok(isActive, `nothing says when a row of ${table} has stopped`);
    for (const row of rows) assert.ok(!isActive(row), `${table}: ${JSON.stringify(row)}`);
  }
}
