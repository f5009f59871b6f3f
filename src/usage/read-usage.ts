import { hash } from 'node:crypto';
import type { Account } from '../accounts/account.ts';
import { fetchAccounts } from '../accounts/account-store.ts';
import type { Act } from '../audit/act.ts';
import { type ApiError, badParameter } from '../kit/api-error.ts';
import { DAY_MS, dayOf } from '../kit/day.ts';
import { MICRO_PER_UNIT, type Micro } from '../kit/money.ts';
import { type EpochMs, iso8601 } from '../kit/utc.ts';
import { CATEGORIES } from './category.ts';
import { examplesIn, priceBy, type Rate, rateOf } from './rate-card.ts';
import { fetchRates } from './rate-store.ts';
import type { UsageEvent } from './usage-event.ts';

/** How late usage may be told, and how far ahead another clock may be. */
export const ACCEPTED_DAYS = 35;
const AHEAD_MS = 5 * 60_000;
/** What one event may cost, told or by its rate: sums over a batch then stay exact. */
export const MAX_EVENT_UNITS = 10_000_000;

/** Usage as somebody tells it; what they leave out is filled in here. */
export interface ToldUsage {
  readonly account_sid: string;
  readonly category: string;
  /** How many; 1 unless told. */
  readonly count?: number | undefined;
  /** Millionths of the category's unit; as many units as were counted, unless told. */
  readonly usage_micro?: Micro | undefined;
  /** By the rate card, unless told. */
  readonly price_micro?: Micro | undefined;
  /** Now, unless told. */
  readonly at?: EpochMs | undefined;
  readonly key: string;
  /** Makes it a correction of prices: it counts nothing, and its price may be negative. */
  readonly reason?: string | undefined;
}

/** What is known of all the events of one call. */
interface Known {
  readonly act: Act;
  /** The operator's, of every category that goes by the rate card. */
  readonly rates: readonly Rate[];
}

/**
 * Makes rows of the ledger of what was told.
 * @param nameOf how the caller knows a field of the event at a place
 * A closed account takes usage too: it is what it used before, and a repeat is no other than the
 * first time.
 * @throws ApiError 400/20001 for an account that is not there, a time that is out of range, and a
 * price by the rate card that is too large; it names the field.
 */
export async function readUsage(
  act: Act,
  told: readonly ToldUsage[],
  nameOf: (field: string, place: number) => string = (field) => field,
): Promise<UsageEvent[]> {
  const sids = new Set(told.map(({ account_sid }) => account_sid));
  const found = await fetchAccounts(act.tx, [...sids]);
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
  account: Account,
  told: ToldUsage,
  wrong: Wrong,
): UsageEvent {
  const { category, key, reason, at = now } = told;
  demandTime(at, now, account, wrong);
  const isCorrection = reason !== undefined;
  const count = isCorrection ? 0 : (told.count ?? 1);
  const usage_micro = isCorrection ? 0 : (told.usage_micro ?? count * MICRO_PER_UNIT);
  // What was left out is no part of what was told: a repeat may come on another day, and after
  // another price list.
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

function demandTime(at: EpochMs, now: EpochMs, { date_created }: Account, wrong: Wrong): void {
  const earliest = Math.max(now - ACCEPTED_DAYS * DAY_MS, dayOf(date_created) * DAY_MS);
  if (at < earliest || at > now + AHEAD_MS) {
    throw wrong(
      'at',
      `must be from ${iso8601(earliest)} to ${iso8601(now + AHEAD_MS)}: usage is taken for ` +
        `${ACCEPTED_DAYS} days, and not from before there was the account`,
    );
  }
}
