import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { ENGINES, loginOf, type Reply, testApp } from '../support/test-app.ts';
import { asAdministrator, databaseOf, endConnections } from '../support/test-database.ts';

function assertUnavailable(reply: Reply): void {
  assert.equal(reply.status, 503, reply.text);
  assert.equal(reply.json.code, 20503);
  assert.equal(reply.headers['retry-after'], '1');
}

test('a full disk refuses writes and serves reads until there is room', async () => {
  await using app = await testApp({ engine: 'memory' });
  const login = loginOf(await app.anAccount());
  const { db } = app.app.database;
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(db);
  const pages = rows[0]?.page_count ?? 0;
  await sql.raw(`pragma max_page_count = ${pages}`).execute(db);

  const write = () => app.post('/v1/ByocTrunks', login, { FriendlyName: 'x'.repeat(255) });
  let reply = await write();
  // The free space of the last page is used up first.
  for (let tries = 0; reply.status === 201 && tries < 50; tries += 1) reply = await write();
  assertUnavailable(reply);
  const before = await app.get('/v1/ByocTrunks', login);
  assert.equal(before.status, 200);

  await sql.raw(`pragma max_page_count = ${pages + 1_000}`).execute(db);
  assert.equal((await write()).status, 201);
  const after = await app.get('/v1/ByocTrunks', login);
  assert.equal(
    after.json.byoc_trunks.length,
    before.json.byoc_trunks.length + 1,
    'a refused write left something behind',
  );
});

if (ENGINES.includes('postgres')) {
  test('a lost PostgreSQL is a 503 for reads and writes until it is back', async () => {
    await using app = await testApp({ engine: 'postgres' });
    const login = loginOf(await app.anAccount());
    const { data } = app.app.config;
    assert.ok(data.engine === 'postgres');
    const name = databaseOf(data.url);
    assert.equal((await app.get('/v1/ByocTrunks', login)).status, 200);

    await asAdministrator(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    await endConnections(data.url);
    assert.equal((await app.get('/healthz')).status, 200);
    assert.equal((await app.get('/readyz')).status, 503);
    assertUnavailable(await app.get('/v1/ByocTrunks', login));
    assertUnavailable(await app.post('/v1/ByocTrunks', login, {}));

    await asAdministrator(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    assert.equal((await app.get('/readyz')).status, 200);
    assert.equal((await app.post('/v1/ByocTrunks', login, {})).status, 201);
  });

  test('a PostgreSQL that takes no writes is a 503 for writes alone, until it takes them again', async () => {
    await using app = await testApp({ engine: 'postgres' });
    const login = loginOf(await app.anAccount());
    const { data } = app.app.config;
    assert.ok(data.engine === 'postgres');
    const name = databaseOf(data.url);
    const setReadOnly = async (value: 'on' | 'off') => {
      await asAdministrator(`ALTER DATABASE ${name} SET default_transaction_read_only = ${value}`);
      await endConnections(data.url);
      assert.equal((await app.get('/readyz')).status, 200);
    };
    await setReadOnly('on');
    assertUnavailable(await app.post('/v1/ByocTrunks', login, {}));
    assert.equal((await app.get('/v1/ByocTrunks', login)).status, 200);
    await setReadOnly('off');
    assert.equal((await app.post('/v1/ByocTrunks', login, {})).status, 201);
  });
}
