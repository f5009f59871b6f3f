import type { Inbound, Receipt } from '../message-carrier.ts';
import type { SmppOutside } from './outside.ts';
import { STATUS } from './statuses.ts';

/** The limits of receipts whose part is not known yet. */
const UNKNOWN = {
  /** The waits before another look. The answer to the submission is usually close behind. */
  looks_ms: [50, 200, 750, 3_000],
  /** The receipts that wait at once; the carrier repeats the others. */
  held: 12,
  /** The time in which the carrier is asked to repeat a receipt. After it, the receipt is dropped. */
  repeated_ms: 60_000,
  /** Unknown receipts that are remembered. */
  remembered: 10_000,
} as const;

/**
 * Records receipts. One that overtakes the answer to its submission waits a little. After that the
 * carrier is asked to repeat it, for a minute: another process may still record the answer.
 */
export class ReceiptEar {
  readonly #outside: Pick<SmppOutside, 'now' | 'after'>;
  readonly #record: (receipt: Receipt) => ReturnType<Inbound['receipt']>;
  readonly #firstHeard = new Map<string, number>();
  #held = 0;

  constructor(
    outside: Pick<SmppOutside, 'now' | 'after'>,
    record: (receipt: Receipt) => ReturnType<Inbound['receipt']>,
  ) {
    this.#outside = outside;
    this.#record = record;
  }

  /** The status for the carrier. */
  async take(receipt: Receipt, key: string): Promise<number> {
    if ((await this.#record(receipt)) === 'kept') return this.#known(key);
    if (this.#held < UNKNOWN.held) {
      this.#held += 1;
      try {
        for (const wait of UNKNOWN.looks_ms) {
          await new Promise<void>((resolve) => void this.#outside.after(wait, resolve));
          if ((await this.#record(receipt)) === 'kept') return this.#known(key);
        }
      } finally {
        this.#held -= 1;
      }
    }
    return this.#isOld(key) ? this.#known(key) : STATUS.receiver_temporary;
  }

  #known(key: string): number {
    this.#firstHeard.delete(key);
    return STATUS.ok;
  }

  #isOld(key: string): boolean {
    const now = this.#outside.now();
    const first = this.#firstHeard.get(key) ?? now;
    this.#firstHeard.set(key, first);
    const [oldest] = this.#firstHeard.keys();
    if (this.#firstHeard.size > UNKNOWN.remembered && oldest) this.#firstHeard.delete(oldest);
    return now - first >= UNKNOWN.repeated_ms;
  }
}
