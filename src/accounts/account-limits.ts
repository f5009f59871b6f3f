import { badParameter } from '../kit/api-error.ts';
import { MAX_REQUESTS_PER_SECOND } from '../kit/settings/load-settings.ts';
import { type Account, MAX_SUBACCOUNTS } from './account.ts';

/** The most Connect apps of one account. Deleted apps do not count. */
const MAX_CONNECT_APPS = 100;
/** The greatest limit that the operator can set for rows of any kind. */
const MAX_ALLOWED = 1_000_000;

/** The operator's limits of an account; null means the default. */
export type AccountLimits = Pick<
  Account,
  'max_subaccounts' | 'max_connect_apps' | 'max_requests_per_second'
>;

/**
 * The limits of an account: its own, otherwise the defaults. The rate is null for an account
 * without its own rate; the server's rate then applies (`http/guards/rate-limits.ts`).
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
  // The least rate is 1. To stop all requests, the operator suspends the account.
  max_requests_per_second: [1, MAX_REQUESTS_PER_SECOND],
};

/** @throws ApiError 400 that names the first limit that is not a whole number in its range */
export function demandLimits(limits: Partial<AccountLimits>): void {
  for (const [name, [least, most]] of Object.entries(RANGES)) {
    const limit = limits[name as keyof AccountLimits] ?? null;
    if (limit === null) continue;
    if (!Number.isInteger(limit) || limit < least || limit > most) {
      throw badParameter(name, `must be a whole number from ${least} to ${most}`);
    }
  }
}
