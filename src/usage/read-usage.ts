import { hash } from 'node:crypto';
import type { Account } from '../accounts/account.ts';
import { fetchAccount } from '../accounts/account-store.ts';
import type { Act } from '../audit/act.ts';
import { badParameter } from '../kit/api-error.ts';
import { DAY_MS, dayOf } from '../kit/day.ts';
import { MICRO_PER_UNIT, type Micro } from '../kit/money.ts';
import { type EpochMs, iso8601 } from '../kit/utc.ts';
import { priceOf, RATES } from './rate-card.ts';
import type { UsageEvent } from './usage-event.ts';

/** How late usage may be told, and how far ahead another clock may be. */
export const ACCEPTED_DAYS = 35;
const AHEAD_MS = 5 * 60_000;

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

/**
 * Makes rows of the ledger of what was told.
 * @throws ApiError 400/20001 for an account that is not there or is closed, and a time that is
 * out of range; `name` of the parameter as its caller knows it.
 */
export async function readUsage(act: Act, told: readonly ToldUsage[]): Promise<UsageEvent[]> {
  const accounts = new Map<string, Account>();
  const events: UsageEvent[] = [];
  for (const one of told) {
    let account = accounts.get(one.account_sid);
    if (!account) {
      const found = await fetchAccount(act.tx, one.account_sid);
      if (!found) throw badParameter('account_sid', `${one.account_sid} is not an account`);
      if (found.status === 'closed') throw badParameter('account_sid', 'is a closed account');
      account = found;
      accounts.set(account.sid, account);
    }
    events.push(eventOf(act, account, one));
  }
  return events;
}

function eventOf({ now, actor }: Act, account: Account, told: ToldUsage): UsageEvent {
  const { category, key, reason, price_micro, at = now } = told;
  demandTime(at, now, account);
  const isCorrection = reason !== undefined;
  const count = isCorrection ? 0 : (told.count ?? 1);
  const usage_micro = isCorrection ? 0 : (told.usage_micro ?? count * MICRO_PER_UNIT);
  // What was left out is no part of what was told: a repeat may come on another day, and after
  // another price list.
  const said = [category, count, usage_micro, price_micro ?? null, told.at ?? null, reason ?? null];
  return {
    root_sid: account.owner_account_sid,
    account_sid: account.sid,
    key,
    category,
    at,
    count,
    usage_micro,
    price_micro: price_micro ?? priceOf(RATES, { category, count, usage_micro }, dayOf(at)),
    digest: hash('sha256', JSON.stringify(said)),
    reason: reason ?? null,
    created_by_grant: actor.grant_sid,
    date_created: now,
  };
}

function demandTime(at: EpochMs, now: EpochMs, { date_created }: Account): void {
  const earliest = Math.max(now - ACCEPTED_DAYS * DAY_MS, dayOf(date_created) * DAY_MS);
  if (at < earliest || at > now + AHEAD_MS) {
    throw badParameter(
      'at',
      `must be from ${iso8601(earliest)} to ${iso8601(now + AHEAD_MS)}: usage is taken for ` +
        `${ACCEPTED_DAYS} days, and not from before there was the account`,
    );
  }
}
