import type { Account } from '../accounts/account.ts';
import { fetchAccount } from '../accounts/account-store.ts';
import { DEVELOPMENT_BALANCE } from '../accounts/create-account.ts';
import type { Db } from '../db/database.ts';
import { DAY_MS, type Day, dateText, dayOf } from '../kit/day.ts';
import { decimalOf, type Micro } from '../kit/money.ts';
import { iso8601 } from '../kit/utc.ts';
import { sumCredits } from './balance-credit-store.ts';
import { CATEGORIES, TOTAL_PRICE } from './category.ts';
import { addTo, decimalText, emptySum, isSameSum, type LedgerSum, readSum } from './ledger-sum.ts';
import { ACCEPTED_DAYS } from './read-usage.ts';
import { differenceOf, isDay, type Report } from './usage-difference.ts';
import type { UsageCounter } from './usage-event.ts';
import {
  type CounterRow,
  fetchNextAccount,
  type LedgerRow,
  listCounterPage,
  listLedgerPage,
} from './usage-ledger-store.ts';

/** The amount of checked data. */
export interface CheckedUsage {
  readonly events: number;
  readonly counters: number;
}

/** The number of rows that one query reads. */
const ROWS_AT_ONCE = 5_000;

/**
 * Adds up the ledger of a main account and its subaccounts again, and compares every counter with
 * it (I2, I9). It checks the account, category and time of each event (I3). It shares no code with
 * metering, so that an error in metering shows here. Its memory holds one sum for each day and
 * category of an account, and does not grow with the number of events.
 *
 * Only usage and the operator's credits change a balance. The balance plus all prices, less all
 * credits, must therefore equal one of the two starting balances.
 *
 * @param db a transaction that sees the same state of the data in all queries
 */
export async function verifyUsage(
  db: Db,
  root_sid: string,
  report: Report,
  rows_at_once = ROWS_AT_ONCE,
): Promise<CheckedUsage> {
  const read: Reading = { db, report, rows_at_once };
  const mains: Leaves = new Map();
  const subaccounts: Leaves = new Map();
  const checked = { events: 0, counters: 0 };
  let sid = await fetchNextAccount(db, root_sid, '');
  while (sid !== null) {
    const place = { root_sid, account_sid: sid };
    const own: Leaves = sid === root_sid ? mains : new Map();
    checked.events += await readLedger(read, place, own);
    checked.counters += await compareCounters(read, { ...place, scope: 'own' }, own);
    if (sid !== root_sid) {
      for (const leaf of own.values()) addLeaf(subaccounts, leaf);
      const nothing: Leaves = new Map();
      checked.counters += await compareCounters(read, { ...place, scope: 'subaccounts' }, nothing);
    }
    sid = await fetchNextAccount(db, root_sid, sid);
  }
  const top = { root_sid, account_sid: root_sid, scope: 'subaccounts' as const };
  checked.counters += await compareCounters(read, top, subaccounts);
  await verifyBalance(read, root_sid, [...mains.values(), ...subaccounts.values()]);
  return checked;
}

interface Reading {
  readonly db: Db;
  readonly report: Report;
  readonly rows_at_once: number;
}

/** The usage of one day in one category, from the ledger. */
interface Leaf {
  readonly day: Day;
  readonly category: string;
  readonly sum: LedgerSum;
}
type Leaves = Map<string, Leaf>;
type Place = Pick<UsageCounter, 'root_sid' | 'account_sid'>;

function addLeaf(leaves: Leaves, { day, category, sum }: Leaf): void {
  const name = `${day} ${category}`;
  let leaf = leaves.get(name);
  if (!leaf) leaves.set(name, (leaf = { day, category, sum: emptySum() }));
  addTo(leaf.sum, sum);
}

/** Adds up an account's events by day and category. @returns the number of events */
async function readLedger(
  { db, report, rows_at_once }: Reading,
  place: Place,
  leaves: Leaves,
): Promise<number> {
  const account = await fetchAccount(db, place.account_sid);
  let events = 0;
  let page: LedgerRow[] = [];
  do {
    page = await listLedgerPage(db, place, page.at(-1)?.key ?? null, rows_at_once);
    for (const row of page) {
      const wrong = wrongOf(row, account, place);
      if (wrong) {
        const what = `The event "${row.key}" ${wrong.what}.`;
        report({ promise: wrong.promise, account_sid: place.account_sid, what });
      }
      const day = dayOf(row.at);
      if (isDay(day)) addLeaf(leaves, { day, category: row.category, sum: readSum(row) });
    }
    events += page.length;
  } while (page.length === rows_at_once);
  return events;
}

/** An event may be dated so much later than the moment at which it was counted. */
const AHEAD_MS = 5 * 60_000;

/** The error of a single event; null when it has none. */
function wrongOf(
  { category, at, date_created }: LedgerRow,
  account: Account | undefined,
  { root_sid }: Place,
): { promise: 'I2' | 'I3' | 'I9'; what: string } | null {
  if (!account) return { promise: 'I2', what: 'is of an account that is not there' };
  if (account.owner_account_sid !== root_sid) {
    return { promise: 'I2', what: `is kept under ${root_sid}, which is not its main account` };
  }
  if (!CATEGORIES.has(category) || category === TOTAL_PRICE) {
    return { promise: 'I2', what: `is of the category "${category}", which nothing is metered in` };
  }
  if (!isDay(dayOf(at))) return { promise: 'I9', what: `is of no day: its time is ${at}` };
  if (date_created - at > ACCEPTED_DAYS * DAY_MS || at - date_created > AHEAD_MS) {
    const times = `${iso8601(at)}, counted at ${iso8601(date_created)}`;
    return { promise: 'I3', what: `is of ${times}: usage is not accepted that late or that early` };
  }
  return null;
}

type PeriodKey = Pick<CounterRow, 'period' | 'start' | 'category'>;

/** A counter as the ledger requires it. */
interface Expected {
  readonly key: PeriodKey;
  readonly sum: LedgerSum;
}

function nameOf({ period, start, category }: PeriodKey): string {
  return `${period} ${start} ${category}`;
}

function expectedOf(leaves: Leaves): Map<string, Expected> {
  const expected = new Map<string, Expected>();
  const add = (key: PeriodKey, sum: LedgerSum) => {
    const name = nameOf(key);
    let found = expected.get(name);
    if (!found) expected.set(name, (found = { key, sum: emptySum() }));
    addTo(found.sum, sum);
  };
  for (const { day, category, sum } of leaves.values()) {
    const price = { ...emptySum(), price_micro: sum.price_micro };
    for (const place of periodsOf(day)) {
      const levels = CATEGORIES.get(category)?.levels ?? [category];
      for (const level of levels) add({ ...place, category: level }, sum);
      add({ ...place, category: TOTAL_PRICE }, price);
    }
  }
  return expected;
}

/** The day, month, year and all time that contain a day, taken from the digits of its date. */
function periodsOf(day: Day): Pick<CounterRow, 'period' | 'start'>[] {
  const date = dateText(day);
  const dayAt = (text: string) => dayOf(Date.parse(`${text}T00:00:00Z`));
  return [
    { period: 'd', start: day },
    { period: 'm', start: dayAt(`${date.slice(0, -2)}01`) },
    { period: 'y', start: dayAt(`${date.slice(0, -5)}01-01`) },
    { period: 'a', start: 0 },
  ];
}

/**
 * Compares the counters of an account, its own or those of its subaccounts, with the sums of the
 * events. A missing counter counts as 0. @returns the number of counters
 */
async function compareCounters(
  { db, report, rows_at_once }: Reading,
  { scope, ...place }: Place & Pick<UsageCounter, 'scope'>,
  leaves: Leaves,
): Promise<number> {
  const expected = expectedOf(leaves);
  const which = scope === 'subaccounts' ? scope : 'others';
  let counters = 0;
  let page: CounterRow[] = [];
  do {
    page = await listCounterPage(db, place, {
      which,
      after: page.at(-1) ?? null,
      limit: rows_at_once,
    });
    for (const row of page) {
      const name = nameOf(row);
      const found = row.scope === scope ? expected.get(name) : undefined;
      const ledger = found?.sum ?? emptySum();
      const counter = readSum(row);
      if (!isSameSum(ledger, counter))
        report(differenceOf(place.account_sid, row, ledger, counter));
      if (found) expected.delete(name);
    }
    counters += page.length;
  } while (page.length === rows_at_once);
  const nothing = emptySum();
  for (const { key, sum } of expected.values()) {
    if (!isSameSum(sum, nothing))
      report(differenceOf(place.account_sid, { scope, ...key }, sum, nothing));
  }
  return counters;
}

/** The starting balances: 0, or in development mode some money to spend. */
export const STARTING_BALANCES: readonly Micro[] = [0, DEVELOPMENT_BALANCE];

async function verifyBalance(
  { db, report }: Reading,
  sid: string,
  leaves: readonly Leaf[],
): Promise<void> {
  const account = await fetchAccount(db, sid);
  if (!account) return;
  let spent = 0n;
  for (const { sum } of leaves) spent += sum.price_micro;
  const credited = await sumCredits(db, sid);
  const start = BigInt(account.balance_micro) + spent - BigInt(credited);
  if (STARTING_BALANCES.some((known) => BigInt(known) === start)) return;
  const begun = STARTING_BALANCES.map(decimalOf).join(' or ');
  const what =
    `The balance is ${decimalOf(account.balance_micro)}, the ledger has spent ` +
    `${decimalText(spent)}, and ${decimalOf(credited)} was credited, which makes ` +
    `${decimalText(start)}: an account begins with ${begun}.`;
  report({ promise: 'balance', account_sid: sid, what });
}
