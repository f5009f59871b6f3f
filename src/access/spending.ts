import type { Actor } from '../audit/audit-event.ts';
import type { Db } from '../db/database.ts';
import { type ApiError, forbidden } from '../kit/api-error.ts';
import { dayOf, startOf } from '../kit/day.ts';
import { decimalOf } from '../kit/money.ts';
import type { EpochMs } from '../kit/utc.ts';
import { readCountries } from './countries.ts';
import { fetchBalance, fetchSpending, type Spending } from './credential-store.ts';
import { spendingReason } from './policy.ts';
import type { CallerAccount } from './principal.ts';

/** The account that spends, and the transaction of the spending. */
interface Spender {
  readonly tx: Db;
  readonly actor: Actor;
}

interface SpenderNow extends Spender {
  readonly now: EpochMs;
}

/**
 * Refuses a Connect app that has spent its grant's limit. Its spending is all usage of its
 * subaccount in this calendar month of UTC. Other callers have no limit.
 * @throws ApiError 403/20403, with `limit` and `spent` in `Tieline-Reason`
 */
export async function demandWithinLimit(spender: SpenderNow): Promise<void> {
  const spending = await spendingOf(spender);
  if (!spending) return;
  refuseEnded(spender, spending);
  refusePastLimit(spender, spending);
}

/**
 * Refuses a Connect app a recipient outside of the countries of its grant, and everything after the
 * end of the grant.
 * @param recipient `isIn` decides whether it is in one of some countries
 * @throws ApiError 403/20403, with `country` or `expired` in `Tieline-Reason`
 */
export async function demandGrantReach(
  spender: SpenderNow,
  recipient: { readonly country: string; readonly isIn: (countries: readonly string[]) => boolean },
): Promise<void> {
  const spending = await spendingOf(spender);
  if (!spending) return;
  refuseEnded(spender, spending);
  const countries = readCountries(spending.countries);
  if (countries === null || recipient.isIn(countries)) return;
  const { country } = recipient;
  throw forbidden(
    `The Connect app may reach ${countries.join(', ') || 'no country'} here, and not ${country}`,
    spendingReason(appOf(spender.actor), { country }),
  );
}

/**
 * The check for every write of a Connect app: its end, its limit, and the floor of the customer's balance.
 * @throws ApiError 403/20403, with the reason in `Tieline-Reason`
 */
export async function demandMayWrite(spender: SpenderNow): Promise<void> {
  const spending = await spendingOf(spender);
  if (!spending) return;
  refuseEnded(spender, spending);
  refusePastLimit(spender, spending);
  if (isBelowFloor(spending)) throw tooLow(spender);
}

/**
 * Refuses an act that costs money while the balance of the main account is below the operator's
 * floor. Without a floor nothing is refused. Everything that sends calls it.
 * @throws ApiError 403/20403, to a Connect app with `balance=?0` in `Tieline-Reason`
 */
export async function demandBalance(
  spender: Spender,
  account: Pick<CallerAccount, 'owner_account_sid'>,
): Promise<void> {
  const balance = await fetchBalance(spender.tx, account.owner_account_sid);
  if (balance && isBelowFloor(balance)) throw tooLow(spender);
}

async function spendingOf({ tx, actor, now }: SpenderNow) {
  if (actor.grant_sid === null) return null;
  return (await fetchSpending(tx, actor.grant_sid, startOf('m', dayOf(now)))) ?? null;
}

function refusePastLimit({ actor }: Spender, spending: Spending): void {
  const { monthly_limit_micro, spent_micro } = spending;
  if (monthly_limit_micro === null || (spent_micro ?? 0) <= monthly_limit_micro) return;
  const limit = decimalOf(monthly_limit_micro);
  const spent = decimalOf(spent_micro ?? 0);
  throw forbidden(
    `The Connect app may spend ${limit} here in a month, and the usage of this month cost ${spent}`,
    spendingReason(appOf(actor), { limit, spent }),
  );
}

function refuseEnded({ actor, now }: SpenderNow, { date_ends }: Spending): void {
  if (date_ends === null || now < date_ends) return;
  const expired = new Date(date_ends).toISOString();
  throw forbidden(
    `The customer's authorisation of the Connect app ended on ${expired}`,
    spendingReason(appOf(actor), { expired }),
  );
}

function isBelowFloor({
  balance_micro,
  balance_floor_micro,
}: Pick<Spending, 'balance_micro' | 'balance_floor_micro'>): boolean {
  return balance_floor_micro !== null && balance_micro < balance_floor_micro;
}

function tooLow({ actor }: Spender): ApiError {
  const headers = actor.grant_sid === null ? {} : spendingReason(appOf(actor), 'balance');
  return forbidden('The balance of the account is too low for this', headers);
}

function appOf({ sid, grant_sid }: Actor) {
  return { connect_app_sid: sid ?? '', grant_sid: grant_sid ?? '' };
}
