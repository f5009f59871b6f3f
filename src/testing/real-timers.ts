import timers from 'node:timers';

/**
 * The original timers. A test may replace the timers of its process, but the kit's own time limits
 * must keep working. Jest replaces the global timers before it loads any file, and does not replace
 * the timers of the module `node:timers`.
 */
const { setTimeout: later, clearTimeout: notAnyMore } = timers;

/** The longest time of a timer. With a longer time a timer does not wait at all. */
const MAX_MS = 2 ** 31 - 1;

/** The rule for a length of time. */
export const DURATION = `milliseconds, from 0 to ${MAX_MS}`;

export function isDuration(ms: unknown): ms is number {
  return typeof ms === 'number' && ms >= 0 && ms <= MAX_MS;
}

/** A time limit. */
export interface Limit<T> {
  readonly over: Promise<T>;
  readonly stop: () => void;
  /** Lets the process end although the limit still runs. */
  readonly unref: () => void;
}

/** Calls `then` after this many milliseconds. Its result or error settles the promise `over`. */
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
