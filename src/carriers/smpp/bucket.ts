/** The seconds in which a halved rate grows back to the whole. */
const RECOVERY_S = 20;
/** The part of a second's submissions that may leave at once. */
const BURST = 0.1;
/** The slowest rate that throttling leads to, in a second. */
const SLOWEST = 1;

/** The rate of a link: submissions in a second, halved by each throttling, and grown back slowly. */
export class Bucket {
  readonly #full: number;
  #rate: number;
  #tokens: number;
  #at: number;

  constructor(rate: number, now: number) {
    this.#full = rate;
    this.#rate = rate;
    this.#tokens = Math.max(1, rate * BURST);
    this.#at = now;
  }

  get rate(): number {
    return this.#rate;
  }

  /** Takes one submission. The answer is the time to wait instead; 0 when it was taken. */
  take(now: number): number {
    this.#refill(now);
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return 0;
    }
    return Math.max(1, Math.ceil(((1 - this.#tokens) / this.#rate) * 1_000));
  }

  halve(now: number): void {
    this.#refill(now);
    this.#rate = Math.max(Math.min(SLOWEST, this.#full), this.#rate / 2);
    this.#tokens = 0;
  }

  #refill(now: number): void {
    const seconds = (now - this.#at) / 1_000;
    this.#at = now;
    this.#tokens = Math.min(Math.max(1, this.#rate * BURST), this.#tokens + seconds * this.#rate);
    this.#rate = Math.min(this.#full, this.#rate + (seconds * this.#full) / RECOVERY_S);
  }
}
