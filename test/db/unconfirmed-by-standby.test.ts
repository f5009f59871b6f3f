import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely } from 'kysely';
import pg from 'pg';
import { migrate } from '../../src/db/migrate.ts';
import { postgresDialect } from '../../src/db/postgres/postgres.ts';
import type { Tables } from '../../src/db/tables/tables.ts';
import { findBinaries, startCluster } from '../support/postgres-cluster.ts';
import { ENGINES, loginOf, testApp } from '../support/test-app.ts';

const LOOK_MS = 50;

suite('a synchronous standby that does not confirm a commit', () => {
  if (!ENGINES.includes('postgres') || !findBinaries()) return;

  test('makes its answer a 503 that says that the change may have been made', async () => {
    const cluster = await startCluster({ durable: true });
    assert.ok(cluster);
    await using ends = new AsyncDisposableStack();
    ends.defer(() => cluster.stop());
    const { url } = cluster;
    const { dialect } = await postgresDialect(url, () => {});
    const db = new Kysely<Tables>({ dialect });
    await migrate(db, 'postgres');
    await db.destroy();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    ends.defer(() => client.end());
    const app = ends.use(
      await testApp({ engine: 'postgres', config: { data: { engine: 'postgres', url } } }),
    );
    const login = loginOf(await app.anAccount());
    const create = (key: string) =>
      app.request('POST', '/2010-04-01/Accounts.json', {
        login,
        headers: { 'idempotency-key': key },
        form: { FriendlyName: key },
      });

    await client.query(`alter system set synchronous_standby_names = 'away'`);
    await client.query('select pg_reload_conf()');
    // A repeat with the same key must not say that the change is safe either.
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const request = create('first');
      const wait = { isOver: false };
      const answer = request.finally(() => {
        wait.isOver = true;
      });
      // The time limit of statements cancels the wait in the same way.
      while (!wait.isOver) {
        await client.query(
          `select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'`,
        );
        await sleep(LOOK_MS);
      }
      const refused = await answer;
      assert.equal(refused.status, 503, refused.text);
      assert.match(refused.text, /may have been made/);
      assert.ok(refused.headers['retry-after']);
    }

    await client.query('alter system reset synchronous_standby_names');
    await client.query('select pg_reload_conf()');
    const again = await create('first');
    assert.equal(again.status, 201, again.text);
    const { json } = await app.get('/2010-04-01/Accounts.json?FriendlyName=first', login);
    assert.equal((json.accounts as unknown[]).length, 1);
  });
});
