import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { readConfig } from '../../src/config.ts';
import { MIGRATIONS, type SchemaChange } from '../../src/db/migrations/all-migrations.ts';
import { openDatabase } from '../../src/db/open-database.ts';
import { openKeyRing } from '../../src/db/open-key-ring.ts';
import { openLog } from '../../src/kit/log.ts';
import { ENGINES, loginOf, testApp } from '../support/test-app.ts';
import { emptyPostgresDatabase } from '../support/test-database.ts';

const log = openLog('silent');
const NEXT = '9999-next';

/** Makes this the next version, until the end of the scope. */
function nextVersion(change: SchemaChange): Disposable {
  const migrations = MIGRATIONS as Record<string, SchemaChange>;
  migrations[NEXT] = change;
  return {
    [Symbol.dispose]() {
      delete migrations[NEXT];
    },
  };
}

const addColumn = async (db: Kysely<unknown>) => {
  await db.schema.alterTable('accounts').addColumn('motto', 'text').execute();
};

suite('an upgrade of PostgreSQL while a process of the version before runs', () => {
  if (!ENGINES.includes('postgres')) return;

  async function aRunningServer() {
    const { location, drop } = await emptyPostgresDatabase();
    const app = await testApp({ engine: 'postgres', config: { data: location } });
    const login = loginOf(await app.anAccount());
    const create = (FriendlyName: string) =>
      app.request('POST', '/2010-04-01/Accounts.json', { login, form: { FriendlyName } });
    const hasColumn = async () => {
      const tables = await app.app.database.db.introspection.getTables();
      const accounts = tables.find(({ name }) => name === 'accounts');
      return accounts?.columns.some(({ name }) => name === 'motto');
    };
    const stop = async () => {
      await app[Symbol.asyncDispose]();
      await drop();
    };
    return { location, app, create, hasColumn, [Symbol.asyncDispose]: stop };
  }

  test('that cannot live with it is refused, names the process, and changes nothing', async () => {
    await using server = await aRunningServer();
    using _next = nextVersion({ up: addColumn });

    await assert.rejects(
      openDatabase(server.location, log),
      new RegExp(`${process.pid} on .*: stop them all, then start this version`),
    );
    assert.equal(await server.hasColumn(), false);
    assert.equal((await server.create('Still here')).status, 201);

    await server.app.app.database.write((tx) => tx.deleteFrom('processes').execute());
    await (await openDatabase(server.location, log)).close();
    assert.equal(await server.hasColumn(), true);
  });

  test('that can live with it is made, and the process goes on', async () => {
    await using server = await aRunningServer();
    {
      using _next = nextVersion({ up: addColumn, beside: true });
      await (await openDatabase(server.location, log)).close();
    }
    assert.equal(await server.hasColumn(), true);
    assert.equal((await server.create('Beside')).status, 201);
    await assert.rejects(openDatabase(server.location, log), /made by a newer Tieline/);
  });

  test('is seen by a process that looked at the database just before it', async () => {
    const { location, drop } = await emptyPostgresDatabase();
    await using ends = new AsyncDisposableStack();
    ends.defer(drop);
    const starting = await openDatabase(location, log);
    ends.defer(() => starting.close());
    {
      using _next = nextVersion({ up: addColumn });
      await (await openDatabase(location, log)).close();
    }
    const config = { ...readConfig({ port: '0' }, {}), data: location };
    await assert.rejects(openKeyRing(config, starting, randomBytes), /made by a newer Tieline/);
  });

  test('has no time limit for a statement, and the work after it has one', async () => {
    const { location, drop } = await emptyPostgresDatabase();
    await using ends = new AsyncDisposableStack();
    ends.defer(drop);
    const limits: string[] = [];
    const look = async (db: Kysely<unknown>) => {
      const { rows } = await sql<{ statement_timeout: string }>`show statement_timeout`.execute(db);
      limits.push(...rows.map(({ statement_timeout }) => statement_timeout));
    };
    using _next = nextVersion({ up: look });
    const database = await openDatabase(location, log);
    ends.defer(() => database.close());
    await database.write((tx) => look(tx as unknown as Kysely<unknown>));
    assert.deepEqual(limits, ['0', '15s']);
  });
});
