import type { Actor } from '../audit/audit-event.ts';
import type { Db } from '../db/database.ts';
import { type ApiError, forbidden } from '../kit/api-error.ts';
import { dayOf, startOf } from '../kit/day.ts';
import { decimalOf } from '../kit/money.ts';
import type { EpochMs } from '../kit/utc.ts';
import { fetchBalance, fetchSpending, type Spending } from './credential-store.ts';
import { spendingReason } from './policy.ts';
import type { CallerAccount } from './principal.ts';

/** Who spends, and the transaction that it is to happen in. */
interface Spender {
  readonly tx: Db;
  readonly actor: Actor;
}

interface SpenderNow extends Spender {
  readonly now: EpochMs;
}

/**
 * Refuses a Connect app that has spent more than its grant's limit: what its subaccount itself
 * used in this calendar month of UTC, whoever told of it. For anybody else there is no limit.
 * @throws ApiError 403/20403, with `limit` and `spent` in `Tieline-Reason`
 */
export async function demandWithinLimit(spender: SpenderNow): Promise<void> {
  const spending = await spendingOf(spender);
  if (spending) refusePastLimit(spender, spending);
}

/**
 * The same, and that the customer's balance is not below its floor: what a Connect app's every
 * write needs.
 * @throws ApiError 403/20403, with the reason in `Tieline-Reason`
 */
export async function demandMayWrite(spender: SpenderNow): Promise<void> {
  const spending = await spendingOf(spender);
  if (!spending) return;
  refusePastLimit(spender, spending);
  if (isBelowFloor(spending)) throw tooLow(spender);
}

/**
 * Refuses what costs money while the balance of the main account is below the floor that the
 * operator set it; without a floor it may be anything. For whatever sends.
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
    `The Connect app may spend ${limit} here in a month, and this one has come to ${spent}`,
    spendingReason(appOf(actor), { limit, spent }),
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
