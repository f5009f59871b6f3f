import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explain } from '../../src/cli/operate/operate-usage.ts';
import { MAX_EXPLAINED } from '../../src/usage/explain-usage.ts';
import { aLivelyWorld, meter } from '../support/lively-world.ts';
import { loginOf, onEveryEngine, testApp } from '../support/test-app.ts';

onEveryEngine('explaining a usage record', (engine) => {
  test('lists the events of a record, which add up to its sum', async () => {
    await using app = await testApp({ engine });
    const { main, sub } = await aLivelyWorld(app);
    const explained = await explain(app.app, { accountSid: main.sid, category: 'sms-outbound' });
    assert.deepEqual(
      explained.events.map(({ key, account_sid }) => [key, account_sid]),
      [
        ['a', main.sid],
        ['c', main.sid],
        ['b', sub.sid],
        ['d', main.sid],
        ['e', main.sid],
      ],
    );
    const path = `/2010-04-01/Accounts/${main.sid}/Usage/Records.json?Category=sms-outbound`;
    const [record] = (await app.get(path, loginOf(main))).json.usage_records;
    const figures = { count: record.count, usage: record.usage, price: record.price };
    assert.deepEqual(figures, { count: '5', usage: '5.5', price: '0.0266' });
    assert.deepEqual([explained.sum, explained.record], [figures, figures]);
    assert.equal(explained.is_same, true);
  });

  test('works for days, for an account, and for the total price', async () => {
    await using app = await testApp({ engine });
    const { main, developer } = await aLivelyWorld(app);
    const of = async (more: object) => {
      const wanted = { accountSid: main.sid, category: 'totalprice', ...more };
      const { events, sum, is_same } = await explain(app.app, wanted);
      assert.equal(is_same, true);
      return [events.map(({ key }) => key).join(''), sum.usage, sum.price];
    };
    assert.deepEqual(await of({}), ['acbde', '0', '0.0266']);
    assert.deepEqual(await of({ own: true }), ['acde', '0', '0.0187']);
    assert.deepEqual(await of({ startDate: '2026-03-19' }), ['de', '0', '0.0029']);
    assert.deepEqual(await of({ endDate: '-1day' }), ['acb', '0', '0.0237']);
    assert.deepEqual(await of({ accountSid: developer.sid }), ['', '0', '0']);
  });

  test('says so when the record has another sum', async () => {
    await using app = await testApp({ engine });
    const { main } = await aLivelyWorld(app);
    await app.app.database.write(async (tx) => {
      await tx
        .updateTable('usage_counters')
        .set({ count: 7 })
        .where('account_sid', '=', main.sid)
        .where('category', '=', 'sms')
        .execute();
    });
    const { is_same, sum, record } = await explain(app.app, {
      accountSid: main.sid,
      category: 'sms',
      own: true,
      endDate: '2026-03-18',
    });
    assert.deepEqual([is_same, sum.count, record.count], [false, '2', '7']);
  });

  test('lists the newest of many events and adds up all', async () => {
    await using app = await testApp({ engine });
    const main = await app.anAccount();
    for (const batch of [0, 1, 2]) {
      const events = Array.from({ length: 400 }, (_, n) => ({
        account_sid: main.sid,
        category: 'sms',
        price: '1',
        key: `${(n * 7) % 400}.${batch}`,
      }));
      await meter(app, events);
      app.advance(1_000);
    }
    const explained = await explain(app.app, { accountSid: main.sid, category: 'sms' });
    assert.deepEqual(explained.sum, { count: '1200', usage: '1200', price: '1200' });
    assert.deepEqual([explained.total, explained.events.length], [1_200, MAX_EXPLAINED]);
    const batches = explained.events.map(({ key }) => key.slice(-1));
    assert.equal(batches.join(''), '0'.repeat(200) + '1'.repeat(400) + '2'.repeat(400));
  });
});
