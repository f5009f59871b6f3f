import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Kysely, sql } from 'kysely';
import type { Engine } from '../../src/db/database.ts';
import type { Tables } from '../../src/db/tables/tables.ts';
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
