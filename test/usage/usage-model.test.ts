import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CATEGORIES } from '../../src/usage/category.ts';
import { verify } from '../../src/verify/verify.ts';
import {
  loginOf,
  onEveryEngine,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

const RUNS = 12;
const DAY = 86_400_000;
/** The leap day of 2028, two weeks before the story ends. */
const NOW = Date.UTC(2028, 2, 14, 12);

interface Told {
  readonly account: number;
  readonly category: string;
  readonly count: number;
  readonly usage: string;
  readonly price: string;
  readonly at: string;
  readonly key: string;
}

/** The model's data: every accepted event, and no sums. */
type Ledger = Map<string, Told>;

const categories = [
  'sms-inbound-longcode',
  'sms-outbound-shortcode',
  'sms',
  'calls-inbound-tollfree-local',
  'phonenumbers-local',
];
const micro = fc
  .integer({ min: 0, max: 5_000_000 })
  .map((value) => `${Math.floor(value / 1e6)}.${String(value % 1e6).padStart(6, '0')}`);
const told: fc.Arbitrary<Told> = fc.record({
  account: fc.nat(2),
  category: fc.constantFrom(...categories),
  count: fc.nat(20),
  usage: micro,
  price: micro,
  at: fc
    .oneof(
      fc.integer({ min: 0, max: 34 * DAY }),
      // Around midnights, with the turn of the month and the leap day.
      fc
        .tuple(fc.nat(33), fc.constantFrom(-1, 0, 1))
        .map(([days, ms]) => days * DAY + DAY / 2 + ms),
    )
    .map((ago) => new Date(NOW - ago).toISOString()),
  key: fc.nat(600).map((number) => `key ${number}`),
});
/** New events and repeats. A repeat is a place in the ledger. */
const batch = fc.array(fc.oneof(told, fc.nat(40)), { minLength: 1, maxLength: 12 });

const toMicro = (text: string) => Math.round(Number(text) * 1e6);

/** Adds up the ledger, the slow and obvious way. */
function sumOf(
  ledger: Ledger,
  accounts: readonly number[],
  category: string,
  isIn: (date: string) => boolean,
) {
  const sum = { count: 0, usage: 0, price: 0 };
  for (const event of ledger.values()) {
    const levels = CATEGORIES.get(event.category)?.levels ?? [];
    const isTotal = category === 'totalprice';
    if (!accounts.includes(event.account) || !isIn(event.at.slice(0, 10))) continue;
    if (!isTotal && !levels.includes(category)) continue;
    sum.count += isTotal ? 0 : event.count;
    sum.usage += isTotal ? 0 : toMicro(event.usage);
    sum.price += toMicro(event.price);
  }
  return sum;
}

interface Record_ {
  readonly category: string;
  readonly start_date: string;
  readonly end_date: string;
  readonly count: string | null;
  readonly usage: string;
  readonly price: string;
}

async function recordsOf(
  app: TestApp,
  account: TestAccount,
  path: string,
  query: string,
): Promise<Record_[]> {
  const records: Record_[] = [];
  let next: string | null =
    `/2010-04-01/Accounts/${account.sid}/Usage/Records${path}.json?PageSize=1000&${query}`;
  while (next !== null) {
    const { status, json, text } = await app.get(next, loginOf(account));
    assert.equal(status, 200, text);
    records.push(...json.usage_records);
    next = json.next_page_uri;
  }
  return records;
}

onEveryEngine('every usage record', (engine) => {
  test('equals the sum of its events, for any events and repeats in any order', async () => {
    await using app = await testApp({ engine, now: NOW });
    let repeated = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 8 }), async (batches) => {
        const main = await app.anAccount();
        const accounts = [main, await app.aSubaccount(main), await app.aSubaccount(main)];
        await madeLongAgo(app, accounts);
        const ledger: Ledger = new Map();
        for (const one of batches) {
          const known = [...ledger.values()];
          const events = one.flatMap((told) =>
            typeof told === 'number' ? (known[told % known.length] ?? []) : told,
          );
          if (events.length > 0) repeated += await meter(app, accounts, ledger, events);
        }
        await compare(app, accounts, ledger);
      }),
      { numRuns: RUNS },
    );
    assert.ok(repeated > RUNS, 'events are repeated');
    // `verify` checks every counter of every period, also those that no list above used.
    assert.deepEqual((await verify(app.app)).differences, []);
  });
});

/** Dates accounts back, because usage of days before the account is refused. */
async function madeLongAgo(app: TestApp, accounts: readonly TestAccount[]): Promise<void> {
  await app.app.database.write(async (tx) => {
    const sids = accounts.map(({ sid }) => sid);
    const date_created = NOW - 40 * DAY;
    await tx.updateTable('accounts').set({ date_created }).where('sid', 'in', sids).execute();
  });
}

/**
 * Gives a batch to the product and to the model. Both accept it as a whole or not at all.
 * @returns the number of its events that were known before.
 */
async function meter(
  app: TestApp,
  accounts: readonly TestAccount[],
  ledger: Ledger,
  batch: readonly Told[],
): Promise<number> {
  const name = (event: Told) => `${event.account} ${event.key}`;
  const after = new Map(ledger);
  let isSame = true;
  for (const event of batch) {
    const before = after.get(name(event));
    if (before && JSON.stringify(before) !== JSON.stringify(event)) isSame = false;
    after.set(name(event), before ?? event);
  }
  const body = batch.map(({ account, ...event }) => ({
    ...event,
    account_sid: accounts[account]?.sid,
  }));
  const reply = await app.control('POST', '/usage', body);
  assert.equal(reply.status, isSame ? 200 : 409, reply.text);
  if (!isSame) return 0;
  const accepted = after.size - ledger.size;
  assert.deepEqual(reply.json, { accepted, repeated: batch.length - accepted });
  for (const [key, event] of after) ledger.set(key, event);
  return batch.length - accepted;
}

async function compare(app: TestApp, accounts: readonly TestAccount[], ledger: Ledger) {
  const used = new Set(
    [...ledger.values()].flatMap(({ category }) => CATEGORIES.get(category)?.levels ?? []),
  );
  const views: [TestAccount, string, number[]][] = [
    [accounts[0] as TestAccount, '', [0, 1, 2]],
    [accounts[0] as TestAccount, 'IncludeSubaccounts=false', [0]],
    [accounts[1] as TestAccount, '', [1]],
  ];
  for (const [account, query, of] of views) {
    for (const path of ['', '/AllTime', '/Today', '/Yesterday', '/ThisMonth', '/LastMonth']) {
      const records = await recordsOf(app, account, path, query);
      assert.equal(records.length, CATEGORIES.size);
      for (const record of records) {
        if (!used.has(record.category) && record.category !== 'totalprice') {
          assert.deepEqual([record.usage, record.price], ['0', '0'], record.category);
          continue;
        }
        assertSum(record, ledger, of);
      }
    }
    for (const path of ['/Daily', '/Monthly', '/Yearly']) {
      for (const category of ['sms', 'sms-inbound', 'totalprice', 'calls']) {
        const range = 'StartDate=-33days&EndDate=2028-03-13';
        const records = await recordsOf(
          app,
          account,
          path,
          `${query}&${range}&Category=${category}`,
        );
        assert.ok(records.length > 0);
        for (const record of records) assertSum(record, ledger, of);
        const dates = records.map(({ start_date }) => start_date);
        assert.deepEqual(dates, dates.toSorted().toReversed());
      }
    }
    const odd = await recordsOf(
      app,
      account,
      '',
      `${query}&StartDate=2028-02-28&EndDate=2028-03-01`,
    );
    for (const record of odd) if (used.has(record.category)) assertSum(record, ledger, of);
  }
}

function assertSum(record: Record_, ledger: Ledger, of: number[]): void {
  const { category, start_date, end_date } = record;
  const isIn = (date: string) => date >= start_date && date <= end_date;
  const sum = sumOf(ledger, of, category, isIn);
  const isTotal = category === 'totalprice';
  const what = `${category} from ${start_date} to ${end_date}`;
  assert.equal(record.count, isTotal ? null : String(sum.count), what);
  assert.equal(toMicro(record.usage), isTotal ? sum.price : sum.usage, what);
  assert.equal(toMicro(record.price), sum.price, what);
}
