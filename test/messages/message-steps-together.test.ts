import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Kysely, sql } from 'kysely';
import { postgresDialect } from '../../src/db/postgres/postgres.ts';
import type { Tables } from '../../src/db/tables/tables.ts';
import { aNumber, pass, read, send } from '../support/messages.ts';
import {
  ENGINES,
  onEveryEngine,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

const ACCOUNTS = 5;
const EACH = 3;

interface Sent {
  readonly account: TestAccount;
  readonly sid: string;
}

/** Messages of several accounts, all of which fall due together. */
async function sendAll(app: TestApp, form: Record<string, string> = {}): Promise<Sent[]> {
  const sent: Sent[] = [];
  for (let number = 0; number < ACCOUNTS; number += 1) {
    const account = await app.anAccount();
    const From = `+1415555011${number}`;
    await aNumber(app, account, From);
    for (let each = 0; each < EACH; each += 1) {
      const { sid } = await send(app, account, { From, ...form });
      sent.push({ account, sid });
    }
  }
  return sent;
}

/** Makes the database refuse that a message becomes `sending`. */
async function refuse({ app }: TestApp, sid: string): Promise<void> {
  const change =
    app.database.engine === 'sqlite'
      ? `create trigger refusal before update on messages
         when new.sid = '${sid}' and new.status = 'sending' begin select raise(abort, 'no'); end`
      : `alter table messages add constraint refusal
         check (not (sid = '${sid}' and status = 'sending'))`;
  await app.database.write((tx) => sql.raw(change).execute(tx));
}

async function numbersOf({ app }: TestApp, sid: string): Promise<number[]> {
  const rows = await app.database.db
    .selectFrom('timeline')
    .select('number')
    .where('resource_sid', '=', sid)
    .orderBy('number')
    .execute();
  return rows.map(({ number }) => number);
}

onEveryEngine('steps of messages that fall due together', (engine) => {
  test('are all recorded, with a whole timeline each', async () => {
    await using app = await testApp({ engine });
    const sent = await sendAll(app);
    await pass(app);
    for (const { account, sid } of sent) {
      assert.equal((await read(app, account, sid)).status, 'delivered');
      assert.deepEqual(await numbersOf(app, sid), [1, 2, 3, 4]);
    }
    assert.equal(
      (await sql`select 1 from carrier_tasks where kind = 'message'`.execute(app.app.database.db))
        .rows.length,
      0,
    );
  });

  test('are recorded without the one that the database refuses', async () => {
    await using app = await testApp({ engine });
    const sent = await sendAll(app);
    const refused = sent[7] as Sent;
    await refuse(app, refused.sid);
    await pass(app);
    for (const { account, sid } of sent) {
      const isRefused = sid === refused.sid;
      assert.equal((await read(app, account, sid)).status, isRefused ? 'queued' : 'delivered');
      assert.deepEqual(await numbersOf(app, sid), isRefused ? [1] : [1, 2, 3, 4]);
    }
  });
});

if (ENGINES.includes('postgres')) {
  void suite('a step whose message another process changes (postgres)', () => {
    test('sees a callback that was removed meanwhile', async () => {
      await using app = await testApp({ engine: 'postgres' });
      const sent = await sendAll(app, { StatusCallback: 'http://127.0.0.1:9/status' });
      const muted = sent[4] as Sent;
      const { data } = app.app.config;
      assert.ok(data.engine === 'postgres');
      const { dialect } = await postgresDialect(data.url, () => {});
      const other = new Kysely<Tables>({ dialect });
      const tx = await other.startTransaction().execute();
      await sql`update messages set status_callback = null where sid = ${muted.sid}`.execute(tx);
      const before = await callbacksOf(app, muted.sid);
      const passing = app.deliver();
      await waitsForLock(app);
      await tx.commit().execute();
      await passing;
      await other.destroy();
      assert.equal((await read(app, muted.account, muted.sid)).status, 'sending');
      assert.equal(await callbacksOf(app, muted.sid), before);
    });
  });
}

async function callbacksOf({ app }: TestApp, sid: string): Promise<number> {
  const { rows } = await sql`
    select 1 from timeline where resource_sid = ${sid} and kind = 'callback'`.execute(
    app.database.db,
  );
  return rows.length;
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
