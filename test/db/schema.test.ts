import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Kysely, sql } from 'kysely';
import type { Engine } from '../../src/db/database.ts';
import { MIGRATIONS } from '../../src/db/migrations/all-migrations.ts';
import { openDatabase } from '../../src/db/open-database.ts';
import type { Tables } from '../../src/db/tables/tables.ts';
import { openLog } from '../../src/kit/log.ts';
import { ENGINES, testApp } from '../support/test-app.ts';

/** The schema as text, in an order that does not depend on when things were made. */
async function describeSchema(db: Kysely<Tables>, engine: Engine): Promise<string> {
  const query =
    engine === 'sqlite'
      ? sql<{ line: string }>`
          select sql as line from sqlite_master
          where sql is not null and name not like 'kysely%' order by tbl_name, type desc, name`
      : sql<{ line: string }>`
          select 'table ' || table_name || ': ' || string_agg(
            column_name || ' ' || data_type
              || case is_nullable when 'NO' then ' not null' else '' end, ', '
            order by ordinal_position) as line
          from information_schema.columns
          where table_schema = 'public' and table_name not like 'kysely%' group by table_name
          union all
          select 'constraint on ' || conrelid::regclass || ': ' || conname || ' '
            || pg_get_constraintdef(oid)
          from pg_constraint
          where connamespace = 'public'::regnamespace and conrelid::regclass::text not like 'kysely%'
          union all
          select 'index: ' || indexdef from pg_indexes
          where schemaname = 'public' and tablename not like 'kysely%'
          order by line`;
  const { rows } = await query.execute(db);
  return rows.map(({ line }) => `${line};\n`).join('');
}

const log = openLog('silent');
const LAST = Object.keys(MIGRATIONS).at(-1) ?? '';
const PREPARED = 'src/db/migrations/sqlite-schema.ts';

/** The statements that make the tables of the migrations, and their indexes. */
async function preparedSchema(): Promise<string> {
  const database = await openDatabase({ engine: 'memory' }, log, { until: LAST });
  const { rows } = await sql<{ text: string }>`
    select sql as text from sqlite_master where sql is not null
    order by tbl_name, type desc, name`.execute(database.db);
  await database.close();
  const statements = rows.map(({ text }) => `${text};\n`).join('');
  return `/** The last migration in the schema below. */
export const SQLITE_SCHEMA_IS_OF = '${LAST}';

/** The schema of a new database of SQLite, as all its migrations make it. A test writes this file. */
export const SQLITE_SCHEMA = \`\\
${statements}\`;
`;
}

test('a new database of SQLite gets the schema of its migrations from one prepared text', async () => {
  const prepared = await preparedSchema();
  if (process.env['UPDATE_SCHEMA'] === '1') writeFileSync(PREPARED, prepared);
  assert.equal(readFileSync(PREPARED, 'utf8'), prepared, UPDATE);
});

test('a new database of SQLite has the tables and the rows that its migrations would make', async () => {
  const [atOnce, step] = await Promise.all([
    openDatabase({ engine: 'memory' }, log),
    openDatabase({ engine: 'memory' }, log, { until: LAST }),
  ]);
  assert.deepEqual(await wholeData(atOnce.db), await wholeData(step.db));
  await atOnce.close();
  await step.close();
});

/** The text of every table and index, and every row but for the times of migrations. */
async function wholeData(db: Kysely<Tables>): Promise<unknown> {
  const { rows: things } = await sql<{ type: string; name: string; sql: string | null }>`
    select type, name, tbl_name, sql from sqlite_master order by type, name`.execute(db);
  const tables = things.filter(({ type }) => type === 'table');
  const rows: Record<string, unknown> = {};
  for (const { name } of tables) {
    const column = name === 'kysely_migration' ? sql`name` : sql`*`;
    rows[name] = (await sql`select ${column} from ${sql.table(name)}`.execute(db)).rows;
  }
  assert.equal((rows['kysely_migration'] as unknown[]).length, Object.keys(MIGRATIONS).length);
  return { things, rows };
}

for (const engine of ENGINES) {
  test(`docs/schema shows the schema of ${engine}, so that reviews see the result of a migration`, async () => {
    await using app = await testApp({ engine });
    const file = `docs/schema/${engine}.sql`;
    const schema = await describeSchema(app.app.database.db, engine);
    if (process.env['UPDATE_SCHEMA'] === '1') writeFileSync(file, schema);
    assert.equal(existsSync(file) ? readFileSync(file, 'utf8') : '', schema, UPDATE);
  });
}

const UPDATE = 'after a migration: UPDATE_SCHEMA=1 npm test -- test/db/schema.test.ts';
