import { hash } from 'node:crypto';
import type { ActingAccount } from '../accounts/account.ts';
import type { Act } from '../audit/act.ts';
import { type ApiError, badParameter } from '../kit/api-error.ts';
import { DAY_MS, dayOf } from '../kit/day.ts';
import { MICRO_PER_UNIT, type Micro } from '../kit/money.ts';
import { type EpochMs, iso8601 } from '../kit/utc.ts';
import { CATEGORIES } from './category.ts';
import { fetchMeteredAccounts } from './meter-ahead.ts';
import { examplesIn, priceBy, type Rate, rateOf } from './rate-card.ts';
import { fetchRates } from './rate-store.ts';
import type { UsageEvent } from './usage-event.ts';

/** Usage is accepted for so many days after it happened, and from clocks that are a little ahead. */
export const ACCEPTED_DAYS = 35;
const AHEAD_MS = 5 * 60_000;
/** The largest price of one event, given or by its rate. The sums of a batch then stay exact. */
export const MAX_EVENT_UNITS = 10_000_000;

/** An event as a caller reports it. Missing fields get defaults. */
export interface ToldUsage {
  readonly account_sid: string;
  readonly category: string;
  /** The number of things; 1 by default. */
  readonly count?: number | undefined;
  /** Millionths of the category's unit; by default as many units as the count. */
  readonly usage_micro?: Micro | undefined;
  /** The price; by default from the rate card. */
  readonly price_micro?: Micro | undefined;
  /** The time; by default now. */
  readonly at?: EpochMs | undefined;
  readonly key: string;
  /** Makes the event a correction of prices: it counts no usage, and its price may be negative. */
  readonly reason?: string | undefined;
}

/** The data for all events of one call. */
interface Known {
  readonly act: Act;
  /** The operator's rates of every category that needs the rate card. */
  readonly rates: readonly Rate[];
}

/**
 * Makes rows of the ledger from reported events. A closed account accepts usage too: the usage may
 * be from before it was closed, and a repeat must have the same answer as the first report.
 * @param nameOf gives the caller's name for a field of the event at an index
 * @throws ApiError 400/20001 that names the field, for an account that does not exist, a time that
 *   is out of range, and a price by the rate card that is too large
 */
export async function readUsage(
  act: Act,
  told: readonly ToldUsage[],
  nameOf: (field: string, place: number) => string = (field) => field,
): Promise<UsageEvent[]> {
  const sids = new Set(told.map(({ account_sid }) => account_sid));
  const found = await fetchMeteredAccounts(act.tx, [...sids]);
  const accounts = new Map(found.map((account) => [account.sid, account]));
  const known: Known = { act, rates: await ratesFor(act, told) };
  const events: UsageEvent[] = [];
  for (const [place, one] of told.entries()) {
    const wrong = (field: string, rule: string) => badParameter(nameOf(field, place), rule);
    const account = accounts.get(one.account_sid);
    if (!account) throw wrong('account_sid', 'is not an account here');
    events.push(eventOf(known, account, one, wrong));
  }
  return events;
}

/** The prices of usage of a category now, by the rate card. Nothing is metered. */
export async function pricesNow(
  act: Act,
  category: string,
): Promise<(used: { readonly count: number; readonly usage_micro: Micro }) => Micro> {
  const { app, tx, now } = act;
  const operators = await fetchRates(tx, [...(CATEGORIES.get(category)?.levels ?? [])]);
  const rate = rateOf({ operators, examples: examplesIn(app.config.mode) }, category, dayOf(now));
  return (used) => priceBy(rate, { category, ...used });
}

function ratesFor({ tx }: Act, told: readonly ToldUsage[]): Promise<Rate[]> {
  const levels = new Set<string>();
  for (const { category, price_micro } of told) {
    if (price_micro !== undefined) continue;
    for (const level of CATEGORIES.get(category)?.levels ?? []) levels.add(level);
  }
  return fetchRates(tx, [...levels]);
}

type Wrong = (field: string, rule: string) => ApiError;

function eventOf(
  { act: { app, now, actor }, rates: operators }: Known,
  account: ActingAccount,
  told: ToldUsage,
  wrong: Wrong,
): UsageEvent {
  const { category, key, reason, at = now } = told;
  demandTime(at, now, account, wrong);
  const isCorrection = reason !== undefined;
  const count = isCorrection ? 0 : (told.count ?? 1);
  const usage_micro = isCorrection ? 0 : (told.usage_micro ?? count * MICRO_PER_UNIT);
  // The digest covers given fields only, not defaults. A repeat may come on another day, or after
  // the rates have changed.
  const said = [
    category,
    count,
    usage_micro,
    told.price_micro ?? null,
    told.at ?? null,
    reason ?? null,
  ];
  const card = { operators, examples: examplesIn(app.config.mode) };
  const rate = told.price_micro === undefined ? rateOf(card, category, dayOf(at)) : null;
  const price_micro = told.price_micro ?? priceBy(rate, { category, count, usage_micro });
  if (price_micro > MAX_EVENT_UNITS * MICRO_PER_UNIT) {
    throw wrong(rate?.per ?? 'price', `comes to a price of more than ${MAX_EVENT_UNITS}`);
  }
  return {
    root_sid: account.owner_account_sid,
    account_sid: account.sid,
    key,
    category,
    at,
    count,
    usage_micro,
    price_micro,
    digest: hash('sha256', JSON.stringify(said)),
    reason: reason ?? null,
    created_by_grant: actor.grant_sid,
    date_created: now,
  };
}

function demandTime(
  at: EpochMs,
  now: EpochMs,
  { date_created }: ActingAccount,
  wrong: Wrong,
): void {
  const earliest = Math.max(now - ACCEPTED_DAYS * DAY_MS, dayOf(date_created) * DAY_MS);
  if (at < earliest || at > now + AHEAD_MS) {
    throw wrong(
      'at',
      `must be from ${iso8601(earliest)} to ${iso8601(now + AHEAD_MS)}: usage is accepted for ` +
        `${ACCEPTED_DAYS} days, and not from before the account existed`,
    );
  }
}
