import { COUNTRY_RULE, isCountry, readCountries } from '../access/countries.ts';
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
  'max_subaccounts' | 'max_connect_apps' | 'max_requests_per_second' | keyof TrafficLimits
>;

/** The limits of an account's messages and calls. A main account's count its subaccounts in. */
export type TrafficLimits = Pick<
  Account,
  'max_messages_per_second' | 'max_calls_per_second' | 'max_calls_at_once' | 'countries'
>;

/**
 * The limits of an account: its own, otherwise the defaults. The rate is null for an account
 * without its own rate; the server's rate then applies (`http/guards/rate-limits.ts`).
 */
export function limitsOf(
  account: Omit<AccountLimits, keyof TrafficLimits> & Pick<Account, 'type'>,
): {
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

/** The greatest number of messages, or of calls, that the operator can allow in a second. */
export const MAX_TRAFFIC_PER_SECOND = 100_000;
export const MAX_CALLS_AT_ONCE = 1_000_000;

const RANGES: Readonly<
  Record<Exclude<keyof AccountLimits, 'countries'>, readonly [number, number]>
> = {
  max_subaccounts: [0, MAX_ALLOWED],
  max_connect_apps: [0, MAX_ALLOWED],
  // The least rate is 1. To stop all requests, the operator suspends the account.
  max_requests_per_second: [1, MAX_REQUESTS_PER_SECOND],
  max_messages_per_second: [0, MAX_TRAFFIC_PER_SECOND],
  max_calls_per_second: [0, MAX_TRAFFIC_PER_SECOND],
  max_calls_at_once: [0, MAX_CALLS_AT_ONCE],
};

/**
 * @throws ApiError 400 that names the first limit that is not a whole number in its range, or the
 *   first country that is none
 */
export function demandLimits(limits: Partial<AccountLimits>): void {
  const unknown = readCountries(limits.countries ?? null)?.find((country) => !isCountry(country));
  if (unknown !== undefined) throw badParameter('countries', `${COUNTRY_RULE}, unlike ${unknown}`);
  for (const [name, [least, most]] of Object.entries(RANGES)) {
    const limit = limits[name as keyof typeof RANGES] ?? null;
    if (limit === null) continue;
    if (!Number.isInteger(limit) || limit < least || limit > most) {
      throw badParameter(name, `must be a whole number from ${least} to ${most}`);
    }
  }
}
