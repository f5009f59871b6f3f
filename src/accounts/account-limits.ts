import { MAX_REQUESTS_PER_SECOND } from '../config.ts';
import { badParameter } from '../kit/api-error.ts';
import { type Account, MAX_SUBACCOUNTS } from './account.ts';

/** Connect apps of one account; deleted ones do not count. */
const MAX_CONNECT_APPS = 100;
/** The most that the operator can allow of anything that is counted in rows. */
const MAX_ALLOWED = 1_000_000;

/** What the operator allows an account in place of the defaults; null: the default. */
export type AccountLimits = Pick<
  Account,
  'max_subaccounts' | 'max_connect_apps' | 'max_requests_per_second'
>;

/**
 * What an account may have: its own limits, else the defaults. Without an own rate it has the
 * one that the server was started with (`http/guards/rate-limits.ts`), and the rate is null here.
 */
export function limitsOf(account: AccountLimits & Pick<Account, 'type'>): {
  readonly max_subaccounts: number;
  readonly max_connect_apps: number;
  readonly max_requests_per_second: number | null;
} {
  return {
    max_subaccounts: account.max_subaccounts ?? MAX_SUBACCOUNTS[account.type],
    max_connect_apps: account.max_connect_apps ?? MAX_CONNECT_APPS,
    max_requests_per_second: account.max_requests_per_second,
  };
}

const RANGES: Readonly<Record<keyof AccountLimits, readonly [number, number]>> = {
  max_subaccounts: [0, MAX_ALLOWED],
  max_connect_apps: [0, MAX_ALLOWED],
  // An account that may send nothing is a suspended one.
  max_requests_per_second: [1, MAX_REQUESTS_PER_SECOND],
};

/** @throws ApiError 400 naming the first limit that is no whole number in its range. */
export function demandLimits(limits: Partial<AccountLimits>): void {
  for (const [name, [least, most]] of Object.entries(RANGES)) {
    const limit = limits[name as keyof AccountLimits] ?? null;
    if (limit === null) continue;
    if (!Number.isInteger(limit) || limit < least || limit > most) {
      throw badParameter(name, `must be a whole number from ${least} to ${most}`);
    }
  }
}
