import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { sql } from 'kysely';
import { aVisitor, codeAt, PASSWORD, signedInVisitor } from '../../test/support/people.ts';
import {
  asSystem,
  basic,
  ENGINES,
  loginOf,
  onEveryEngine,
  type TestApp,
  testApp,
} from '../../test/support/test-app.ts';
import { createSecondaryToken } from '../accounts/change-auth-token.ts';
import { openTestToken } from '../accounts/test-credentials.ts';
import { type App, openApp } from '../app.ts';
import { sealerOf } from '../audit/sealer.ts';
import { ConfigError } from '../config.ts';
import { COUNTED_MS, deleteProcess, writeSign } from '../db/process-store.ts';
import { listKeysInUse } from '../db/sealed-row-store.ts';
import { fetchSealing } from '../db/sealing-key-store.ts';
import { buildServer } from '../http/server.ts';
import { KeyRing } from '../kit/seal.ts';
import { addTotp } from '../people/factors/change-second-factors.ts';
import { openFactor } from '../people/factors/second-factor.ts';
import { listSecondFactors } from '../people/factors/second-factor-store.ts';
import { offerTotp } from '../people/factors/totp.ts';
import { signUp } from '../people/sign-in/sign-up.ts';
import { ROUTES } from '../routes.ts';
import { resealSecrets } from './reseal-secrets.ts';

const ann = { email: 'ann@example.com', name: 'Ann', password: PASSWORD };

onEveryEngine('a new sealing key', (engine) => {
  test('reseals the secrets of authenticator apps with the auth tokens', async () => {
    const config = { secretKeys: [{ id: 'old', bytes: randomBytes(32) }] };
    await using app = await testApp({ engine, config });
    await app.anAccount();
    const first = await signUp(aVisitor(app), ann);
    const { change, person } = await signedInVisitor(app, first);
    const offer = offerTotp(app.app, person, 'localhost');
    const code = codeAt(offer.secret, app.app.realNow());
    await change((a) => addTotp(a, person.sid, { sealed: offer.sealed, code, name: '' }));

    const newKey = { id: 'new', bytes: randomBytes(32) };
    const keyRing = new KeyRing([newKey, ...config.secretKeys], randomBytes);
    const { database } = app.app;
    await database.write(async (tx) => {
      await tx.insertInto('sealing_keys').values({ id: 'new', canary: 'x' }).execute();
    });
    const before = await resealSecrets({ ...app.app, keyRing });
    assert.deepEqual(before, { ...DONE, resealed: 5, retired: ['old'] });
    assert.deepEqual(await resealSecrets({ ...app.app, keyRing }), DONE);
    const [factor] = await listSecondFactors(database.db, person.sid);
    assert.ok(factor);
    assert.equal(factor.sealed_with, 'new');
    const alone = new KeyRing([newKey], randomBytes);
    assert.equal(openFactor(alone, factor), offer.secret.replaceAll(' ', ''));
    const tokens = await database.db.selectFrom('auth_tokens').selectAll().execute();
    const tests = await database.db.selectFrom('test_credentials').selectAll().execute();
    assert.ok([...tokens, ...tests].every(({ sealed_with }) => sealed_with === 'new'));
    assert.ok(tests.every((stored) => openTestToken(alone, stored).length === 32));
  });

  test('reseals stored answers, so that repeated requests get the same answer', async () => {
    const old = { id: 'old', bytes: randomBytes(32) };
    await using app = await testApp({ engine, config: { secretKeys: [old] } });
    const login = loginOf(await app.anAccount());
    const post = (key: string) => {
      const headers = { 'idempotency-key': key };
      return app.request('POST', '/2010-04-01/Accounts.json', { login, headers });
    };
    const first = await post('a');
    const second = await post('b');
    assert.deepEqual([first.status, second.status], [201, 201]);

    const newKey = { id: 'new', bytes: randomBytes(32) };
    const { database } = app.app;
    await database.write(async (tx) => {
      await tx.insertInto('sealing_keys').values({ id: 'new', canary: 'x' }).execute();
    });
    const both = { ...app.app, keyRing: new KeyRing([newKey, old], randomBytes) };
    // The tokens and test credentials of three accounts, and two answers.
    assert.deepEqual(await resealSecrets(both), { ...DONE, resealed: 8, retired: ['old'] });
    assert.deepEqual(await resealSecrets(both), DONE);

    const rotated = { ...app.app, keyRing: new KeyRing([newKey], randomBytes) };
    const server = buildServer(rotated, ROUTES);
    for (const [key, { text }] of Object.entries({ a: first, b: second })) {
      const { body, statusCode } = await server.inject({
        method: 'POST',
        url: '/2010-04-01/Accounts.json',
        headers: { authorization: basic(login), 'idempotency-key': key },
      });
      assert.equal(statusCode, 201, body);
      assert.equal(body, text);
    }
    await server.close();
  });

  test('seals rows that are written meanwhile with the new key only', async () => {
    const old = { id: 'old', bytes: randomBytes(32) };
    await using app = await testApp({ engine, config: { secretKeys: [old] } });
    const login = loginOf(await app.anAccount());
    const both = { ...app.app, keyRing: new KeyRing([aKey('new'), old], randomBytes) };
    const server = buildServer(both, ROUTES);
    const write = async () => {
      const { statusCode } = await server.inject({
        method: 'POST',
        url: '/2010-04-01/Accounts.json',
        headers: { authorization: basic(login), 'idempotency-key': String(Math.random()) },
      });
      assert.equal(statusCode, 201);
    };
    await write();
    assert.deepEqual(await keysInUse(app), ['old']);
    // The account, its subaccount, the test credentials of both, and an answer.
    const done = await resealSecrets(betweenWrites(both, write));
    assert.deepEqual(done, { ...DONE, resealed: 5, retired: ['old'] });
    assert.deepEqual(await keysInUse(app), ['new']);
    await server.close();
  });

  test('waits until no server without the new key could lose data', async () => {
    const old = { id: 'old', bytes: randomBytes(32) };
    await using app = await testApp({ engine, config: { secretKeys: [old] } });
    const login = loginOf(await app.anAccount());
    const both = new KeyRing([aKey('new'), old], randomBytes);
    await resealSecrets({ ...app.app, keyRing: both });
    // A process that was paused until it no longer counted as live, and then continues.
    const before = await app.app.database.db.selectFrom('accounts').select('sid').execute();
    const refused = await app.post('/2010-04-01/Accounts.json', login, {});
    assert.equal(refused.status, 503, refused.text);
    assert.equal(refused.headers['retry-after'], '1');
    const unread = await app.get(`/2010-04-01/Accounts/${login.username}.json`, login);
    assert.equal(unread.status, 503, unread.text);
    const after = await app.app.database.db.selectFrom('accounts').select('sid').execute();
    assert.deepEqual(after, before);
    const ready = await app.get('/readyz');
    assert.equal(ready.status, 503);
    assert.match(ready.text, /^secrets are sealed with the key "new", which this process does not/);
  });

  test('is not activated while a live process lacks it', async () => {
    const old = { id: 'old', bytes: randomBytes(32) };
    await using app = await testApp({ engine, config: { secretKeys: [old] } });
    await app.anAccount();
    const both = { ...app.app, keyRing: new KeyRing([aKey('new'), old], randomBytes) };
    const another = { id: 'another', host: 'web-2', pid: 4711, key_ids: ['old'] };
    const { database } = app.app;
    await database.write((tx) => writeSign(tx, database.engine, another));
    await assert.rejects(resealSecrets(both), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(
        error.message,
        /^The secret key "new" cannot seal anything yet, because process 4711 on /,
      );
      return true;
    });
    assert.deepEqual(await keysInUse(app), ['old']);
    assert.equal((await fetchSealing(database.db))?.key_id, 'old');
    await database.write((tx) =>
      writeSign(tx, database.engine, { ...another, id: 'b', pid: 4712 }),
    );
    await assert.rejects(
      resealSecrets(both),
      /because process 4711 on web-2, process 4712 on web-2 do not/,
    );
    await database.write((tx) => deleteProcess(tx, 'another'));
    await assert.rejects(
      resealSecrets(both),
      /because process 4712 on web-2 does not hold it: restart it/,
    );
    if (engine === 'postgres') await lastSeen(app, 'b', COUNTED_MS);
    else await database.write((tx) => deleteProcess(tx, 'b'));
    assert.deepEqual(await resealSecrets(both), { ...DONE, resealed: 2, retired: ['old'] });
  });
});

if (ENGINES.includes('postgres')) {
  test('a new sealing key waits for transactions that are about to seal with the old one', async () => {
    const old = { id: 'old', bytes: randomBytes(32) };
    await using app = await testApp({ engine: 'postgres', config: { secretKeys: [old] } });
    const account = await app.anAccount();
    const config = { ...app.app.config, secretKeys: [aKey('new'), old] };
    const command = await openApp(config, { log: app.app.log });
    // This process has both keys, and begins to make a token before the switch.
    const keyRing = new KeyRing([...config.secretKeys], randomBytes);
    await app.app.database.write((tx) =>
      tx
        .updateTable('processes')
        .set({ key_ids: JSON.stringify(keyRing.keyIds) })
        .execute(),
    );
    const begun = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const slow = asSystem({ app: { ...app.app, keyRing } }, async (doing) => {
      await sealerOf(doing);
      begun.resolve();
      await gate.promise;
      return createSecondaryToken(doing, account);
    });
    await begun.promise;
    const resealing = resealSecrets(command);
    await until(async () => (await waitingFor(app)) > 0);
    assert.equal((await fetchSealing(app.app.database.db))?.key_id, 'old');
    gate.resolve();
    await slow;
    // Two secrets of the account, and the token that was made just before.
    assert.deepEqual(await resealing, { ...DONE, resealed: 3, retired: ['old'] });
    assert.deepEqual(await keysInUse(app), ['new']);
    await command.close();
  });
}

/** Makes a process look as if it was last seen this long ago. */
async function lastSeen({ app }: TestApp, id: string, ms_ago: number): Promise<void> {
  await app.database.write((tx) =>
    tx
      .updateTable('processes')
      .set(({ eb }) => ({ date_seen: eb('date_seen', '-', ms_ago) }))
      .where('id', '=', id)
      .execute(),
  );
}

const DONE = { key_id: 'new', resealed: 0, retired: [], left: [] };

const aKey = (id: string) => ({ id, bytes: randomBytes(32) });

const keysInUse = ({ app }: TestApp) => listKeysInUse(app.database.db);

/** The number of processes that wait for an advisory lock. */
async function waitingFor({ app }: TestApp): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from pg_locks join pg_database on oid = database
    where datname = current_database() and locktype = 'advisory' and not granted
  `.execute(app.database.db);
  return rows[0]?.count ?? 0;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** The same app, but with another write before each of its writes except the first. */
function betweenWrites(app: App, other: () => Promise<void>): App {
  const { database } = app;
  let isFirst = true;
  return {
    ...app,
    database: {
      ...database,
      async write(deed, lane) {
        if (!isFirst) await other();
        isFirst = false;
        return database.write(deed, lane);
      },
    },
  };
}
