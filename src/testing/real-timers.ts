/**
 * The timers as they were when the kit was loaded. A test may replace those of its process, and
 * the kit's own limits must not stand still with them.
 */
const { setTimeout: later, clearTimeout: notAnyMore } = globalThis;

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
