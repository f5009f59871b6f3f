import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { verify } from '../../src/verify/verify.ts';
import { sweepAll } from '../../src/workers.ts';
import { listAuditEvents } from '../support/audit-log.ts';
import {
  loginOf,
  onEveryEngine,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';
import { aTrigger, DAY, firesOf, meter, triggersOf } from '../support/usage-triggers.ts';
import { type WebhookReceiver, webhookReceiver } from '../support/webhook-receiver.ts';

const MONTHS_13 = 13 * 31 * DAY;
const YEARS_2 = 2 * 366 * DAY;

onEveryEngine('a past fire', (engine) => {
  let receiver: WebhookReceiver;
  before(async () => {
    receiver = await webhookReceiver();
  });
  after(() => receiver[Symbol.asyncDispose]());

  const made = (app: TestApp, account: TestAccount, form: Record<string, string> = {}) =>
    aTrigger(app, account, { CallbackUrl: receiver.origin, TriggerValue: '1', ...form });
  const windowsOf = async (app: TestApp) =>
    (await firesOf(app)).map(({ window }) => window).toSorted((a, b) => b - a);

  async function removeTrigger(app: TestApp, account: TestAccount, sid: string): Promise<void> {
    const path = `${triggersOf(account)}/${sid}.json`;
    const { status } = await app.request('DELETE', path, { login: loginOf(account) });
    assert.equal(status, 204);
  }

  async function assertAgreed(app: TestApp): Promise<void> {
    assert.deepEqual((await verify(app.app)).differences, []);
  }

  test('is pruned after 13 months, of yearly triggers after two years, and never of one-time triggers', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    for (const Recurring of ['daily', 'monthly', 'yearly']) await made(app, account, { Recurring });
    const once = await made(app, account);
    const gone = await made(app, account);
    await meter(app, account);
    assert.equal((await app.deliver()).delivered, 5);
    await removeTrigger(app, account, gone);

    app.advance(MONTHS_13 - 1);
    await sweepAll(app.app);
    assert.deepEqual(await windowsOf(app), [20_260_318, 202_603, 2026, 0, 0]);
    await assertAgreed(app);

    app.advance(1);
    await sweepAll(app.app);
    assert.deepEqual(await windowsOf(app), [2026, 0]);
    assert.ok((await firesOf(app)).some(({ trigger_sid }) => trigger_sid === once));
    await assertAgreed(app);

    app.advance(YEARS_2 - MONTHS_13 - 1);
    await sweepAll(app.app);
    assert.deepEqual(await windowsOf(app), [2026, 0]);
    app.advance(1);
    await sweepAll(app.app);
    assert.deepEqual(await windowsOf(app), [0]);
    await assertAgreed(app);

    await meter(app, account);
    assert.deepEqual(await windowsOf(app), [20_280_319, 202_803, 2028, 0]);
    assert.equal((await firesOf(app)).filter(({ trigger_sid }) => trigger_sid === once).length, 1);
  });

  test('is kept as long as its callback', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await made(app, account, { Recurring: 'daily' });
    await meter(app, account);
    app.advance(MONTHS_13);
    await sweepAll(app.app);
    assert.deepEqual(await windowsOf(app), [20_260_318]);
    await assertAgreed(app);
    assert.equal((await app.deliver()).delivered, 1);
    await sweepAll(app.app);
    assert.deepEqual(await windowsOf(app), [20_260_318]);
    app.advance(31 * DAY);
    await sweepAll(app.app);
    assert.deepEqual(await windowsOf(app), []);
    await assertAgreed(app);
  });

  test('is pruned in batches, and its trigger does not fire again in the same window', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    for (const Recurring of ['daily', 'monthly', 'yearly']) await made(app, account, { Recurring });
    await made(app, account);
    // Many old fires, so that one batch is not enough.
    const { database } = app.app;
    const of = { account_sid: account.sid, root_sid: account.sid };
    const old = { ...of, value: 1, delivery_sid: null, window: 20_200_101 };
    const rows = Array.from({ length: 1_100 }, (_, index) => ({
      ...old,
      trigger_sid: `UT${String(index).padStart(32, '0')}`,
      date_created: app.app.now() - MONTHS_13,
    }));
    await database.write(async (tx) => {
      for (let first = 0; first < rows.length; first += 100) {
        await tx
          .insertInto('usage_trigger_fires')
          .values(rows.slice(first, first + 100))
          .execute();
      }
    });
    await sweepAll(app.app);
    assert.deepEqual(await windowsOf(app), []);

    for (let day = 0; day < 3 * 365; day += 12) {
      await meter(app, account, { count: 2 });
      await app.deliver();
      app.advance(12 * DAY - 1);
      await sweepAll(app.app);
      await meter(app, account);
      app.advance(1);
    }
    await app.deliver();
    const events = await listAuditEvents(database.db, account.sid, 1_000);
    const fired = events.filter(({ action }) => action === 'usage_trigger.fired');
    const names = fired.map(
      ({ target_sid, detail }) => `${target_sid} ${JSON.parse(detail).window}`,
    );
    assert.ok(names.length > 100);
    assert.equal(new Set(names).size, names.length);
    assert.ok((await firesOf(app)).length < names.length, 'some were forgotten');
    await assertAgreed(app);
  });
});
