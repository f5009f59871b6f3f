import ipaddr from 'ipaddr.js';
import type { Selectable } from 'kysely';
import type { Tables } from '../db/tables.ts';
import { ApiError } from '../kit/api-error.ts';
import { digestOf } from '../kit/seal.ts';
import type { EpochMs } from '../kit/utc.ts';

/**
 * Growing delays in place of lockouts (reliability T19). Attempts to sign in are counted by what
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
  /** Any address from one network, which an office may share. */
  network: { free: 100, longest_ms: LONGEST_DELAY_MS, cleared: false },
  /** The second factor of somebody whose password was right. */
  factor: { free: 5, longest_ms: LONGEST_DELAY_MS, cleared: true },
} as const satisfies Record<string, Rule>;

/** What an attempt to sign in is counted under, in the order in which rows are locked. */
export function keysOfSignIn(email: string, address: string): string[] {
  const who = digestOf(email);
  const { name, isShared } = networkOf(address);
  const keys = [`email|${who}`, `pair|${who}|${name}`];
  return (isShared ? keys : [...keys, `network|${name}`]).toSorted();
}

/** What an attempt at the second factor is counted under. */
export function keysOfSecondStep(person_sid: string): string[] {
  return [`factor|${person_sid}`];
}

const SHARED_RANGES: ReadonlySet<string> = new Set([
  'loopback',
  'private',
  'linkLocal',
  'uniqueLocal',
  'carrierGradeNat',
]);

/**
 * The network of an address: a /24 of IPv4, a /64 of IPv6. An address inside of a network of
 * its own is often a proxy's, and then stands for everybody.
 */
function networkOf(address: string): { name: string; isShared: boolean } {
  if (!ipaddr.isValid(address)) return { name: 'unknown', isShared: true };
  const parsed = ipaddr.process(address);
  const parts = parsed.toByteArray();
  const name = parsed.kind() === 'ipv4' ? parts.slice(0, 3).join('.') : hex(parts.slice(0, 8));
  return { name, isShared: SHARED_RANGES.has(parsed.range()) };
}

const hex = (bytes: number[]): string => Buffer.from(bytes).toString('hex');

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
