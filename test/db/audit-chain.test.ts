import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { sql } from 'kysely';
import { type App, openApp } from '../../src/app.ts';
import { act } from '../../src/audit/act.ts';
import { SYSTEM } from '../../src/audit/audit-event.ts';
import { readConfig } from '../../src/config.ts';
import { openDatabase } from '../../src/db/open-database.ts';
import { openLog } from '../../src/kit/log.ts';
import { verify } from '../../src/verify/verify.ts';
import { ENGINES, onEveryStorage, type TestApp, testApp } from '../support/test-app.ts';
import { emptyFolder, emptyPostgresDatabase } from '../support/test-database.ts';

const log = openLog('silent');

const wrongIn = async (app: App) => (await verify(app)).differences;

async function logOf({ app }: TestApp, account_sid: string) {
  const query = app.database.db.selectFrom('audit_events').selectAll().orderBy('number');
  return query.where('account_sid', '=', account_sid).execute();
}

/** Adds an entry to the logs of some accounts, in one change. */
function tell(app: App, action: string, account_sids: readonly string[]): Promise<void> {
  return act(app, SYSTEM, async ({ record }) => {
    for (const account_sid of account_sids) record({ action, account_sid, target_sid: null });
    await Promise.resolve();
  });
}

onEveryStorage('the audit log of an account', (engine) => {
  test('is a chain of all acts in their order', async () => {
    await using app = await testApp({ engine });
    const [one, two] = [await app.anAccount(), await app.anAccount()];
    const deeds = Array.from({ length: 50 }, (_, number) => number);
    await Promise.all(deeds.map((number) => tell(app.app, `told.${number}`, [one.sid, two.sid])));
    for (const { sid } of [one, two]) {
      const events = await logOf(app, sid);
      assert.deepEqual(
        events.map(({ number }) => number),
        events.map((_, at) => at + 1),
      );
      const told = events.filter(({ action }) => action.startsWith('told.'));
      assert.deepEqual(
        told.map(({ action }) => action),
        deeds.map((number) => `told.${number}`),
      );
    }
    const { checked, differences } = await verify(app.app);
    assert.deepEqual(differences, []);
    assert.ok(checked.audit_events >= 2 * deeds.length);
  });

  test('has no entry of a change that was rolled back', async () => {
    await using app = await testApp({ engine });
    const { sid } = await app.anAccount();
    const before = await logOf(app, sid);
    const failing = act(app.app, SYSTEM, async ({ record }) => {
      record({ action: 'never.done', account_sid: sid, target_sid: null });
      await Promise.reject(new Error('no'));
    });
    const others = [tell(app.app, 'told.1', [sid]), tell(app.app, 'told.2', [sid])];
    await assert.rejects(failing, /no/);
    await Promise.all(others);
    assert.equal((await logOf(app, sid)).length, before.length + 2);
    assert.deepEqual(await wrongIn(app.app), []);
  });

  test('can be checked after its oldest part was deleted', async () => {
    await using app = await testApp({ engine });
    const { sid } = await app.anAccount();
    for (let number = 0; number < 5; number += 1) await tell(app.app, `told.${number}`, [sid]);
    await app.app.database.write(async (tx) => {
      const old = tx.deleteFrom('audit_events').where('account_sid', '=', sid);
      await old.where('number', '<', 4).execute();
      const chain = tx.updateTable('audit_chains').where('account_sid', '=', sid);
      await chain.set({ first: 4 }).execute();
    });
    assert.deepEqual(await wrongIn(app.app), []);
    await app.app.database.write(async (tx) => {
      const one = tx.deleteFrom('audit_events').where('account_sid', '=', sid);
      await one.where('number', '=', 4).execute();
    });
    const [wrong, ...more] = await wrongIn(app.app);
    assert.match(wrong?.what ?? '', /lacks event 4 of 6/);
    assert.deepEqual(more, []);
  });
});

/** Only PostgreSQL has more than one process. */
for (const engine of ENGINES.filter((one) => one === 'postgres')) {
  test('two processes append to the same audit logs, and every chain is whole', async () => {
    await using one = await testApp({ engine });
    const { config, now } = one.app;
    const two = await openApp(config, { now, log });
    try {
      const accounts = await Promise.all(Array.from({ length: 8 }, () => one.anAccount()));
      const sids = accounts.map(({ sid }) => sid);
      const some = (deed: number) => sids.filter((_, at) => (deed + at) % 3 > 0);
      for (let deed = 0; deed < 100; deed += 1) {
        await Promise.all([
          tell(one.app, `one.${deed}`, some(deed)),
          tell(two, `two.${deed}`, some(deed).toReversed()),
        ]);
      }
      assert.deepEqual(await wrongIn(two), []);
      const again = one.logLines.filter((line) => line.includes('a transaction is run again'));
      assert.deepEqual(again, [], 'and neither waited for the other in a circle');
    } finally {
      await two.close();
    }
  });
}

for (const engine of ENGINES) {
  void suite(`an audit log from before it was a chain (${engine})`, () => {
    test('is chained in the order of its times, and goes on', async () => {
      const { location, drop } = await (engine === 'sqlite'
        ? emptyFolder
        : emptyPostgresDatabase)();
      try {
        const old = await openDatabase(location, log, { until: '0022b-security-events' });
        await old.write(async (tx) => {
          for (let at = 0; at < 2_500; at += 1) {
            const account = at % 3 === 0 ? '' : `AC${String(at % 3).repeat(32)}`;
            const sid = `AE${String(9_999 - at).padStart(32, '0')}`;
            await sql`insert into audit_events (sid, date_created, account_sid, actor_kind, action, detail)
              values (${sid}, ${at}, ${account}, 'system', ${`old.${at}`}, ${'{"é":"😀"}'})`.execute(
              tx,
            );
          }
        });
        await old.close();
        const secretKeys = [{ id: 'k_1', bytes: randomBytes(32) }];
        const config = { ...readConfig({ port: '0' }, {}), data: location, secretKeys };
        const app = await openApp(config, { log });
        await tell(app, 'new.one', ['', `AC${'1'.repeat(32)}`, `AC${'5'.repeat(32)}`]);
        const { checked, differences } = await verify(app);
        assert.deepEqual(differences, []);
        assert.equal(checked.audit_events, 2_503);
        const [first] = await app.database.db
          .selectFrom('audit_events')
          .selectAll()
          .where('account_sid', '=', '')
          .where('number', '=', 1)
          .execute();
        assert.equal(first?.action, 'old.0');
        await app.close();
      } finally {
        await drop();
      }
    });
  });
}
