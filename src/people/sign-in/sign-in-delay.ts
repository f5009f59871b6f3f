import type { Selectable } from 'kysely';
import type { Tables } from '../../db/tables/tables.ts';
import { ApiError } from '../../kit/api-error.ts';
import { isIpv6, isShared, networkOf } from '../../kit/network.ts';
import { digestOf } from '../../kit/seal.ts';
import type { EpochMs } from '../../kit/utc.ts';
import { type KnownPlace, NETWORK_BITS } from './known-place.ts';

/**
 * Growing delays in place of lockouts. Attempts to sign in are counted by what
 * they have in common, before they are looked at; from some number of failures on, the next
 * one is refused until a time that doubles with each.
 */
export type Failures = Selectable<Tables['sign_in_failures']>;

interface Rule {
  /** This failure is the first with a delay after it. */
  readonly free: number;
  readonly longest_ms: number;
  /** Success wipes the count out; otherwise it only takes its own attempt back. */
  readonly cleared: boolean;
}

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 15 * 60_000;
/** A count that nothing was added to for so long begins anew. */
export const FAILURES_FADE_MS = 24 * 3_600_000;

const RULES = {
  /**
   * One address from one network: a person who mistypes, or somebody who guesses at them. Right
   * ones count too until they are looked at, so some may arrive together.
   */
  pair: { free: 10, longest_ms: LONGEST_DELAY_MS, cleared: true },
  /** One address from anywhere. Short, so that strangers cannot keep its person out for long. */
  email: { free: 20, longest_ms: 60_000, cleared: false },
  /** Any address from one network, which an office may share: a /24 of IPv4, a /64 of IPv6. */
  network: { free: 100, longest_ms: LONGEST_DELAY_MS, cleared: false },
  /** What one provider's customer may have of IPv6, who then has thousands of networks. */
  network56: { free: 200, longest_ms: LONGEST_DELAY_MS, cleared: false },
  network48: { free: 400, longest_ms: LONGEST_DELAY_MS, cleared: false },
  /** One person in a browser that they signed in with before. */
  browser: { free: 10, longest_ms: LONGEST_DELAY_MS, cleared: true },
  /** The second factor of somebody whose password was right; a known place counts by itself. */
  factor: { free: 5, longest_ms: LONGEST_DELAY_MS, cleared: true },
} as const satisfies Record<string, Rule>;

const WIDER = { network56: { ipv4: 24, ipv6: 56 }, network48: { ipv4: 24, ipv6: 48 } };

/** What an attempt is counted under, in the order in which rows are locked. */
export interface Counted {
  readonly keys: readonly string[];
  /** The counts that may hold it up: only its own, where the person signed in before. */
  readonly held_up_by: ReadonlySet<string>;
}

/**
 * What an attempt to sign in is counted under.
 * @param known where the person signed in before, if it comes from there
 */
export function countsOfSignIn(email: string, address: string, known: KnownPlace | null): Counted {
  const who = digestOf(email);
  if (known?.kind === 'browser') return counted([`browser|${who}|${known.id}`]);
  const pair = `pair|${who}|${networkOf(address, NETWORK_BITS)}`;
  const networks = networkKeys(address);
  // Strangers in the same network are counted there, and so is who guesses at the people of it.
  if (known) return counted([pair, ...networks], [pair]);
  return counted([`email|${who}`, pair, ...networks]);
}

/** The counts without the one that strangers elsewhere fill; null: there is no such count. */
export function ofOwnPlace({ keys }: Counted): Counted | null {
  const own = keys.filter((key) => !key.startsWith('email|'));
  return own.length < keys.length ? counted(own) : null;
}

/** An address inside of a network of its own is often a proxy's, and then stands for everybody. */
function networkKeys(address: string): string[] {
  if (isShared(address)) return [];
  const nearest = `network|${networkOf(address, NETWORK_BITS)}`;
  if (!isIpv6(address)) return [nearest];
  const wider = Object.entries(WIDER).map(([key, bits]) => `${key}|${networkOf(address, bits)}`);
  return [nearest, ...wider];
}

/** What an attempt at the second factor is counted under. */
export function countsOfSecondStep(
  person_sid: string,
  address: string,
  known: KnownPlace | null,
): Counted {
  const place = known?.kind === 'browser' ? known.id : networkOf(address, NETWORK_BITS);
  return counted([known ? `factor|${person_sid}|${place}` : `factor|${person_sid}`]);
}

function counted(keys: readonly string[], held_up_by = keys): Counted {
  return { keys: keys.toSorted(), held_up_by: new Set(held_up_by) };
}

/** A count with one more failure in it. */
export function withFailure(counted: Failures, now: EpochMs): Failures {
  const faded = now - counted.date_updated > FAILURES_FADE_MS;
  const failures = (faded ? 0 : counted.failures) + 1;
  const { free, longest_ms } = ruleOf(counted.key);
  const doublings = Math.min(failures - free, 30);
  const delay = failures < free ? 0 : Math.min(longest_ms, FIRST_DELAY_MS * 2 ** doublings);
  return { ...counted, failures, date_next: now + delay, date_updated: now };
}

/** A count after an attempt in it that was right; null: there is nothing to count any more. */
export function afterSuccess(counted: Failures, now: EpochMs): Failures | null {
  if (ruleOf(counted.key).cleared || counted.failures <= 1) return null;
  return { ...counted, failures: counted.failures - 1, date_next: now, date_updated: now };
}

function ruleOf(key: string): Rule {
  return RULES[key.slice(0, key.indexOf('|')) as keyof typeof RULES];
}

/** 429 with `Retry-After`: an attempt that came too early, and was not looked at. */
export function tooEarly(wait_ms: number): ApiError {
  const seconds = Math.ceil(wait_ms / 1_000);
  const minutes = Math.ceil(seconds / 60);
  const wait =
    seconds < 120 ? `${seconds} second${seconds === 1 ? '' : 's'}` : `${minutes} minutes`;
  return new ApiError(429, 20429, `Those were too many attempts. Wait ${wait}, then try again.`, {
    'Retry-After': String(seconds),
  });
}
