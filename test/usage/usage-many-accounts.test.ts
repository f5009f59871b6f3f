import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verify } from '../../src/verify/verify.ts';
import { onEveryEngine, type TestAccount, testApp } from '../support/test-app.ts';
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

  test('is refused alone when its sum would become too large', async () => {
    await using app = await testApp({ engine });
    const accounts = await Promise.all(Array.from({ length: ACCOUNTS }, () => app.anAccount()));
    const [large, ...others] = accounts as [TestAccount, ...TestAccount[]];
    const batchOf = (sid: string, name: string, price: string) =>
      Array.from({ length: 100 }, (_, index) => {
        return { account_sid: sid, category: 'sms', price, key: `${name} ${index}` };
      });
    const tell = (sid: string, name: string, price: string) =>
      app.control('POST', '/usage', batchOf(sid, name, price));
    const filled = await Promise.all(
      Array.from({ length: 8 }, (_, turn) => tell(large.sid, `fills ${turn}`, '10000000')),
    );
    assert.deepEqual(
      filled.map(({ status }) => status),
      filled.map(() => 200),
    );
    const [refused, ...counted] = await Promise.all([
      tell(large.sid, 'one more', '0.000001'),
      ...others.map(({ sid }) => tell(sid, 'beside it', '0.01')),
    ]);
    assert.equal(refused?.status, 400);
    assert.match(refused?.json.error, /too large to be exact/);
    assert.deepEqual(
      counted.map(({ status }) => status),
      counted.map(() => 200),
    );
    const { checked, differences } = await verify(app.app);
    assert.deepEqual([checked.events, differences], [100 * (8 + others.length), []]);
  });

  test('fires a trigger that is made between them', async () => {
    await using app = await testApp({ engine });
    const accounts = await Promise.all(Array.from({ length: ACCOUNTS }, () => app.anAccount()));
    const tell = ({ sid }: TestAccount, key: string) =>
      app.control('POST', '/usage', { account_sid: sid, category: 'sms', price: '0', key });
    const told = accounts.map((one) => [tell(one, 'first'), tell(one, 'second')]);
    const triggers = accounts.map((one) =>
      aTrigger(app, one, { TriggerBy: 'count', TriggerValue: '4' }),
    );
    const after = accounts.map((one) => [tell(one, 'third'), tell(one, 'fourth')]);
    for (const { status } of await Promise.all([...told, ...after].flat()))
      assert.equal(status, 200);
    const rows = await app.app.database.db.selectFrom('usage_trigger_fires').selectAll().execute();
    const fired = rows.map(({ trigger_sid, value }) => `${trigger_sid} ${value}`);
    const expected = (await Promise.all(triggers)).map((sid) => `${sid} 4`);
    assert.deepEqual(fired.toSorted(), expected.toSorted());
    assert.deepEqual((await verify(app.app)).differences, []);
  });
});
