import timers from 'node:timers';

/**
 * The timers as they were when the kit was loaded. A test may replace those of its process, and
 * the kit's own limits must not stand still with them. Jest replaces the global ones before it
 * loads anything, and leaves those of the module alone.
 */
const { setTimeout: later, clearTimeout: notAnyMore } = timers;

/** The longest that a timer waits; a longer one would not wait at all. */
const MAX_MS = 2 ** 31 - 1;

/** What a length of time must be. */
export const DURATION = `milliseconds, from 0 to ${MAX_MS}`;

export function isDuration(ms: unknown): ms is number {
  return typeof ms === 'number' && ms >= 0 && ms <= MAX_MS;
}

/** A promise that takes `what` makes of the time being up, unless it is stopped before. */
export interface Limit<T> {
  readonly over: Promise<T>;
  readonly stop: () => void;
  /** From now on it is no reason for the process to stay. */
  readonly unref: () => void;
}

/** After this many milliseconds `over` is settled with what `then` returns or throws. */
export function limit<T>(ms: number, then: () => T): Limit<T> {
  let timer: ReturnType<typeof setTimeout>;
  const over = new Promise<T>((resolve, reject) => {
    timer = later(() => {
      try {
        resolve(then());
      } catch (error) {
        reject(error);
      }
    }, ms);
  });
  return { over, stop: () => notAnyMore(timer), unref: () => void timer.unref() };
}

/** Waits this many milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void later(resolve, ms));
}
