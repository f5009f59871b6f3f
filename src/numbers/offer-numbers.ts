import type { App } from '../app.ts';
import type { Db } from '../db/database.ts';
import { type DrawnNumber, drawNumbers } from './draw-numbers.ts';
import { listHeldNumbers } from './incoming-phone-number-store.ts';
import type { NumberFilter } from './number-filter.ts';

/** The most numbers that are examined for one answer, when most of them are held. */
const MAX_LOOKED_AT = 100_000;
/** The numbers that are drawn beyond the wanted ones, because some are held. */
const SPARE = 20;
const KEY_BYTES = 32;

/**
 * Free numbers, in the same order for the same data, so that a test finds the same ones again.
 * @param wanted the most numbers to return; fewer when fewer fit the filter
 */
export async function offerNumbers(
  app: App,
  db: Db,
  { areas, pattern }: NumberFilter,
  wanted: number,
): Promise<DrawnNumber[]> {
  const key = app.keyRing.derive('numbers on offer', KEY_BYTES);
  const drawn = drawNumbers(key, areas, pattern);
  const offered: DrawnNumber[] = [];
  for (let looked = 0; looked < MAX_LOOKED_AT && offered.length < wanted; ) {
    const some = take(drawn, wanted - offered.length + SPARE);
    if (some.length === 0) break;
    looked += some.length;
    const held = await listHeldNumbers(
      db,
      some.map(({ number }) => number),
    );
    offered.push(...some.filter(({ number }) => !held.has(number)));
  }
  return offered.slice(0, wanted);
}

function take(drawn: Generator<DrawnNumber>, count: number): DrawnNumber[] {
  const taken: DrawnNumber[] = [];
  while (taken.length < count) {
    const { value, done } = drawn.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}
