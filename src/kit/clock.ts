import type { EpochMs } from './utc.ts';

/** How far a database's time is ahead of real time. */
export interface ClockSetting {
  /**
   * Increases when the database is emptied or the clock is put in step. Only then may time go back.
   */
  readonly epoch: number;
  readonly ahead_ms: number;
}

/** One reading of the database's clock. */
export interface ClockSample {
  readonly asked: EpochMs;
  readonly database: EpochMs;
  readonly answered: EpochMs;
}

/** Two clocks that differ by less than this count as equal. */
const UNCERTAIN_MS = 250;

export const UNMOVED_CLOCK: ClockSetting = { epoch: 0, ahead_ms: 0 };

/** The share of its speed at which the product's time goes on while the machine's clock is behind. */
const CATCHING_UP = 0.5;

/**
 * The product's time: real time, plus the time by which a developer moved the clock.
 *
 * It never goes back within a process. If the machine's clock goes back, it goes on at half its speed
 * until the machine has caught up: work that is due in a second must not wait for hours. The setting
 * is in the database. This object keeps the latest known
 * setting, even if settings arrive out of order.
 */
export class Clock {
  readonly #machine: () => EpochMs;
  /** The time by which the database's clock is ahead of the machine's. */
  #skew_ms = 0;
  #setting: ClockSetting;
  #latest = Number.NEGATIVE_INFINITY;
  readonly #steady: () => number;
  /** The steady time of `#latest`. */
  #latestAt = 0;

  /**
   * @param machine real time by the machine's clock
   * @param steady milliseconds since any moment, by a clock that nobody sets
   */
  constructor(machine: () => EpochMs, setting: ClockSetting, steady: () => number) {
    this.#machine = machine;
    this.#setting = setting;
    this.#steady = steady;
  }

  get skew_ms(): number {
    return this.#skew_ms;
  }

  /** Real time by the database's clock, the same for all its processes. */
  readonly wall = (): EpochMs => this.#machine() + this.#skew_ms;

  /**
   * Follows the database's clock.
   * @param sample its time, and the machine's times of the question and the answer. A difference
   *   that the time of the round trip can explain changes nothing.
   */
  keepTo(sample: ClockSample): void {
    const measured = sample.database - (sample.asked + sample.answered) / 2;
    const uncertain = Math.max(sample.answered - sample.asked, UNCERTAIN_MS);
    if (Math.abs(measured - this.#skew_ms) > uncertain) this.#skew_ms = Math.round(measured);
  }

  get epoch(): number {
    return this.#setting.epoch;
  }

  get isMoved(): boolean {
    return this.#setting.ahead_ms > 0;
  }

  /** The time by which it was moved. */
  get ahead_ms(): number {
    return this.#setting.ahead_ms;
  }

  now(): EpochMs {
    const time = this.wall() + this.#setting.ahead_ms;
    const steady = this.#steady();
    const catchingUp = Math.floor((steady - this.#latestAt) * CATCHING_UP);
    if (time >= this.#latest || catchingUp > 0) {
      this.#latest = Math.max(time, this.#latest + catchingUp);
      this.#latestAt = steady;
    }
    return this.#latest;
  }

  /** The time by a setting that was just read from the database. */
  at({ epoch, ahead_ms }: ClockSetting): EpochMs {
    const time = this.wall() + ahead_ms;
    return epoch > this.#setting.epoch ? time : Math.max(time, this.#latest);
  }

  /** Follows `setting` from now on, unless it is older than the known one. */
  follow(setting: ClockSetting): void {
    const { epoch, ahead_ms } = this.#setting;
    if (setting.epoch > epoch) {
      this.#latest = Number.NEGATIVE_INFINITY;
      this.#setting = setting;
    } else if (setting.epoch === epoch && setting.ahead_ms > ahead_ms) {
      this.#setting = setting;
    }
  }
}

const UNITS: readonly (readonly [string, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
  ['millisecond', 1],
];

/** A length of time in its two largest units: `40 days 2 hours`. */
export function lengthText(ms: number): string {
  const first = UNITS.findIndex(([, unit]) => ms >= unit);
  if (first === -1) return 'no time';
  let rest = ms;
  const parts = UNITS.slice(first, first + 2).map(([name, unit]) => {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    return count === 0 ? null : `${count.toLocaleString('en')} ${name}${count === 1 ? '' : 's'}`;
  });
  return parts.filter((part) => part !== null).join(' ');
}

/** A sentence that a clock was moved, and to which time; null when it was not. */
export function movedText(clock: Clock): string | null {
  if (!clock.isMoved) return null;
  const now = `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
  return `The clock is ${lengthText(clock.ahead_ms)} ahead of real time: here it is ${now}.`;
}
