import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  listEveryRate,
  listRateChanges,
  removeRateOf,
  setRateOf,
} from '../../src/cli/operate/operate-rates.ts';
import { dayOf } from '../../src/kit/day.ts';
import { CATEGORIES } from '../../src/usage/category.ts';
import { priceBy, RATES, type Rate, rateOf } from '../../src/usage/rate-card.ts';
import { digestOfData } from '../support/digest.ts';
import {
  loginOf,
  onEveryEngine,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

const DAY = 86_400_000;
const MICRO = 1_000_000n;

suite('a rate card', () => {
  test('prices by the nearest category, the newest day, and the operator before the product', () => {
    const rate = (category: string, from: number, price_micro: number): Rate => ({
      category,
      per: 'count',
      from,
      price_micro,
    });
    const day = dayOf(Date.UTC(2026, 2, 18));
    const found = (operators: Rate[], category: string, examples = RATES) =>
      rateOf({ operators, examples }, category, day)?.price_micro;
    assert.equal(found([], 'sms-inbound-longcode'), 7_900);
    assert.equal(found([], 'calls-inbound-tollfree-local'), 8_500);
    assert.equal(found([], 'wireless'), undefined);
    const own = [
      rate('sms', day - 2, 3),
      rate('sms', day, 2),
      rate('sms', day - 1, 4),
      rate('sms', day + 1, 1),
      rate('sms-outbound', day + 1, 9),
      rate('sms-inbound-shortcode', day - 9, 5),
    ];
    assert.equal(found(own, 'sms'), 2);
    assert.equal(found(own, 'sms-inbound-longcode'), 2, 'before the example nearer to it');
    assert.equal(found(own, 'sms-inbound-shortcode'), 5, 'nearer, though older');
    assert.equal(found(own, 'sms-outbound'), 2, 'not yet its own');
    assert.equal(found(own, 'mms-inbound'), 10_000);
    assert.equal(found(own, 'mms-inbound', []), undefined);
    for (const { category } of RATES) assert.ok(CATEGORIES.has(category));
  });

  test('rounds the exact product, half a millionth away from zero', () => {
    fc.assert(
      fc.property(
        fc.nat(10_000_000),
        fc.nat(1_000_000_000),
        fc.constantFrom('count', 'usage'),
        (units, price_micro, per) => {
          const used = { category: 'sms', count: units, usage_micro: units };
          const product = BigInt(units) * BigInt(price_micro);
          const exact = per === 'count' ? product : (2n * product + MICRO) / (2n * MICRO);
          const priced = priceBy({ category: 'sms', per, price_micro, from: 0 }, used);
          if (exact < 2n ** 53n) assert.equal(BigInt(priced), exact);
        },
      ),
    );
    const half = { category: 'sms', count: 0, usage_micro: 500_000 };
    assert.equal(priceBy({ category: 'sms', per: 'usage', price_micro: 1, from: 0 }, half), 1);
    const less = { ...half, usage_micro: 499_999 };
    assert.equal(priceBy({ category: 'sms', per: 'usage', price_micro: 1, from: 0 }, less), 0);
    assert.equal(priceBy(null, half), 0);
  });
});

async function pricesOf(app: TestApp, account: TestAccount): Promise<Record<string, number>> {
  const { db } = app.app.database;
  const rows = await db
    .selectFrom('usage_events')
    .select(['key', 'price_micro'])
    .where('account_sid', '=', account.sid)
    .execute();
  return Object.fromEntries(rows.map(({ key, price_micro }) => [key, price_micro]));
}

async function balanceOf(app: TestApp, account: TestAccount): Promise<string> {
  const path = `/2010-04-01/Accounts/${account.sid}/Balance.json`;
  return (await app.get(path, loginOf(account))).json.balance;
}

onEveryEngine('the operator’s rates', (engine) => {
  test('hold for usage that is recorded from then on, by its day, and change no earlier price', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const child = await app.aSubaccount(account);
    app.advance(10 * DAY);
    const tell = async (key: string, more: Record<string, unknown> = {}) => {
      const event = { account_sid: child.sid, category: 'sms-inbound-longcode', key, ...more };
      const { status, text, json } = await app.control('POST', '/usage', event);
      assert.equal(status, 200, text);
      return json;
    };
    const yesterday = { at: '2026-03-27T12:00:00Z' };
    await tell('by the example');
    assert.equal(await balanceOf(app, account), '999.9921');

    const price = { category: 'sms', per: 'count', price: '0.01' };
    assert.deepEqual(await setRateOf(app.app, price), {
      ...price,
      from: '2026-03-28',
      set_by: 'operator',
    });
    assert.deepEqual(await tell('by the example'), { accepted: 0, repeated: 1 });
    await tell('by the operator', { count: 3 });
    await tell('late, of a day before', yesterday);
    await tell('told with its price', { price: '0.5' });
    await tell('of another category', { category: 'mms-inbound' });
    assert.equal(await balanceOf(app, account), '999.4442');

    await setRateOf(app.app, { ...price, price: '0.02', from: '2026-03-27' });
    await setRateOf(app.app, { ...price, price: '0.03', from: '2026-03-29' });
    await tell('later still, of the day before', yesterday);
    await tell('today', {});
    app.advance(DAY);
    await tell('tomorrow', {});
    await setRateOf(app.app, { ...price, price: '0', from: '2026-03-29' });
    await tell('for nothing', {});
    await removeRateOf(app.app, { category: 'sms', from: '2026-03-29' });
    await removeRateOf(app.app, { category: 'sms', from: '2026-03-28' });
    await tell('by what is left', {});
    assert.deepEqual(await pricesOf(app, child), {
      'by the example': 7_900,
      'by the operator': 30_000,
      'late, of a day before': 7_900,
      'told with its price': 500_000,
      'of another category': 10_000,
      'later still, of the day before': 20_000,
      today: 10_000,
      tomorrow: 30_000,
      'for nothing': 0,
      'by what is left': 20_000,
    });
    assert.equal(await balanceOf(app, account), '999.3642');
  });

  test('are listed before the examples, set over the control API too, and recorded', async () => {
    await using app = await testApp({ engine });
    const rate = { category: 'calls', per: 'usage', price: '0.0125', from: '2026-04-01' };
    const { status, json } = await app.control('POST', '/rates', rate);
    assert.equal(status, 200);
    assert.deepEqual(json, { category: 'calls', price: '0.0125', from: '2026-04-01' });
    const [first, ...examples] = await listEveryRate(app.app);
    assert.deepEqual(first, { ...rate, set_by: 'operator' });
    assert.equal(examples.length, RATES.length);
    assert.ok(examples.every(({ set_by }) => set_by === 'example'));

    const taken = await app.control('POST', '/rates', { ...rate, price: null });
    assert.equal(taken.status, 200);
    assert.equal((await listEveryRate(app.app)).length, RATES.length);
    const { category, from } = rate;
    const removed = { action: 'usage_rate.removed', detail: { category, from } };
    const audit = await app.control('GET', '/audit');
    const [newest, ...older] = audit.json.events as { action: string; detail: object }[];
    assert.deepEqual({ action: newest?.action, detail: newest?.detail }, removed);
    assert.deepEqual(
      older.map(({ action, detail }) => ({ action, detail })),
      [{ action: 'usage_rate.set', detail: { ...rate, price: '0.0125' } }],
    );
    const changes = await listRateChanges(app.app);
    assert.deepEqual(
      changes.map(({ action, actor_kind }) => [action, actor_kind]),
      [
        ['usage_rate.removed', 'operator'],
        ['usage_rate.set', 'operator'],
      ],
    );
  });

  test('are refused by the name of the wrong field, without a change', async () => {
    await using app = await testApp({ engine });
    const before = await digestOfData(app.app);
    const good = { category: 'sms', per: 'count', price: '0.01', from: '2026-03-18' };
    const wrong: [Record<string, string>, RegExp][] = [
      [{ category: 'pigeons' }, /^category is not a usage category/],
      [{ category: 'totalprice' }, /^category must not be totalprice/],
      [{ per: 'minute' }, /^per must be count or usage/],
      [{ price: '-0.01' }, /^price must be a decimal from 0 to 10000/],
      [{ price: '10000.000001' }, /^price must be/],
      [{ price: '0.0000001' }, /^price must be/],
      [{ price: '1e-3' }, /^price must be/],
      [{ price: 'NaN' }, /^price must be/],
      [{ price: '' }, /^price must be/],
      [{ from: '2026-02-29' }, /^from must be a date/],
      [{ from: '0000-01-01' }, /^from must be a date/],
      [{ from: '-30days' }, /^from must be a date/],
    ];
    for (const [part, message] of wrong) {
      await assert.rejects(setRateOf(app.app, { ...good, ...part }), { message });
      const { status } = await app.control('POST', '/rates', { ...good, ...part });
      assert.equal(status, 400);
    }
    const absent = { category: 'sms', from: '2026-03-18' };
    await assert.rejects(removeRateOf(app.app, absent), { message: /No rate of yours for sms/ });
    assert.equal(await digestOfData(app.app), before);
  });

  test('make no event dearer than the limit of a stated price', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await setRateOf(app.app, { category: 'sms', per: 'count', price: '10000' });
    const event = { account_sid: account.sid, category: 'sms', key: 'dear' };
    const before = await digestOfData(app.app);
    const refused = await app.control('POST', '/usage', { ...event, count: 1_001 });
    assert.equal(refused.status, 400);
    assert.match(refused.json.error, /^count comes to a price of more than 10000000/);
    assert.equal(await digestOfData(app.app), before);
    assert.equal((await app.control('POST', '/usage', { ...event, count: 1_000 })).status, 200);
    assert.deepEqual(await pricesOf(app, account), { dear: 1e13 });
  });
});
