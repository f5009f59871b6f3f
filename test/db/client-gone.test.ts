import assert from 'node:assert/strict';
import { type ClientRequest, get } from 'node:http';
import { suite, test } from 'node:test';
import pg from 'pg';
import { readsUntil } from '../../src/db/postgres/reads-until.ts';
import { aPerson, signedIn } from '../support/browser.ts';
import { PGBOUNCER, startPooler } from '../support/servers/pgbouncer.ts';
import { basic, ENGINES, loginOf, onEveryEngine, testApp } from '../support/test-app.ts';
import { freshDatabase } from '../support/test-database.ts';

/** The product on PostgreSQL, whose tables can be locked so that a read of them takes as long as wanted. */
async function aLockableApp({ pooled = false } = {}) {
  const { location, drop } = await freshDatabase('postgres');
  assert.ok(location.engine === 'postgres');
  const pooler = pooled ? await startPooler(location.url) : null;
  const url = pooler ? pooler.through(location.url) : location.url;
  const app = await testApp({ engine: 'postgres', config: { data: { engine: 'postgres', url } } });
  const [locker, watcher] = [1, 2].map(() => new pg.Client({ connectionString: location.url }));
  assert.ok(locker && watcher);
  await Promise.all([locker.connect(), watcher.connect()]);
  return {
    ...app,
    /** Locks a table for others until the returned function is called. */
    async lock(table: string) {
      await locker.query(`begin; lock table ${table} in access exclusive mode`);
      return () => locker.query('rollback');
    },
    /** Waits until this number of queries waits for the lock. */
    async waiters(wanted: number) {
      const blocked = `select count(*)::int as blocked from pg_stat_activity
        where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0`;
      for (;;) {
        const { rows } = await watcher.query<{ blocked: number }>(blocked);
        if (rows[0]?.blocked === wanted) return;
        await new Promise((resolve) => void setImmediate(resolve));
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([locker.end(), watcher.end()]);
      await app[Symbol.asyncDispose]();
      await pooler?.[Symbol.asyncDispose]();
      await drop();
    },
  };
}

/** Sends a request whose client can go. */
function begun(address: string, headers: Record<string, string>): ClientRequest {
  const request = get(address, { headers, agent: false });
  request.on('error', () => {});
  return request;
}

suite('the query of a client that goes, on PostgreSQL', () => {
  if (!ENGINES.includes('postgres')) return;

  for (const pooled of [false, true]) {
    const skip = pooled && PGBOUNCER === undefined;
    const way = pooled ? 'through PgBouncer' : 'over a direct connection';
    test(`is canceled ${way}, in a list and on a page, and the connection goes on`, {
      skip,
    }, async () => {
      await using app = await aLockableApp({ pooled });
      const account = await app.anAccount();
      const origin = await app.listen();
      const list = `/2010-04-01/Accounts/${account.sid}/Messages.json`;
      const browser = await signedIn(app, await aPerson(app, account));
      const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const { sid } = account;
      for (const [path, headers] of [
        [list, { authorization: basic(loginOf(account)) }],
        [`/console/${sid}/messages`, { cookie }],
      ] as const) {
        const unlock = await app.lock('messages');
        const requests = [1, 2].map(() => begun(`${origin}${path}`, headers));
        await app.waiters(2);
        requests[0]?.destroy();
        await app.waiters(1);
        requests[1]?.destroy();
        await app.waiters(0);
        await unlock();
        assert.equal((await app.get(list, loginOf(account))).status, 200);
      }
      const lost = app.logLines.filter((line) => /connection was lost|"level":"error"/.test(line));
      assert.deepEqual(lost, []);
    });
  }
});

onEveryEngine('a request of several queries', (engine) => {
  test('begins no further one when its client has gone', async () => {
    await using app = await testApp({ engine });
    await app.anAccount();
    const { db } = app.app.database;
    const gone = new AbortController();
    const wanted = readsUntil(db, gone.signal);
    const reason = new Error('The client has gone');
    let queries = 0;
    await assert.rejects(async () => {
      for (;;) {
        assert.equal((await wanted.selectFrom('accounts').select('sid').execute()).length, 1);
        queries += 1;
        if (queries === 3) gone.abort(reason);
      }
    }, reason);
    assert.equal(queries, 3);
    assert.equal((await db.selectFrom('accounts').select('sid').execute()).length, 1);
  });
});
