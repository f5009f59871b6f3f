import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { fetchBalance } from '../../src/access/credential-store.ts';
import { fetchAccount } from '../../src/accounts/account-store.ts';
import { openApp } from '../../src/app.ts';
import type { Database, Tx } from '../../src/db/database.ts';
import { holdAccounts } from '../../src/db/hold-accounts.ts';
import { insertingLater } from '../../src/db/insert-later.ts';
import { prepared } from '../../src/db/prepared.ts';
import { readSetting, writeSetting } from '../../src/db/settings-store.ts';
import { ApiError } from '../../src/kit/api-error.ts';
import { spendBalances } from '../../src/usage/usage-store.ts';
import { ENGINES, testApp } from '../support/test-app.ts';
import { asAdministrator } from '../support/test-database.ts';

/**
 * A model of the write queue. Two processes run chosen deeds on a few main accounts at the same
 * time, and their connections are killed. The order of all is chosen by a seed. Each deed numbers
 * itself within its account, so a lost, doubled or undone change leaves a gap.
 */

const SEEDS = [1, 2, 3, 4, 5, 6];
const LANES = 12;
const DEEDS = 250;

/** A small generator of random numbers (mulberry32). */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const insertNote = insertingLater(
  'settings',
  prepared((db, row: { name: string; value: string }) => db.insertInto('settings').values(row)),
);

const selectRevoked = prepared(
  (db, { name }: { name: string }) =>
    db.selectFrom('settings').select('value').where('name', '=', name),
  { isReadOnce: true },
);

async function demandNotRevoked(tx: Tx, { sid }: Account): Promise<void> {
  if ((await selectRevoked(tx, { name: `revoked ${sid}` })).length > 0) throw REVOKED;
}

interface Account {
  readonly sid: string;
}

/** Everything that the answers of one account's deeds have told. */
interface Told {
  /** Numbers of deeds that were answered. */
  readonly done: Set<string>;
  /** Deeds whose outcome nobody knows, because a connection was lost. */
  unknown: number;
  isRevoked: boolean;
}

const REFUSED = new ApiError(400, 20001, 'no');
const REVOKED = new ApiError(403, 20403, 'revoked');

/** Writes one numbered row, and spends 1. A chosen deed then refuses. */
async function actOn(tx: Tx, account: Account, id: string, kind: number): Promise<void> {
  await demandNotRevoked(tx, account);
  await holdAccounts(tx, 'postgres', new Set([account.sid]));
  // A revoke may have come during the wait for the account.
  await demandNotRevoked(tx, account);
  const before = await fetchBalance(tx, account.sid);
  await insertNote(tx, [{ name: `${account.sid} ${id}`, value: 'done' }]);
  await spendBalances(tx, new Map([[account.sid, 1]]));
  const after = await fetchBalance(tx, account.sid);
  assert.equal(Number(before?.balance_micro) - Number(after?.balance_micro), 1);
  if (kind === 0) throw REFUSED;
  if (kind === 1) await writeSetting(tx, `last ${account.sid}`, id);
  if (kind === 2) {
    assert.equal(await readSetting(tx, `${account.sid} ${id}`), 'done', 'a deed sees its own rows');
    throw REFUSED;
  }
}

async function revoke(tx: Tx, account: Account): Promise<void> {
  await holdAccounts(tx, 'postgres', new Set([account.sid]));
  await writeSetting(tx, `revoked ${account.sid}`, 'yes');
}

for (const engine of ENGINES.filter((one) => one === 'postgres')) {
  for (const seed of SEEDS) {
    test(`changes of many accounts at the same time keep every promise (seed ${seed})`, async () => {
      const random = randomOf(seed);
      await using one = await testApp({ engine });
      const { config, now, log } = one.app;
      const two = await openApp(config, { now, log });
      const databases: readonly Database[] = [one.app.database, two.database];
      const accounts: Account[] = [];
      for (let lane = 0; lane < LANES; lane += 1) accounts.push(await one.anAccount());
      const balances = new Map<string, number>();
      for (const { sid } of accounts) {
        balances.set(sid, Number((await fetchBalance(one.app.database.db, sid))?.balance_micro));
      }
      const told = new Map(
        accounts.map(({ sid }) => [sid, { done: new Set<string>(), unknown: 0, isRevoked: false }]),
      );

      const running: Promise<void>[] = [];
      const begin = (id: string) => {
        const account = accounts[random(LANES)] as Account;
        const of = told.get(account.sid) as Told;
        const database = databases[random(2)] as Database;
        const kind = random(8);
        const isRevoke = random(60) === 0;
        const wasRevoked = of.isRevoked;
        const deed = (tx: Tx) => (isRevoke ? revoke(tx, account) : actOn(tx, account, id, kind));
        const answered = async () => {
          try {
            await database.write(deed, account.sid);
            assert.ok(isRevoke || !wasRevoked, 'a write began after the revoke and was done');
            if (isRevoke) of.isRevoked = true;
            else of.done.add(id);
          } catch (error) {
            if (error === REFUSED || error === REVOKED) return;
            assert.ok(error instanceof ApiError && error.status === 503, String(error));
            of.unknown += 1;
          }
        };
        running.push(answered());
      };
      for (let number = 0; number < DEEDS; number += 1) {
        begin(String(number));
        if (random(3) === 0) await sleep(random(4));
        if (random(40) === 0) {
          const { pathname } = new URL((config.data as { url: string }).url);
          await asAdministrator(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = '${pathname.slice(1)}' ORDER BY md5(pid::text || ${number}) LIMIT 2`,
          );
        }
      }
      await Promise.all(running);
      await two.close();

      for (const { sid } of accounts) {
        const { done, unknown } = told.get(sid) as Told;
        const rows = await one.app.database.db
          .selectFrom('settings')
          .select('name')
          .where('name', 'like', `${sid} %`)
          .execute();
        const stored = new Set(rows.map(({ name }) => name.slice(sid.length + 1)));
        for (const id of done) assert.ok(stored.has(id), `deed ${id} was answered, and is lost`);
        assert.ok(stored.size - done.size <= unknown, 'a refused deed has left rows');
        const { balance_micro } = (await fetchBalance(one.app.database.db, sid)) ?? {};
        assert.equal(Number(balances.get(sid)) - Number(balance_micro), stored.size);
      }
    });
  }
}

for (const engine of ENGINES.filter((one) => one === 'postgres')) {
  test('a deed that is undone takes no rows of the deeds before it along', async () => {
    await using app = await testApp({ engine });
    const { database } = app.app;
    const { sid, friendly_name } = await app.anAccount();
    const outcomes = await Promise.allSettled([
      database.write((tx) => insertNote(tx, [{ name: 'before', value: 'kept' }]), sid),
      database.write(async (tx) => {
        await tx
          .updateTable('accounts')
          .set({ friendly_name: 'undone' })
          .where('sid', '=', sid)
          .execute();
        // The row of the first deed is written here, behind the savepoint of this deed.
        assert.equal(await readSetting(tx, 'before'), 'kept');
        throw REFUSED;
      }, sid),
      database.write((tx) => insertNote(tx, [{ name: 'after', value: 'kept' }]), sid),
    ]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.equal((outcomes[1] as PromiseRejectedResult).reason, REFUSED);
    assert.equal(await readSetting(database.db, 'before'), 'kept');
    assert.equal(await readSetting(database.db, 'after'), 'kept');
    const account = await fetchAccount(database.db, sid);
    assert.equal(account?.friendly_name, friendly_name);
  });

  test('a statement that fails after the end of its deed hurts no neighbour', async () => {
    await using app = await testApp({ engine });
    const { database } = app.app;
    const { sid } = await app.anAccount();
    const timeout = Object.assign(new Error('lock timeout'), { code: '55P03' });
    let runs = 0;
    await Promise.all([
      database.write((tx) => insertNote(tx, [{ name: 'before', value: 'kept' }]), sid),
      database.write(async (tx) => {
        await tx
          .updateTable('accounts')
          .set({ friendly_name: 'waited' })
          .where('sid', '=', sid)
          .execute();
        runs += 1;
        if (runs > 1) return;
        const late = sql`select 1 / length(cast(pg_sleep(0.2) as text))`.execute(tx);
        late.catch(() => {});
        // It is on its way when the deed ends, as the second of two locks that go out together.
        await new Promise((resolve) => setImmediate(resolve));
        throw timeout;
      }, sid),
      database.write((tx) => insertNote(tx, [{ name: 'after', value: 'kept' }]), sid),
    ]);
    assert.equal(runs, 2);
    assert.equal(await readSetting(database.db, 'before'), 'kept');
    assert.equal(await readSetting(database.db, 'after'), 'kept');
    assert.equal((await fetchAccount(database.db, sid))?.friendly_name, 'waited');
  });

  test('a row that the database refuses during a later deed fails only its own deed', async () => {
    await using app = await testApp({ engine });
    const { database } = app.app;
    const { sid } = await app.anAccount();
    await database.write((tx) => insertNote(tx, [{ name: 'taken', value: 'first' }]), sid);
    const outcomes = await Promise.allSettled([
      database.write((tx) => insertNote(tx, [{ name: 'before', value: 'kept' }]), sid),
      database.write((tx) => insertNote(tx, [{ name: 'taken', value: 'second' }]), sid),
      database.write(async (tx) => {
        // The rows of the deeds before go ahead of this lock and of this deed's savepoint.
        await tx.selectFrom('settings').select('name').forUpdate().execute();
        await insertNote(tx, [{ name: 'after', value: 'kept' }]);
      }, sid),
    ]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.equal(await readSetting(database.db, 'before'), 'kept');
    assert.equal(await readSetting(database.db, 'after'), 'kept');
  });

  test('deeds that come during a short transaction share the next one, and wait for no long one', async () => {
    await using app = await testApp({ engine });
    const { database } = app.app;
    const begun = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const first = database.write(() => {
      begun.resolve();
      return gate.promise;
    }, 'first');
    await begun.promise;
    const lanes = ['second', 'third', 'fourth'];
    const transactionOf = async (tx: Tx) => tx;
    const used = await Promise.all(lanes.map((lane) => database.write(transactionOf, lane)));
    assert.equal(new Set(used).size, 1);
    gate.resolve();
    await first;
  });

  test('a deed that begins with a new row reads it back', async () => {
    await using app = await testApp({ engine });
    const read = await app.app.database.write(async (tx) => {
      await insertNote(tx, [{ name: 'new', value: 'row' }]);
      return readSetting(tx, 'new');
    });
    assert.equal(read, 'row');
  });

  test('a deed that waited for a lock reads again what it had read before', async () => {
    await using one = await testApp({ engine });
    const { config, now, log } = one.app;
    const two = await openApp(config, { now, log });
    const account = await one.anAccount();
    const isHeld = Promise.withResolvers<void>();
    const hasRead = Promise.withResolvers<void>();
    const revoked = two.database.write(async (tx) => {
      await holdAccounts(tx, engine, new Set([account.sid]));
      isHeld.resolve();
      await hasRead.promise;
      await writeSetting(tx, `revoked ${account.sid}`, 'yes');
    }, account.sid);
    await isHeld.promise;
    const acted = one.app.database.write(async (tx) => {
      await demandNotRevoked(tx, account);
      hasRead.resolve();
      await holdAccounts(tx, engine, new Set([account.sid]));
      await demandNotRevoked(tx, account);
    }, account.sid);
    await assert.rejects(acted, (error) => error === REVOKED);
    await revoked;
    await two.close();
  });
}
