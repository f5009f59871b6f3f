import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { sql } from 'kysely';
import { openDatabase } from '../../src/db/open-database.ts';
import { openLog } from '../../src/kit/log.ts';
import { blocksOf } from '../support/guide-blocks.ts';
import { ENGINES } from '../support/test-app.ts';
import { emptyPostgresDatabase } from '../support/test-database.ts';

const GUIDE = 'docs/guides/postgresql.md';
const log = openLog('silent');

suite('the indexes that the guide makes before an upgrade', () => {
  if (!ENGINES.includes('postgres')) return;

  test('are those that the migration would make', async () => {
    const block = blocksOf(GUIDE).find(({ language }) => language === 'sql');
    const statements = (block?.code ?? '').split(';\n').filter((statement) => statement !== '');
    assert.ok(statements.length > 10);
    const indexesAfter = async (ahead: readonly string[]) => {
      const { location, drop } = await emptyPostgresDatabase();
      try {
        const old = await openDatabase(location, log, { until: '0022c-audit-chain' });
        for (const statement of ahead) await sql.raw(statement).execute(old.db);
        await old.close();
        const opened = await openDatabase(location, log);
        const { rows } = await sql`select indexdef from pg_indexes
          where schemaname = 'public' order by indexname`.execute(opened.db);
        await opened.close();
        return rows;
      } finally {
        await drop();
      }
    };
    assert.deepEqual(await indexesAfter(statements), await indexesAfter([]));
  });
});
