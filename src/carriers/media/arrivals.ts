import type { RtpPacket } from './rtp.ts';

/** RFC 3550 A.1: a larger step forward or back is no loss, but another beginning. */
const MAX_DROPOUT = 3_000;
const MAX_MISORDER = 100;
const CYCLE = 65_536;
/** The last sequence numbers that are remembered, to know a repeated packet. */
const REMEMBERED = 128;

export type Arrival = 'new' | 'repeated' | 'restart' | 'stray';

/** Follows the sequence numbers of one far side. */
export class Arrivals {
  #source = 0;
  #first = 0;
  #highest = -1;
  /** The packet that would make a new beginning certain. */
  #expected: { readonly source: number; readonly sequence: number } | null = null;
  readonly #seen = new Int32Array(REMEMBERED).fill(-1);
  #lost_before = 0;
  #received_now = 0;

  /**
   * Sorts a packet. The first one begins. A packet of another source, or far from the others, is a
   * stray until the packet after it comes: then the far side began anew.
   */
  take({ source, sequence }: RtpPacket): Arrival {
    if (this.#highest < 0) return this.#restart(source, sequence);
    const step = ((sequence - this.#highest + CYCLE / 2) & (CYCLE - 1)) - CYCLE / 2;
    if (source !== this.#source || step > MAX_DROPOUT || step < -MAX_MISORDER) {
      const isNext = this.#expected?.source === source && this.#expected.sequence === sequence;
      if (isNext) return this.#restart(source, sequence);
      this.#expected = { source, sequence: (sequence + 1) % CYCLE };
      return 'stray';
    }
    const extended = this.#highest + step;
    if (extended < this.#first || this.#seen[extended % REMEMBERED] === extended) return 'repeated';
    this.#count(extended);
    return 'new';
  }

  /** The packets that did not come, so far. */
  get lost(): number {
    return this.#lost_before + this.#lostNow();
  }

  #restart(source: number, sequence: number): Arrival {
    this.#lost_before = this.lost;
    this.#source = source;
    this.#first = sequence;
    this.#highest = -1;
    this.#received_now = 0;
    this.#expected = null;
    this.#seen.fill(-1);
    this.#count(sequence);
    return 'restart';
  }

  #count(extended: number): void {
    this.#seen[extended % REMEMBERED] = extended;
    this.#highest = Math.max(this.#highest, extended);
    this.#received_now += 1;
  }

  #lostNow(): number {
    return this.#highest < 0 ? 0 : this.#highest - this.#first + 1 - this.#received_now;
  }
}
