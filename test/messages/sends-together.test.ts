import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Kysely, sql } from 'kysely';
import pg from 'pg';
import { postgresDialect } from '../../src/db/postgres/postgres.ts';
import type { Tables } from '../../src/db/tables/tables.ts';
import { verify } from '../../src/verify/verify.ts';
import { aNumber, post, THEIRS } from '../support/messages.ts';
import {
  ENGINES,
  onEveryEngine,
  type Reply,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

const ACCOUNTS = 6;
/** The transactions that a process may have at the same time, all of which are kept busy. */
const WRITERS = 4;
/** More than an account begins with, so that it may not spend. */
const FLOOR = 5_000_000_000;

interface Sender {
  readonly account: TestAccount;
  readonly From: string;
}

async function senders(app: TestApp): Promise<Sender[]> {
  const made: Sender[] = [];
  for (let number = 0; number < ACCOUNTS; number += 1) {
    const account = await app.anAccount();
    const From = `+1415555011${number}`;
    await aNumber(app, account, From);
    made.push({ account, From });
  }
  return made;
}

/** Asks for all of these while no transaction can begin, so that they share the next one. */
async function atOnce(app: TestApp, asks: readonly (() => Promise<Reply>)[]): Promise<Reply[]> {
  const { database } = app.app;
  const gate = Promise.withResolvers<void>();
  const busy: Promise<void>[] = [];
  for (let lane = 0; lane < (database.engine === 'sqlite' ? 1 : WRITERS); lane += 1) {
    await new Promise<void>((begun) => {
      const wait = () => {
        begun();
        return gate.promise;
      };
      busy.push(database.write(wait, `${lane}`));
    });
  }
  const replies = asks.map((ask) => ask());
  while (database.waiting() < asks.length) await new Promise((resolve) => setTimeout(resolve, 2));
  gate.resolve();
  await Promise.all(busy);
  return Promise.all(replies);
}

const statusOf = ({ status, json }: Reply) => `${status} ${json.code ?? json.status}`;

onEveryEngine('messages that many accounts send at the same time', (engine) => {
  test('are each accepted or refused by the state of their own account', async () => {
    await using app = await testApp({ engine });
    const all = await senders(app);
    const [one, two, three, four, five, six] = all as [
      Sender,
      Sender,
      Sender,
      Sender,
      Sender,
      Sender,
    ];
    const { database, now } = app.app;
    await database.write(async (tx) => {
      const { sid: account_sid } = two.account;
      const pair = {
        root_sid: account_sid,
        account_sid,
        phone_number: two.From,
        recipient: THEIRS,
      };
      await tx
        .insertInto('message_opt_outs')
        .values({ ...pair, date_created: now() })
        .execute();
      await tx
        .updateTable('accounts')
        .set({ balance_floor_micro: FLOOR })
        .where('sid', '=', three.account.sid)
        .execute();
    });
    const replies = await atOnce(app, [
      () => post(app, one.account, { From: one.From }),
      () => post(app, one.account, { From: one.From }),
      () => post(app, two.account, { From: two.From }),
      () => post(app, three.account, { From: three.From }),
      () => post(app, four.account, { From: one.From }),
      () => post(app, five.account, { From: five.From, To: 'nobody' }),
      () => post(app, six.account, { From: six.From }),
    ]);
    assert.deepEqual(replies.map(statusOf), [
      '201 queued',
      '201 queued',
      '400 21610',
      '403 20403',
      '400 21606',
      '400 21211',
      '201 queued',
    ]);
    const { checked, differences } = await verify(app.app);
    assert.deepEqual([checked.events, differences], [3, []]);
  });
});

if (ENGINES.includes('postgres')) {
  void suite('messages that many accounts send at the same time (postgres)', () => {
    test('share their statements', async () => {
      await using app = await testApp({ engine: 'postgres' });
      const all = await senders(app);
      const ask = ({ account, From }: Sender) => post(app, account, { From });
      await atOnce(
        app,
        all.map((sender) => () => ask(sender)),
      );
      let count = 0;
      // oxlint-disable-next-line typescript/unbound-method -- it is called with its own `this` below
      const { query } = pg.Client.prototype;
      pg.Client.prototype.query = function counted(this: pg.Client, ...given: unknown[]) {
        if (given.length > 1) count += 1;
        return (query as (...all: unknown[]) => unknown).apply(this, given);
      } as typeof query;
      try {
        // Each request reads its caller once before its transaction.
        const few = await statementsOf(() =>
          atOnce(
            app,
            all.slice(0, 2).map((one) => () => ask(one)),
          ),
        );
        const many = await statementsOf(() =>
          atOnce(
            app,
            all.map((one) => () => ask(one)),
          ),
        );
        assert.ok(many - few < ACCOUNTS, `${few} statements for two messages, ${many} for six`);
      } finally {
        pg.Client.prototype.query = query;
      }
      async function statementsOf(work: () => Promise<unknown>): Promise<number> {
        const before = count;
        await work();
        return count - before;
      }
    });

    test('are refused for the one whose token another process removes meanwhile', async () => {
      await using app = await testApp({ engine: 'postgres' });
      const all = await senders(app);
      const removed = all[3] as Sender;
      const { data } = app.app.config;
      assert.ok(data.engine === 'postgres');
      const { dialect } = await postgresDialect(data.url, () => {});
      const other = new Kysely<Tables>({ dialect });
      const tx = await other.startTransaction().execute();
      await sql`delete from auth_tokens where account_sid = ${removed.account.sid}`.execute(tx);
      const replies = atOnce(
        app,
        all.map(
          ({ account, From }) =>
            () =>
              post(app, account, { From }),
        ),
      );
      await waitsForLock(app);
      await tx.commit().execute();
      await other.destroy();
      assert.deepEqual(
        (await replies).map(({ status }) => status),
        all.map((sender) => (sender === removed ? 401 : 201)),
      );
    });

    test('wait for the one main account that another process holds, and the others do not', async () => {
      await using app = await testApp({ engine: 'postgres' });
      const all = await senders(app);
      const held = all[2] as Sender;
      const { data } = app.app.config;
      assert.ok(data.engine === 'postgres');
      const { dialect } = await postgresDialect(data.url, () => {});
      const other = new Kysely<Tables>({ dialect });
      const tx = await other.startTransaction().execute();
      await sql`update accounts set balance_floor_micro = ${FLOOR}
        where sid = ${held.account.sid}`.execute(tx);
      const ask = ({ account, From }: Sender) => post(app, account, { From });
      const replies = all.map((sender) => ask(sender));
      const others = replies.filter((_, index) => all[index] !== held);
      for (const reply of await Promise.all(others)) assert.equal(reply.status, 201, reply.text);
      await tx.commit().execute();
      await other.destroy();
      // It may have read the floor before the lock or behind it.
      assert.match(statusOf(await (replies[2] as Promise<Reply>)), /^(201 queued|403 20403)$/);
      assert.equal((await ask(held)).status, 403, 'the floor holds for the next one');
      assert.deepEqual((await verify(app.app)).differences, []);
    });
  });
}

/** Waits until a connection to the database waits for a lock. */
async function waitsForLock({ app }: TestApp): Promise<void> {
  for (;;) {
    const { rows } = await sql`
      select 1 from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(app.database.db);
    if (rows.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
