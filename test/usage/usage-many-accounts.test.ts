import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verify } from '../../src/verify/verify.ts';
import { onEveryEngine, testApp } from '../support/test-app.ts';
import { aTrigger, DAY, firesOf } from '../support/usage-triggers.ts';

const ACCOUNTS = 12;

onEveryEngine('usage of many accounts that is sent at the same moment', (engine) => {
  test('is counted for each of them, with its own repeat and its own refusal', async () => {
    await using app = await testApp({ engine });
    const mains = await Promise.all(Array.from({ length: ACCOUNTS }, () => app.anAccount()));
    const subs = await Promise.all(mains.map((main) => app.aSubaccount(main)));
    const accounts = [...mains, ...subs];
    const trigger = { TriggerBy: 'count', TriggerValue: '3' };
    const triggers = await Promise.all(accounts.map((one) => aTrigger(app, one, trigger)));
    const tell = (sid: string, key: string, count = 1) => {
      const event = { account_sid: sid, category: 'sms-outbound', count, price: '0.01', key };
      return app.control('POST', '/usage', event);
    };
    for (const round of [1, 2]) {
      const told = await Promise.all(accounts.map(({ sid }) => tell(sid, `round ${round}`)));
      for (const { status, json } of told) {
        assert.deepEqual([status, json.accepted, json.repeated], [200, 1, 0]);
      }
    }
    // Each account: a repeat, another event under a known key, and two new events, one under a key
    // that two calls use at the same moment.
    const mixed = accounts.map(({ sid }) =>
      Promise.all([
        tell(sid, 'round 1'),
        tell(sid, 'round 2', 2),
        tell(sid, 'both'),
        tell(sid, 'both'),
        tell(sid, 'new'),
      ]),
    );
    const unknown = tell(`AC${'0'.repeat(32)}`, 'of nobody');
    for (const [repeat, conflict, first, second, fresh] of await Promise.all(mixed)) {
      assert.deepEqual([repeat?.json.accepted, repeat?.json.repeated], [0, 1]);
      assert.equal(conflict?.status, 409);
      assert.equal(first?.json.accepted + second?.json.accepted, 1);
      assert.equal(first?.json.repeated + second?.json.repeated, 1);
      assert.equal(fresh?.json.accepted, 1);
    }
    assert.equal((await unknown).status, 400);
    const fired = (await firesOf(app)).map(({ trigger_sid }) => trigger_sid);
    assert.deepEqual(fired.toSorted(), triggers.toSorted(), 'each trigger fires once');
    // Two days later a daily trigger finds a counter that is not there yet.
    const daily = { TriggerBy: 'count', TriggerValue: '2', Recurring: 'daily' };
    const again = await Promise.all(mains.map((one) => aTrigger(app, one, daily)));
    const before = (await firesOf(app)).length;
    app.advance(2 * DAY);
    const later = [1, 2].flatMap((turn) => subs.map(({ sid }) => tell(sid, `later ${turn}`)));
    for (const { status } of await Promise.all(later)) assert.equal(status, 200);
    const firedLater = (await firesOf(app)).slice(before).map(({ trigger_sid }) => trigger_sid);
    assert.deepEqual(firedLater.toSorted(), again.toSorted(), 'each daily trigger fires once');
    const { checked, differences } = await verify(app.app);
    assert.deepEqual([checked.events, differences], [accounts.length * 4 + later.length, []]);
  });
});
