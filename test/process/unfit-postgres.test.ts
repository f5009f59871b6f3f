import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import pg from 'pg';
import { PGBOUNCER, startPooler } from '../support/servers/pgbouncer.ts';
import { startPair } from '../support/servers/standby.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ENGINES } from '../support/test-app.ts';
import { asAdministrator, emptyPostgresDatabase, freshDatabase } from '../support/test-database.ts';
import { runTieline } from '../support/tieline-process.ts';
import { assertRefused } from './refused.ts';

const KEY = Buffer.alloc(32, 1).toString('base64');
const TABLES = `select relname as name from pg_class
  where relnamespace = 'public'::regnamespace order by relname`;

async function ask(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

/** A database and a new role that may connect to it, and nothing else. */
async function aRoleOn(state: 'empty' | 'migrated') {
  const { location, drop } = await (state === 'empty'
    ? emptyPostgresDatabase()
    : freshDatabase('postgres'));
  const owner = location.engine === 'postgres' ? location.url : '';
  const role = `tieline_role_${randomBytes(8).toString('hex')}`;
  const limited = new URL(owner);
  limited.username = role;
  limited.password = randomBytes(16).toString('hex');
  await asAdministrator(`CREATE ROLE ${role} LOGIN PASSWORD '${limited.password}'`);
  return {
    role,
    asOwner: (statement: string) => ask(owner, statement),
    url: limited.href,
    async [Symbol.asyncDispose]() {
      await drop();
      await asAdministrator(`DROP ROLE ${role}`);
    },
  };
}

/** Runs a command in a folder of its own. `serve` would stay if it were not refused. */
async function run(url: string, ...parameters: string[]) {
  using folder = temporaryFolder();
  const env = { DATABASE_URL: url, PORT: '0', TIELINE_SECRET_KEY: KEY };
  return await runTieline(parameters, { cwd: folder.path, env });
}

suite('a start on PostgreSQL is refused in one sentence, and does nothing,', {
  concurrency: 2,
}, () => {
  if (!ENGINES.includes('postgres')) return;

  test('for a user whom the database does not let in', async () => {
    await using place = await aRoleOn('empty');
    const [{ name } = {}] = await place.asOwner('select current_database() as name');
    await place.asOwner(`revoke connect on database ${String(name)} from public`);
    const sentence = /cannot be used \(permission denied for database .*\): check the URL/;
    assertRefused(await run(place.url, 'serve'), sentence);
  });

  test('for a user who may not make the tables', async () => {
    await using place = await aRoleOn('empty');
    const sentence = /lacks a right \(permission denied for schema public\): run "tieline migrate"/;
    for (const command of ['serve', 'migrate']) {
      assertRefused(await run(place.url, command), sentence);
    }
    assert.deepEqual(await place.asOwner(TABLES), []);
  });

  test('for a user who may not even read, and for one who only may', async () => {
    await using place = await aRoleOn('migrated');
    const denied =
      /lacks a right \(permission denied for table kysely_migration\): .* grant this user/;
    assertRefused(await run(place.url, 'serve'), denied);
    await place.asOwner(`grant select on kysely_migration to ${place.role}`);
    const blind = /may not read the rows of "\w+" and \d+ others in \S+: grant it SELECT on all/;
    assertRefused(await run(place.url, 'verify'), blind);
    await place.asOwner(`grant select on all tables in schema public to ${place.role}`);
    const readOnly =
      /may not change the rows of "\w+" and \d+ others .*SELECT, INSERT, UPDATE, DELETE/;
    assertRefused(await run(place.url, 'serve'), readOnly);
    const { status, stderr } = await run(place.url, 'verify');
    assert.equal(status, 0, stderr);
    await place.asOwner(
      `grant insert, update, delete on all tables in schema public to ${place.role};
       revoke delete on usage_events from ${place.role}`,
    );
    const one = /may not change the rows of "usage_events" in \S+:/;
    assertRefused(await run(place.url, 'serve'), one);
    assert.deepEqual(await place.asOwner('select * from processes'), []);
  });

  test('for a database whose transactions are read-only', async () => {
    await using place = await aRoleOn('empty');
    await place.asOwner(`grant all on schema public to ${place.role}`);
    await asAdministrator(`ALTER ROLE ${place.role} SET default_transaction_read_only = on`);
    const sentence = /takes no writes from this user, because default_transaction_read_only is on:/;
    assertRefused(await run(place.url, 'serve'), sentence);
    assert.deepEqual(await place.asOwner(TABLES), []);
  });

  if (PGBOUNCER === undefined) return;
  test('for a pooler in statement mode', async () => {
    await using place = await aRoleOn('empty');
    await place.asOwner(`grant all on schema public to ${place.role}`);
    await using pooler = await startPooler(place.url, { mode: 'statement' });
    const sentence = /statement mode\), .*: set pool_mode = transaction/;
    assertRefused(await run(pooler.through(place.url), 'serve'), sentence);
    assert.deepEqual(await place.asOwner(TABLES), []);
  });
});

// Starting servers stops the process, so no other test runs beside this one.
suite('a start on a standby is refused in one sentence', () => {
  if (!ENGINES.includes('postgres')) return;
  test('where commands that only read do work', async () => {
    using pair = await startPair(async (primary) => {
      const { status, stderr } = await run(primary, 'migrate');
      assert.equal(status, 0, stderr);
    });
    const sentence = /is a standby, which takes no writes: name the primary in the URL/;
    for (const command of [
      ['serve'],
      ['migrate'],
      ['accounts', 'create', '--friendly-name', 'Late'],
    ]) {
      assertRefused(await run(pair.standby, ...command), sentence);
    }
    const { status, stderr } = await run(pair.standby, 'verify');
    assert.equal(status, 0, stderr);
  });
});
