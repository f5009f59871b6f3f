import type { Selectable } from 'kysely';
import type { Tables } from '../../db/tables/tables.ts';
import { ApiError } from '../../kit/api-error.ts';
import { isIpv6, isShared, networkOf } from '../../kit/network.ts';
import { digestOf } from '../../kit/seal.ts';
import type { EpochMs } from '../../kit/utc.ts';
import { type KnownPlace, NETWORK_BITS } from './known-place.ts';

/**
 * Growing delays instead of lockouts. Attempts to sign in are counted by their common facts, such
 * as the address or the network, before they are checked. After a number of failures the next
 * attempt is refused for a time that doubles with each further failure.
 */
export type Failures = Selectable<Tables['sign_in_failures']>;

interface Rule {
  /** The number of the first failure that causes a delay. */
  readonly free: number;
  readonly longest_ms: number;
  /** Whether a success clears the count; otherwise it only takes back its own attempt. */
  readonly cleared: boolean;
}

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 15 * 60_000;
/** A count without a failure for this time begins again at 0. */
export const FAILURES_FADE_MS = 24 * 3_600_000;

const RULES = {
  /**
   * One e-mail address from one network: a person who mistypes, or an attacker. Right attempts
   * count too until they are checked, so several may arrive together.
   */
  pair: { free: 10, longest_ms: LONGEST_DELAY_MS, cleared: true },
  /**
   * One e-mail address from anywhere. The delay is short, so that strangers cannot keep a person
   * out.
   */
  email: { free: 20, longest_ms: 60_000, cleared: false },
  /** All e-mail addresses from one network, such as an office: a /24 of IPv4, a /64 of IPv6. */
  network: { free: 100, longest_ms: LONGEST_DELAY_MS, cleared: false },
  /** A customer of an IPv6 provider may have a /56 or a /48, with thousands of networks. */
  network56: { free: 200, longest_ms: LONGEST_DELAY_MS, cleared: false },
  network48: { free: 400, longest_ms: LONGEST_DELAY_MS, cleared: false },
  /** One person in a known browser. */
  browser: { free: 10, longest_ms: LONGEST_DELAY_MS, cleared: true },
  /** The second factor after a right password. A known place has its own count. */
  factor: { free: 5, longest_ms: LONGEST_DELAY_MS, cleared: true },
} as const satisfies Record<string, Rule>;

const WIDER = { network56: { ipv4: 24, ipv6: 56 }, network48: { ipv4: 24, ipv6: 48 } };

/** The counts of an attempt, in the order in which their rows are locked. */
export interface Counted {
  readonly keys: readonly string[];
  /** The counts that may delay it. At a known place only its own count may. */
  readonly held_up_by: ReadonlySet<string>;
}

/**
 * The counts of an attempt to sign in.
 * @param known the known place that it comes from, or null
 */
export function countsOfSignIn(email: string, address: string, known: KnownPlace | null): Counted {
  const who = digestOf(email);
  if (known?.kind === 'browser') return counted([`browser|${who}|${known.id}`]);
  const pair = `pair|${who}|${networkOf(address, NETWORK_BITS)}`;
  const networks = networkKeys(address);
  // The networks still count it: strangers in the same network may guess at its people.
  if (known) return counted([pair, ...networks], [pair]);
  return counted([`email|${who}`, pair, ...networks]);
}

/** The counts without the one that strangers elsewhere fill; null when they do not have it. */
export function ofOwnPlace({ keys }: Counted): Counted | null {
  const own = keys.filter((key) => !key.startsWith('email|'));
  return own.length < keys.length ? counted(own) : null;
}

/**
 * The keys of an address's networks. A private address often belongs to a proxy for many people.
 */
function networkKeys(address: string): string[] {
  if (isShared(address)) return [];
  const nearest = `network|${networkOf(address, NETWORK_BITS)}`;
  if (!isIpv6(address)) return [nearest];
  const wider = Object.entries(WIDER).map(([key, bits]) => `${key}|${networkOf(address, bits)}`);
  return [nearest, ...wider];
}

/** The counts of an attempt at the second factor. */
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

/** A count with one more failure. */
export function withFailure(counted: Failures, now: EpochMs): Failures {
  const faded = now - counted.date_updated > FAILURES_FADE_MS;
  const failures = (faded ? 0 : counted.failures) + 1;
  const { free, longest_ms } = ruleOf(counted.key);
  const doublings = Math.min(failures - free, 30);
  const delay = failures < free ? 0 : Math.min(longest_ms, FIRST_DELAY_MS * 2 ** doublings);
  return { ...counted, failures, date_next: now + delay, date_updated: now };
}

/** A count after a success; null when nothing remains to count. */
export function afterSuccess(counted: Failures, now: EpochMs): Failures | null {
  if (ruleOf(counted.key).cleared || counted.failures <= 1) return null;
  return { ...counted, failures: counted.failures - 1, date_next: now, date_updated: now };
}

function ruleOf(key: string): Rule {
  return RULES[key.slice(0, key.indexOf('|')) as keyof typeof RULES];
}

/** 429 with `Retry-After` for an attempt that came too early and was not checked. */
export function tooEarly(wait_ms: number): ApiError {
  const seconds = Math.ceil(wait_ms / 1_000);
  const minutes = Math.ceil(seconds / 60);
  const wait =
    seconds < 120 ? `${seconds} second${seconds === 1 ? '' : 's'}` : `${minutes} minutes`;
  return new ApiError(429, 20429, `Those were too many attempts. Wait ${wait}, then try again.`, {
    headers: { 'Retry-After': String(seconds) },
  });
}
