import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApp } from '../../../src/app.ts';
import { legsOf } from '../../../src/calls/live/own-legs.ts';
import { TaskWorker } from '../../../src/jobs/task-worker.ts';
import { verify } from '../../../src/verify/verify.ts';
import { TASK_HANDLERS } from '../../../src/workers.ts';
import { aCall, aCaller, aNumber, type Caller, fetchCall, notesOf } from '../../support/calls.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { connectLogin, onEveryEngine, type TestApp, testApp } from '../../support/test-app.ts';
import { type AWire, aWire } from './a-wire.ts';
import { until } from './until.ts';

const Twiml = '<Response><Pause length="9000"/></Response>';
/** The price of a minute, in millionths. */
const MINUTE = 14_000;

/** Lets an account pay so many minutes of calls. */
async function payFor(app: TestApp, { account }: Caller, minutes: number): Promise<number> {
  const { balance_micro } = await balanceOf(app, account.sid);
  const floor = balance_micro - minutes * MINUTE;
  const body = { balance_floor: (floor / 1_000_000).toFixed(6) };
  const set = await app.control('POST', `/accounts/${account.sid}/limits`, body);
  assert.equal(set.status, 200, set.text);
  return floor;
}

async function balanceOf({ app }: TestApp, sid: string) {
  return app.database.db
    .selectFrom('accounts')
    .select('balance_micro')
    .where('sid', '=', sid)
    .executeTakeFirstOrThrow();
}

/** Every far end answers. */
function answering(wire: AWire): AWire {
  wire.play = (leg) => {
    leg.hear.ringing();
    leg.hear.answered('{}');
  };
  return wire;
}

onEveryEngine('a call whose account can pay only some minutes', (engine) => {
  test('is cut off when they are over, and the balance stays above its floor', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const floor = await payFor(app, caller, 7);
    answering(aWire(app));
    const { sid } = await aCall(app, caller, { Twiml });
    await app.deliver();
    await until(app, caller, sid, 'in-progress');
    // Five minutes are paid ahead, and then the other two.
    for (const seconds of [290, 120, 15]) {
      app.advanceReal(seconds * 1_000);
      await legsOf(app.app).look();
      await until(app, caller, sid, seconds === 15 ? 'completed' : 'in-progress');
      await legsOf(app.app).look();
    }
    const { duration, price } = await until(app, caller, sid, 'completed');
    assert.deepEqual([duration, price], ['420', '-0.098']);
    assert.match((await notesOf(app, caller, sid)).join(), /allows no more minutes/);
    assert.equal((await balanceOf(app, caller.account.sid)).balance_micro, floor);
  });

  test('is cut off at the monthly limit of the app that made it', async () => {
    await using app = await testApp({ engine });
    const [owner, customer] = [await app.anAccount(), await app.anAccount()];
    const connectApp = await app.aConnectApp(owner);
    const grant = await app.aGrant(connectApp, customer);
    const account = { sid: grant.subaccount_sid };
    const login = connectLogin(grant, owner);
    const number = await aNumber(app, account, login);
    const sids = { connect_app_sid: connectApp.sid, account_sid: customer.sid };
    const { json } = await app.control('POST', '/grant_limits', { ...sids, monthly_limit: '100' });
    const monthly_limit = (Number(json.spent) + 0.03).toFixed(6);
    await app.control('POST', '/grant_limits', { ...sids, monthly_limit });
    answering(aWire(app));
    const calls = `/2010-04-01/Accounts/${account.sid}/Calls`;
    const caller = { account: { ...owner, sid: account.sid }, login, number, calls };
    const [first, second] = [
      await aCall(app, caller, { Twiml }),
      await aCall(app, caller, { Twiml }),
    ];
    await app.deliver();
    const { status } = await fetchCall(app, caller, second.sid);
    assert.equal(status, 'failed', 'the first call has paid both minutes ahead');
    await until(app, caller, first.sid, 'in-progress');
    for (const seconds of [105, 15]) {
      app.advanceReal(seconds * 1_000);
      await legsOf(app.app).look();
      await until(app, caller, first.sid, seconds === 15 ? 'completed' : 'in-progress');
    }
    assert.equal((await fetchCall(app, caller, first.sid)).price, '-0.028');
  });

  test('is not made when not one minute is left', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    await payFor(app, caller, 0.5);
    const wire = aWire(app);
    const { sid } = await aCall(app, caller, { Twiml });
    await app.deliver();
    await until(app, caller, sid, 'failed');
    assert.equal(wire.legs.length, 0);
    assert.match((await notesOf(app, caller, sid)).join(), /does not allow one more minute/);
  });

  test('cannot pass the floor together with others, from any process', async () => {
    await using app = await testApp({ engine });
    const { config, now, realNow, log } = app.app;
    const other = engine === 'postgres' ? await openApp(config, { now, realNow, log }) : null;
    const processes = other ? [app.app, other] : [app.app];
    const workers = processes.map((one) => new TaskWorker(one, TASK_HANDLERS));
    const wires = processes.map((one) => answering(aWire({ app: one })));
    try {
      for (const seed of [1, 2, 3]) {
        const draw = seededRandom(seed);
        const caller = await aCaller(app);
        const floor = await payFor(app, caller, 3 + draw(20));
        for (let round = 0; round < 6; round += 1) {
          await Promise.all(
            Array.from({ length: 1 + draw(4) }, () => aCall(app, caller, { Twiml })),
          );
          await Promise.all(workers.map((worker) => worker.workOff()));
          app.advanceReal(draw(200) * 1_000);
          for (const { legs } of wires) {
            for (const leg of legs) if (!leg.isHungUp && draw(4) === 0) leg.hangsUp();
          }
          await Promise.all(processes.map((one) => legsOf(one).look()));
        }
        for (const { legs } of wires) for (const leg of legs) if (!leg.isHungUp) leg.hangsUp();
        const { json } = await app.get(`${caller.calls}.json?PageSize=100`, caller.login);
        for (const { sid, status } of json.calls) {
          if (status !== 'failed') await until(app, caller, sid, 'completed');
        }
        const { balance_micro } = await balanceOf(app, caller.account.sid);
        assert.ok(balance_micro >= floor, `seed ${seed}: ${balance_micro} is below ${floor}`);
      }
      assert.deepEqual((await verify(app.app)).differences, []);
    } finally {
      await other?.close();
    }
  });
});
