import assert from 'node:assert/strict';
import { sql } from 'kysely';
import type { TestApp } from '../support/test-app.ts';

/** The tables that grow with the work of tenants. */
const GROWING = [
  'messages',
  'calls',
  'deliveries',
  'audit_events',
  'recordings',
  'transcriptions',
  'security_events',
  'carrier_tasks',
  'grants',
  'accounts',
  'people',
  'message_media',
  'timeline',
  'usage_counters',
  'sessions',
] as const;
const ROWS = 3_000;

/**
 * Copies the rows of each growing table until PostgreSQL's planner takes it for a large one. The
 * copies break rules between tables, so the database serves for plans only.
 */
export async function fillTables({ app }: TestApp): Promise<void> {
  const { db } = app.database;
  await db.connection().execute(async (one) => {
    await sql`set session_replication_role = replica`.execute(one);
    for (const table of GROWING) {
      const { rows: columns } = await sql<{ name: string; type: string; key: boolean }>`
        select a.attname as name, format_type(a.atttypid, null) as type,
          exists (select from pg_index i where i.indrelid = a.attrelid and i.indisunique
            and a.attnum = any(i.indkey)) as key
        from pg_attribute a where a.attrelid = ${table}::regclass and a.attnum > 0
          and not a.attisdropped`.execute(one);
      const values = columns.map(({ name, type, key }) => {
        const column = sql`t.${sql.ref(name)}`;
        if (/^date_|_time$/.test(name)) return sql`${column} + n * 1000`;
        // Many different values, as in a large table.
        const varied =
          table === 'security_events'
            ? /_sid$|^(?:kind|address)$/
            : /_sid$|^(?:to|from|address|url|host|action)$/;
        if (!key && varied.test(name)) {
          return sql`left(${column}, 2) || md5(${column} || n % 200)`;
        }
        if (key && type === 'text') return sql`left(${column}, 2) || md5(${column} || n)`;
        if (key) return sql`n`;
        return column;
      });
      const names = sql.join(columns.map(({ name }) => sql.ref(name)));
      const filled = await sql`insert into ${sql.table(table)} (${names})
        select ${sql.join(values)} from (select * from ${sql.table(table)} limit 20) t,
          generate_series(1, ${ROWS / 20}) n on conflict do nothing`.execute(one);
      assert.ok(Number(filled.numAffectedRows) > 100, `${table} has no rows to copy`);
    }
    await sql`analyze`.execute(one);
    await sql`set session_replication_role = default`.execute(one);
  });
}
