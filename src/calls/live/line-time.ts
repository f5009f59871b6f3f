import type { App } from '../../app.ts';
import type { EpochMs } from '../../kit/utc.ts';
import { PaidTime } from './pay-ahead.ts';
import type { Reports } from './reports.ts';

/** The seconds before the end of those that are paid, at which more are asked for. */
const ASK_SECONDS = 20;
const NO_MONEY = 'The balance or the limit of the app allows no more minutes, so the call ended.';

interface Parts {
  readonly app: App;
  readonly reports: Reports;
  readonly max_seconds: number;
  /** Null: nothing limits the call's costs. */
  readonly paid_seconds: number | null;
  /** The time is up, for this reason. */
  readonly isUp: (why: string) => void;
}

/** The time of a call on a wire, from its answer to its end, within its limit and what is paid. */
export class LineTime {
  readonly #parts: Parts;
  readonly #paid: PaidTime;
  #max_seconds: number;
  #answered_at: EpochMs | null = null;
  #ended_at: EpochMs | null = null;
  #limit: NodeJS.Timeout | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#paid = new PaidTime(parts.paid_seconds);
    this.#max_seconds = parts.max_seconds;
  }

  /** Real time; null until the answer. */
  get answered_at(): EpochMs | null {
    return this.#answered_at;
  }

  /** The limit of the call, whatever is paid. */
  get limit(): number {
    return this.#max_seconds;
  }

  get max_seconds(): number {
    return this.#paid.within(this.#max_seconds);
  }

  /** The seconds since the answer. */
  get seconds(): number {
    if (this.#answered_at === null) return 0;
    const passed = ((this.#ended_at ?? this.#parts.app.realNow()) - this.#answered_at) / 1_000;
    return Math.min(Math.max(0, passed), this.max_seconds);
  }

  begin(): EpochMs {
    const now = this.#parts.app.realNow();
    this.#answered_at = now;
    this.watch();
    return now;
  }

  /** The answer does not count. */
  unmake(): void {
    this.#answered_at = null;
  }

  /** No second after this one counts. */
  stop(): void {
    this.#ended_at ??= this.#parts.app.realNow();
  }

  /** The call has left the line. */
  end(): void {
    this.stop();
    clearTimeout(this.#limit);
  }

  limitTo(max_seconds: number): void {
    if (max_seconds === this.#max_seconds) return;
    this.#max_seconds = max_seconds;
    this.watch();
  }

  /** Waits for the end of the time, or for the moment to pay more. */
  watch(): void {
    clearTimeout(this.#limit);
    if (this.#answered_at === null) return;
    const left = this.max_seconds - this.seconds;
    const isPaid = this.#paid.isShortOf(this.#max_seconds);
    const isAsked = isPaid && !this.#paid.isSpent;
    const message = isPaid ? NO_MONEY : 'The time of the call is up.';
    const run = () => (isAsked ? void this.#payMore() : this.#parts.isUp(message));
    const wait = Math.max(0, left - (isAsked ? ASK_SECONDS : 0));
    this.#limit = setTimeout(run, wait * 1_000).unref();
  }

  async #payMore(): Promise<void> {
    if ((await this.#paid.payMore(this.#parts.reports)) && this.#ended_at === null) this.watch();
  }
}
