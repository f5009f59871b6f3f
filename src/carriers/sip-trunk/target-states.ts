import type { CallEnd } from '../sip/call.ts';

/** The time for which a target that did not answer comes last. */
const DOWN_MS = 30_000;
const MAX_DOWN_MS = 60 * 60_000;
/** The targets that are kept in mind; the oldest are forgotten. */
const MAX_TARGETS = 10_000;

/** The targets that did not answer lately, as this process saw it. */
export class TargetStates {
  readonly #now: () => number;
  readonly #down_until = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  isDown(address: string): boolean {
    const until = this.#down_until.get(address) ?? 0;
    return until > this.#now();
  }

  /** Hears the end of an attempt; null when it was answered. */
  heard(address: string, end: CallEnd | null): void {
    if (end?.why === 'canceled') return;
    this.#down_until.delete(address);
    const ms = end ? downFor(end) : 0;
    if (ms === 0) return;
    const [oldest] = this.#down_until.keys();
    if (this.#down_until.size >= MAX_TARGETS && oldest) this.#down_until.delete(oldest);
    this.#down_until.set(address, this.#now() + ms);
  }
}

/** A target that is silent, or that says for how long it takes no calls (RFC 3261 §21.5.4). */
function downFor({ why, status, retry_seconds }: CallEnd): number {
  if (why === 'timeout' || why === 'transport') return DOWN_MS;
  if (status !== 503 || !retry_seconds) return 0;
  return Math.min(retry_seconds * 1_000, MAX_DOWN_MS);
}
