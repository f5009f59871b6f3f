import type { Account } from '../../accounts/account.ts';
import type { App } from '../../app.ts';
import { type Act, act } from '../../audit/act.ts';
import { OPERATOR } from '../../audit/audit-event.ts';
import { ConfigError } from '../../config.ts';
import { decimalOf, MICRO_PER_UNIT, type Micro, readDecimal } from '../../kit/money.ts';
import { iso8601 } from '../../kit/utc.ts';
import { listCredits } from '../../usage/balance-credit-store.ts';
import { changeBalanceFloor, MAX_LIMIT } from '../../usage/change-limits.ts';
import { creditBalance } from '../../usage/credit-balance.ts';
import { demandAccount } from '../demand-account.ts';

/** The number of credits that are shown, newest first. */
const CREDITS_SHOWN = 100;
const KEY_BYTES = 16;

type Row = Record<string, string | null>;

/** A balance, its floor, and its credits, newest first. */
export async function showBalance(
  { database: { db } }: App,
  sid: string,
): Promise<{ readonly account: Row; readonly credits: Row[] }> {
  const account = shown(await demandAccount(db, sid));
  const credits = await listCredits(db, sid, CREDITS_SHOWN);
  return {
    account,
    credits: credits.map(({ key, amount_micro, reason, date_created }) => ({
      date_created: iso8601(date_created),
      amount: decimalOf(amount_micro),
      key,
      reason,
    })),
  };
}

/** Sets the floor of a balance. Below it apps may not write, and nothing is sent. */
export async function setFloor(app: App, sid: string, text: string): Promise<Row> {
  const floor = text === 'none' ? null : readFloor(text);
  return changed(app, sid, async (doing, account) => changeBalanceFloor(doing, account, floor));
}

/** Adds to a balance, or takes money back. Without a key, each call counts. */
export async function credit(
  app: App,
  sid: string,
  { amount, reason, key }: { amount: string; reason: string; key?: string },
): Promise<Row & { readonly repeated: string }> {
  let repeated = false;
  const row = await changed(app, sid, async (doing, account) => {
    const random = app.randomBytes(KEY_BYTES).toString('hex');
    ({ repeated } = await creditBalance(doing, account, { amount, reason, key: key ?? random }));
  });
  return { ...row, repeated: repeated ? 'yes' : 'no' };
}

function changed(
  app: App,
  sid: string,
  change: (doing: Act, account: Account) => Promise<void>,
): Promise<Row> {
  return act(app, OPERATOR, async (doing) => {
    await change(doing, await demandAccount(doing.tx, sid));
    return shown(await demandAccount(doing.tx, sid));
  });
}

function readFloor(text: string): Micro {
  const micro = readDecimal(text);
  if (micro === null || Math.abs(micro) > MAX_LIMIT * MICRO_PER_UNIT) {
    throw new ConfigError(
      `The floor must be none, or a decimal from -${MAX_LIMIT} to ${MAX_LIMIT} with up to six places.`,
    );
  }
  return micro;
}

function shown(account: {
  sid: string;
  balance_micro: Micro;
  balance_floor_micro: Micro | null;
}): Row {
  const { sid, balance_micro, balance_floor_micro } = account;
  const balance_floor = balance_floor_micro === null ? null : decimalOf(balance_floor_micro);
  return { sid, balance: decimalOf(balance_micro), balance_floor };
}
