import type { App } from '../app.ts';
import { Slot } from '../kit/kept.ts';

/** The messages or calls of one second, by what they count for. */
interface Second {
  second: number;
  readonly counts: Map<string, number>;
}

const THIS_SECOND = new Slot<Second>(() => ({ second: 0, counts: new Map() }));

/**
 * Counts one more in this second of real time, in this process, if the rate allows it. A deed that runs
 * again counts again.
 * @returns whether it does
 */
export function isWithinRate(
  { kept, realNow }: Pick<App, 'kept' | 'realNow'>,
  key: string,
  per_second: number,
): boolean {
  const now = kept.get(THIS_SECOND);
  const second = Math.floor(realNow() / 1_000);
  if (now.second !== second) {
    now.second = second;
    now.counts.clear();
  }
  const count = now.counts.get(key) ?? 0;
  if (count >= per_second) return false;
  now.counts.set(key, count + 1);
  return true;
}
