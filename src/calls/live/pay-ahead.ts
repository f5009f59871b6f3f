import { fetchBalance, fetchSpending } from '../../access/credential-store.ts';
import type { Act } from '../../audit/act.ts';
import { holdAccounts } from '../../db/hold-accounts.ts';
import { dayOf, startOf } from '../../kit/day.ts';
import { MICRO_PER_UNIT } from '../../kit/money.ts';
import { pricesNow } from '../../usage/read-usage.ts';
import type { Call } from '../call.ts';
import { optionsOf } from '../call-options.ts';
import { type Paid, payLeg, sumReserved } from './leg-store.ts';
import type { Reports } from './reports.ts';

/** The minutes that a call is paid ahead. With more, one call would keep others from beginning. */
const MINUTES_AHEAD = 5;

/**
 * Pays some more minutes of a call on a wire ahead, if the main account has a floor of its balance
 * or the app a limit. What other calls have paid ahead counts as spent, so all of them together stay
 * within both.
 * @param paid_seconds what is paid already
 * @returns null: nothing limits the call
 */
export async function payAhead(act: Act, call: Call, paid_seconds: number): Promise<Paid | null> {
  const { app, tx } = act;
  if ((await leftFor(act, call)) === null) return null;
  // Processes that pay for calls of one account do so one after the other.
  await holdAccounts(tx, app.database.engine, new Set([call.root_sid]));
  const left = (await leftFor(act, call)) ?? Number.POSITIVE_INFINITY;
  const priceOf = await pricesNow(act, optionsOf(call).category);
  const price = (minutes: number) => priceOf({ count: 1, usage_micro: minutes * MICRO_PER_UNIT });
  const before = paid_seconds / 60;
  let minutes = before;
  while (minutes < before + MINUTES_AHEAD && price(minutes + 1) <= left) minutes += 1;
  return { paid_seconds: minutes * 60, reserved_micro: price(minutes) };
}

/** The money that a call may cost, beside what other calls have paid ahead; null: any. */
async function leftFor(act: Act, call: Call): Promise<number | null> {
  const { tx, now } = act;
  const { root_sid, created_by_grant: grant } = call;
  const lefts: number[] = [];
  const balance = await fetchBalance(tx, root_sid);
  if (balance && balance.balance_floor_micro !== null) {
    const reserved = await sumReserved(tx, call, { of: 'account' });
    lefts.push(balance.balance_micro - balance.balance_floor_micro - reserved);
  }
  const month = startOf('m', dayOf(now));
  const spending = grant === null ? undefined : await fetchSpending(tx, grant, month);
  if (spending && spending.monthly_limit_micro !== null) {
    const reserved = await sumReserved(tx, call, { of: 'grant' });
    lefts.push(spending.monthly_limit_micro - (spending.spent_micro ?? 0) - reserved);
  }
  return lefts.length === 0 ? null : Math.min(...lefts);
}

/** The time of a call on a wire that is paid ahead. */
export class PaidTime {
  #seconds: number | null;
  /** Whether no more could be paid when it was asked for. */
  isSpent = false;

  /** @param seconds null: nothing limits the call's costs */
  constructor(seconds: number | null) {
    this.#seconds = seconds;
  }

  /** A number of seconds, as far as they are paid. */
  within(seconds: number): number {
    return Math.min(seconds, this.#seconds ?? seconds);
  }

  /** Whether more must be paid before a call may last so long. */
  isShortOf(seconds: number): boolean {
    return this.within(seconds) < seconds;
  }

  /** @returns false: the call has ended */
  async payMore(reports: Reports): Promise<boolean> {
    let seconds = this.#seconds;
    const isRecorded = await reports.recordNow(async (act, call) => {
      const more = await payAhead(act, call, this.#seconds ?? 0);
      await payLeg(act.tx, { call_sid: call.sid, root_sid: call.root_sid }, more);
      seconds = more?.paid_seconds ?? null;
      return call;
    });
    this.isSpent = seconds === this.#seconds;
    this.#seconds = seconds;
    return isRecorded;
  }
}
