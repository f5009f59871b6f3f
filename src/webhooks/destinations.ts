import type { EpochMs } from '../kit/utc.ts';
import type { Outcome } from './guarded-fetch.ts';

/** Requests in progress to one host. */
export const MAX_PER_HOST = 4;
/** Requests in progress to a host that reported overload or did not answer in time. */
const MAX_PER_SLOW_HOST = 1;
/** Consecutive failures after which a host gets no requests for a while. */
export const FAILURES_TO_OPEN = 10;
/** The length of that pause; then one request tries the host again. */
export const OPEN_MS = 30_000;
/**
 * The most hosts that are remembered. Beyond it, hosts without requests in progress are forgotten.
 */
const MAX_REMEMBERED = 10_000;

interface Destination {
  under_way: number;
  failures: number;
  is_slow: boolean;
  /** The real time until which the host gets no requests. */
  open_until: EpochMs;
}

/**
 * The state of each receiver's host. It ensures that a receiver which hangs or fails costs few
 * sockets and delays no other. Each process learns the state by its own requests and loses it when
 * it ends.
 */
export class Destinations {
  readonly #known = new Map<string, Destination>();

  /** The number of requests to this host that may start now, by real time. */
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

  /** @param outcome null: the request was not made. @param now the real time */
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

  /** The number of hosts in each state, by real time. Hosts that work well are not remembered. */
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

/** Whether the pause lasts. An end too far in the future comes from a clock that was set back. */
function isOpen({ open_until }: Destination, now: EpochMs): boolean {
  return now < open_until && now >= open_until - OPEN_MS;
}

/** Whether the host has trouble. A host that answers below 500 works, except with 429. */
function isTrouble(outcome: Outcome): boolean {
  if (outcome.kind === 'failure') return outcome.phase !== 'refused';
  return outcome.status >= 500 || outcome.status === 429;
}

function isOverload(outcome: Outcome): boolean {
  if (outcome.kind === 'failure') return outcome.phase !== 'refused';
  return outcome.status === 429 || outcome.status === 502 || outcome.status === 504;
}
