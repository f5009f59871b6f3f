import type { EpochMs } from '../kit/utc.ts';
import type { Outcome } from './guarded-fetch.ts';

/** Requests under way to one host. */
export const MAX_PER_HOST = 4;
/** The same to a host that said it is overloaded, or did not answer in time. */
const MAX_PER_SLOW_HOST = 1;
/** Failures in a row after which a host is left alone. */
export const FAILURES_TO_OPEN = 10;
/** For how long, before one request tries it again. */
export const OPEN_MS = 30_000;
/** Hosts whose troubles are remembered; past it, those with nothing under way are forgotten. */
const MAX_REMEMBERED = 10_000;

interface Destination {
  under_way: number;
  failures: number;
  is_slow: boolean;
  /** Until when nothing is sent there, in real time. */
  open_until: EpochMs;
}

/**
 * What this process knows of the hosts that it sends to, so that a receiver which hangs or fails
 * costs a few sockets and delays nobody else. It is a memory of the process:
 * each one finds out by itself, and forgets when it ends.
 */
export class Destinations {
  readonly #known = new Map<string, Destination>();

  /** How many more requests may start to this host now, in real time. */
  room(host: string, now: EpochMs): number {
    const known = this.#known.get(host);
    if (!known) return MAX_PER_HOST;
    if (isOpen(known, now)) return 0;
    const isTrial = known.failures >= FAILURES_TO_OPEN;
    const most = isTrial || known.is_slow ? MAX_PER_SLOW_HOST : MAX_PER_HOST;
    return Math.max(0, most - known.under_way);
  }

  started(host: string): void {
    const known = this.#known.get(host);
    if (known) {
      known.under_way += 1;
      return;
    }
    if (this.#known.size >= MAX_REMEMBERED) this.#forget();
    this.#known.set(host, { under_way: 1, failures: 0, is_slow: false, open_until: 0 });
  }

  /** @param outcome what the request came to; null: it was not made. @param now in real time */
  finished(host: string, outcome: Outcome | null, now: EpochMs): void {
    const known = this.#known.get(host);
    if (!known) return;
    known.under_way -= 1;
    if (outcome) {
      known.is_slow = isOverload(outcome);
      known.failures = isTrouble(outcome) ? known.failures + 1 : 0;
      if (known.failures >= FAILURES_TO_OPEN) known.open_until = now + OPEN_MS;
    }
    if (known.under_way === 0 && known.failures === 0) this.#known.delete(host);
  }

  /** How many hosts stand how, in real time. Those that are not remembered have no trouble. */
  breakers(now: EpochMs): Record<'closed' | 'half_open' | 'open', number> {
    const counts = { closed: 0, half_open: 0, open: 0 };
    for (const known of this.#known.values()) {
      if (known.failures < FAILURES_TO_OPEN) counts.closed += 1;
      else if (isOpen(known, now)) counts.open += 1;
      else counts.half_open += 1;
    }
    return counts;
  }

  #forget(): void {
    for (const [host, { under_way }] of this.#known) {
      if (under_way === 0) this.#known.delete(host);
    }
  }
}

/** Where the machine's clock was set back, an end in its old future holds nothing back. */
function isOpen({ open_until }: Destination, now: EpochMs): boolean {
  return now < open_until && now >= open_until - OPEN_MS;
}

/** An answer below 500 comes from a host that works, whatever it thinks of this request. */
function isTrouble(outcome: Outcome): boolean {
  if (outcome.kind === 'failure') return outcome.phase !== 'refused';
  return outcome.status >= 500 || outcome.status === 429;
}

function isOverload(outcome: Outcome): boolean {
  if (outcome.kind === 'failure') return outcome.phase !== 'refused';
  return outcome.status === 429 || outcome.status === 502 || outcome.status === 504;
}
