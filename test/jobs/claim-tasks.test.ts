import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Kysely, sql } from 'kysely';
import type { Tx } from '../../src/db/database.ts';
import { postgresDialect } from '../../src/db/postgres/postgres.ts';
import type { Tables } from '../../src/db/tables/tables.ts';
import { claimTasks, putTask } from '../../src/jobs/task-store.ts';
import { selectDue } from '../../src/webhooks/delivery-store.ts';
import { leaseDeliveries } from '../../src/webhooks/lease-store.ts';
import { ENGINES, type TestApp, testApp } from '../support/test-app.ts';
import { enqueue } from '../support/webhook.ts';

const WORK = 10;
const HALF = 5;
const HOST = '127.0.0.1:9';

/** Claims half of the due work in a transaction, and returns the SIDs. */
type Claim = (app: TestApp, tx: Tx, lease: string) => Promise<string[]>;

const claimHalf: Claim = async ({ app }, tx, lease) => {
  const now = app.now();
  const real_now = app.realNow();
  const wanted = { now, real_now, limit: HALF, lease, leased_until: real_now + 60_000 };
  return (await claimTasks(tx, 'postgres', wanted)).map(({ sid }) => sid);
};

const claimHalfOfDeliveries: Claim = async ({ app }, tx, lease) => {
  const [time, realTime] = [app.now(), app.realNow()];
  const due = await selectDue(tx, 'postgres', { host: HOST, time, realTime, limit: HALF });
  const sids = due.map(({ sid }) => sid);
  const until = realTime + 60_000;
  const changes = { lease, leased_until: until, date_next: until, date_updated: time };
  return (await leaseDeliveries(tx, 'postgres', sids, changes)).map(({ sid }) => sid);
};

/** Two workers claim at the same time: the second one while the first has not committed. */
async function claimTogether(app: TestApp, claim: Claim): Promise<string[][]> {
  const { data } = app.app.config;
  assert.ok(data.engine === 'postgres');
  const { dialect } = await postgresDialect(data.url, () => {});
  const db = new Kysely<Tables>({ dialect });
  const [first, second] = [
    await db.startTransaction().execute(),
    await db.startTransaction().execute(),
  ];
  try {
    // A claim that waits for the other worker fails instead of hanging.
    await sql`set local lock_timeout = '5s'`.execute(second);
    return [await claim(app, first, 'first'), await claim(app, second, 'second')];
  } finally {
    await second.rollback().execute();
    await first.rollback().execute();
    await db.destroy();
  }
}

if (ENGINES.includes('postgres')) {
  void suite('two workers that claim at the same time (postgres)', () => {
    test('claim different tasks, and neither waits for the other', async () => {
      await using app = await testApp({ engine: 'postgres' });
      const { sid: account_sid } = await app.anAccount();
      const sids = Array.from({ length: WORK }, () => app.app.newSid('CA'));
      await app.app.database.write(async (tx) => {
        const date_next = app.app.now();
        for (const sid of sids) {
          const thing = { sid, account_sid, root_sid: account_sid, kind: 'call' } as const;
          await putTask(tx, { ...thing, step: '{}', date_next });
        }
      });
      const claimed = await claimTogether(app, claimHalf);
      assert.deepEqual(
        claimed.map(({ length }) => length),
        [HALF, HALF],
      );
      assert.deepEqual(claimed.flat().toSorted(), sids.toSorted());
    });

    test('claim different webhooks, and neither waits for the other', async () => {
      await using app = await testApp({ engine: 'postgres' });
      const account = await app.anAccount();
      const sids: string[] = [];
      for (let made = 0; made < WORK; made += 1) {
        sids.push(await enqueue(app, account, `http://${HOST}/`));
      }
      const claimed = await claimTogether(app, claimHalfOfDeliveries);
      assert.deepEqual(
        claimed.map(({ length }) => length),
        [HALF, HALF],
      );
      assert.deepEqual(claimed.flat().toSorted(), sids.toSorted());
    });
  });
}
