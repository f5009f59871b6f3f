import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Kysely, sql } from 'kysely';
import pg from 'pg';
import type { DataLocation } from '../../src/config.ts';
import { openDatabase } from '../../src/db/open-database.ts';
import { limitedQueries } from '../../src/db/postgres/limited-query.ts';
import { postgresDialect } from '../../src/db/postgres/postgres.ts';
import { findServer } from '../../src/db/postgres/postgres-way.ts';
import type { Tables } from '../../src/db/tables/tables.ts';
import { openLog } from '../../src/kit/log.ts';
import type { Prepare } from '../../src/kit/settings/postgres-settings.ts';
import {
  keepsPreparedStatements,
  PGBOUNCER,
  type PoolerSettings,
  startPooler,
} from '../support/servers/pgbouncer.ts';
import { ENGINES, loginOf, testApp } from '../support/test-app.ts';
import { emptyPostgresDatabase, freshDatabase } from '../support/test-database.ts';

const log = openLog('silent');
const urlIn = (location: DataLocation) => (location.engine === 'postgres' ? location.url : '');

/** A new database with its schema, and a pooler in front of the server. */
async function aPooledDatabase(settings?: PoolerSettings) {
  const { location, drop } = await freshDatabase('postgres');
  const direct = urlIn(location);
  const pooler = await startPooler(direct, settings);
  return {
    direct,
    url: pooler.through(direct),
    async [Symbol.asyncDispose]() {
      await pooler[Symbol.asyncDispose]();
      await drop();
    },
  };
}

async function clientOf(url: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

const LIMITS = sql<Record<'statement' | 'lock' | 'idle', string>>`
  select current_setting('statement_timeout') as statement,
    current_setting('lock_timeout') as lock,
    current_setting('idle_in_transaction_session_timeout') as idle`;

suite('PostgreSQL behind PgBouncer', { concurrency: 2 }, () => {
  if (!ENGINES.includes('postgres') || PGBOUNCER === undefined) return;
  const keepsNames = keepsPreparedStatements();

  test('is told from a direct connection, and an old PgBouncer from one that keeps names', async () => {
    await using database = await aPooledDatabase();
    const wayTo = async (url: string, prepare?: Prepare) =>
      (await findServer({ engine: 'postgres', url, ...(prepare && { prepare }) })).way;
    assert.deepEqual(await wayTo(database.direct), { is_pooled: false, keeps_names: true });
    assert.deepEqual(await wayTo(database.direct, 'off'), { is_pooled: false, keeps_names: false });
    assert.deepEqual(await wayTo(database.url), { is_pooled: true, keeps_names: keepsNames });
    assert.deepEqual(await wayTo(database.url, 'off'), { is_pooled: true, keeps_names: false });
    const insisting = wayTo(database.url, 'on');
    if (keepsNames) assert.deepEqual(await insisting, { is_pooled: true, keeps_names: true });
    else await assert.rejects(insisting, /loses prepared statements .* TIELINE_DATABASE_PREPARE/);
  });

  test('in session mode keeps names when the setting says so', async () => {
    await using database = await aPooledDatabase({ mode: 'session' });
    const location = { engine: 'postgres', url: database.url, prepare: 'on' } as const;
    assert.deepEqual((await findServer(location)).way, { is_pooled: true, keeps_names: true });
  });

  test('in statement mode is refused', async () => {
    await using database = await aPooledDatabase({ mode: 'statement' });
    const opening = openDatabase({ engine: 'postgres', url: database.url }, log);
    await assert.rejects(opening, /statement mode\), .*: set pool_mode = transaction/);
  });

  test('has the limits in each transaction and statement, and keeps none for other clients', async () => {
    await using database = await aPooledDatabase({ poolSize: 1 });
    const { way } = await findServer({ engine: 'postgres', url: database.url });
    const { dialect } = await postgresDialect(database.url, () => {}, way);
    const db = new Kysely<Tables>({ dialect });
    const inTransaction = { statement: '15s', lock: '5s', idle: '5s' };
    const alone = { statement: '15s', lock: '0', idle: '0' };
    const limitsIn = async (tx: Kysely<Tables>) => (await LIMITS.execute(tx)).rows;
    assert.deepEqual(await limitsIn(db), [alone]);
    assert.deepEqual(await db.transaction().execute(limitsIn), [inTransaction]);
    const isolated = db.transaction().setIsolationLevel('repeatable read');
    assert.deepEqual(await isolated.setAccessMode('read only').execute(limitsIn), [inTransaction]);
    const failed = db.transaction().execute((tx) => sql`select 1 / 0`.execute(tx));
    await assert.rejects(failed, /division by zero/);
    await assert.rejects(sql`select 1 / ${0}::integer`.execute(db), /division by zero/);
    assert.deepEqual(await limitsIn(db), [alone]);
    await db.destroy();
    await using other = await clientOf(database.url);
    const { rows } = await other.query('show statement_timeout');
    assert.deepEqual(rows, [{ statement_timeout: '0' }]);
  });

  test('ends a statement outside of a transaction at its limit, and answers the next ones', async () => {
    await using database = await aPooledDatabase({ poolSize: 1 });
    await using client = await clientOf(database.url);
    const limited = limitedQueries(pg.Query, "select set_config('statement_timeout', '200', true)");
    const ask = (text: string, values: unknown[], name?: string) =>
      new Promise<unknown>((resolve, reject) => {
        const config = { text, values, query_timeout: 5_000, ...(name && { name }) };
        client.query(
          limited(config, (error, result) => (error ? reject(error) : resolve(result.rows))),
        );
      });
    const names = keepsNames ? ['again', 'sleeping'] : [];
    for (const name of [undefined, ...names, ...names]) {
      await assert.rejects(ask('select pg_sleep($1)', [5], name && 'sleeping'), { code: '57014' });
      assert.deepEqual(await ask('select $1::text as one', ['1'], name && 'again'), [{ one: '1' }]);
      assert.deepEqual(await ask('select 1 as one where false', []), []);
    }
  });

  test('is a 503 while it has no connection or is gone, and is used again afterwards', async () => {
    const { location, drop } = await freshDatabase('postgres');
    const direct = urlIn(location);
    try {
      const pooler = await startPooler(direct, { poolSize: 1 });
      const data = { engine: 'postgres', url: pooler.through(direct) } as const;
      await using app = await testApp({ engine: 'postgres', config: { data } });
      const login = loginOf(await app.anAccount());
      const make = async () => (await app.post('/v1/ByocTrunks', login, {})).status;
      const read = async () => (await app.get('/v1/ByocTrunks', login)).status;
      assert.deepEqual([await make(), await read()], [201, 200]);
      const greedy = await clientOf(data.url);
      await greedy.query('begin');
      assert.deepEqual(await Promise.all([make(), read()]), [503, 503]);
      await greedy.end();
      assert.deepEqual([await make(), await read()], [201, 200]);
      await pooler[Symbol.asyncDispose]();
      assert.deepEqual([await make(), await read()], [503, 503]);
      const { listenPort } = pooler;
      await using _next = await startPooler(direct, { poolSize: 1, listenPort });
      assert.deepEqual([await make(), await read()], [201, 200]);
    } finally {
      await drop();
    }
  });

  test('serves more processes than it has connections', async () => {
    await using database = await aPooledDatabase({ poolSize: 2 });
    const data = { engine: 'postgres', url: database.url } as const;
    await using one = await testApp({ engine: 'postgres', config: { data } });
    const { secretKeys } = one.app.config;
    await using two = await testApp({ engine: 'postgres', config: { data, secretKeys } });
    const logins = [loginOf(await one.anAccount()), loginOf(await two.anAccount())];
    const replies = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const app = index % 2 === 0 ? one : two;
        const login = logins[index % 3 === 0 ? 0 : 1];
        const made = await app.post('/v1/ByocTrunks', login, { FriendlyName: `Trunk ${index}` });
        const read = await app.get(`/v1/ByocTrunks/${made.json.sid}`, login);
        return [made.status, read.status, read.json.friendly_name];
      }),
    );
    assert.deepEqual(
      replies,
      replies.map((_, index) => [201, 200, `Trunk ${index}`]),
    );
  });
});

suite('migrations through PgBouncer', { concurrency: 2 }, () => {
  if (!ENGINES.includes('postgres') || PGBOUNCER === undefined) return;

  test('run once when several processes begin at once, and leave no lock', async () => {
    const { location, drop } = await emptyPostgresDatabase();
    const direct = urlIn(location);
    try {
      await using pooler = await startPooler(direct, { poolSize: 3 });
      const data = { engine: 'postgres', url: pooler.through(direct) } as const;
      const databases = await Promise.all([1, 2, 3, 4].map(() => openDatabase(data, log)));
      await Promise.all(databases.map((database) => database.close()));
      await using client = await clientOf(direct);
      const { rows } = await client.query(
        `select count(*)::int as locks from pg_locks where locktype = 'advisory' and database =
          (select oid from pg_database where datname = current_database())`,
      );
      assert.deepEqual(rows, [{ locks: 0 }]);
    } finally {
      await drop();
    }
  });

  test('that fail leave nothing, and do not keep the next one waiting', async () => {
    const { location, drop } = await emptyPostgresDatabase();
    const direct = urlIn(location);
    try {
      await using pooler = await startPooler(direct);
      const data = { engine: 'postgres', url: pooler.through(direct) } as const;
      await using client = await clientOf(direct);
      await client.query('create table usage_events (of_somebody_else text)');
      await assert.rejects(openDatabase(data, log), /"usage_events" already exists/);
      const tables = `select relname from pg_class where relnamespace = 'public'::regnamespace`;
      assert.deepEqual((await client.query(tables)).rows, [{ relname: 'usage_events' }]);
      await client.query('drop table usage_events');
      await (await openDatabase(data, log)).close();
    } finally {
      await drop();
    }
  });
});
