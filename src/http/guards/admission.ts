/** Requests under way that took longer than this, in the median, mean that the server is late. */
const LATE_MS = 100;
/** Lateness shorter than this is a pause, and no overload. Each moment more lets in a longer queue. */
export const LASTING_MS = 200;
/** The same in beats. A slow event loop beats seldom, and must be late for longer. */
const LASTING_BEATS = 3;
/** An overload ends when nothing was late for this time. A shorter rest would let in a new rush. */
const REST_MS = 2_000;
/** The longest time that an accepted request shall wait, as far as it can be foreseen. */
export const MAX_WAIT_MS = 1_000;
/** The time over which the pace of the answers is measured. */
const PACE_MS = 1_000;
/** So many requests under way are never too many, whatever the pace. */
export const FEW = 64;

/** Reads and writes wait for different things. */
export type Kind = 'read' | 'write';

/** The cause of a refusal: the requests of one caller, or those of all callers together. */
export type Cause = 'account' | 'server';

/** A request under way. */
export interface Entry {
  readonly kind: Kind;
  readonly caller: string;
  readonly came: number;
}

/**
 * Decides which requests are answered while the server has more of them than it can answer.
 *
 * How it works: a beat looks at the requests under way, several times a second. If the median of
 * them has been under way for too long, at every beat for some time, there is an overload. Then only
 * as many requests are let in as the server can answer within `MAX_WAIT_MS`, at the pace that it was
 * measured to have. They are shared among the callers: those with few requests under way keep all of
 * them, and those with the most are refused first.
 *
 * Its promises: nothing is refused for a late turn of the event loop, however late, nor while few
 * requests are under way. A request that is refused has not begun to work.
 *
 * Its limit: it does not know of requests that the event loop has not read yet.
 */
export class Admission {
  readonly #now: () => number;
  readonly #sides = { read: new Side(), write: new Side() };

  /** @param now steady time in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** @returns the request under way, to be left at its end; or the cause of a refusal */
  enter(kind: Kind, caller: string): Entry | Cause {
    const side = this.#sides[kind];
    const cause = side.refusalOf(caller);
    if (cause !== null) return cause;
    const entry: Entry = { kind, caller, came: this.#now() };
    side.add(entry);
    return entry;
  }

  /** Whether an overload lasts, so that `enter` may refuse. */
  isLimited(kind: Kind): boolean {
    return this.#sides[kind].isLimited;
  }

  /** The cause for which `enter` would refuse now, or null. */
  refusalOf(kind: Kind, caller: string): Cause | null {
    return this.#sides[kind].refusalOf(caller);
  }

  leave(entry: Entry): void {
    this.#sides[entry.kind].remove(entry);
  }

  /** Measures, and sets the share of each caller until the next beat. */
  beat(): void {
    const now = this.#now();
    this.#sides.read.beat(now);
    this.#sides.write.beat(now);
  }

  /** The number of requests under way. */
  get underWay(): number {
    return this.#sides.read.size + this.#sides.write.size;
  }
}

/** The reads or the writes. */
class Side {
  /** In the order of their arrival. */
  readonly #entries = new Set<Entry>();
  readonly #byCaller = new Map<string, number>();
  readonly #pace = new Pace();
  readonly #lateness = new Lateness();
  /** The most requests under way; none while there is no overload. */
  #room = Number.POSITIVE_INFINITY;
  /** The same of one caller. */
  #share = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.#entries.size;
  }

  get isLimited(): boolean {
    return this.#room !== Number.POSITIVE_INFINITY;
  }

  refusalOf(caller: string): Cause | null {
    if (!this.isLimited) return null;
    const own = this.#byCaller.get(caller) ?? 0;
    // With more callers than room, each may have one request, as long as there is room.
    const mayEnter = this.#share < 1 ? this.size < this.#room && own < 1 : own < this.#share;
    if (mayEnter) return null;
    return own * 2 > this.size ? 'account' : 'server';
  }

  add(entry: Entry): void {
    this.#entries.add(entry);
    this.#byCaller.set(entry.caller, (this.#byCaller.get(entry.caller) ?? 0) + 1);
  }

  remove(entry: Entry): void {
    if (!this.#entries.delete(entry)) return;
    this.#pace.count();
    const left = (this.#byCaller.get(entry.caller) ?? 1) - 1;
    if (left === 0) this.#byCaller.delete(entry.caller);
    else this.#byCaller.set(entry.caller, left);
  }

  beat(now: number): void {
    const pace = this.#pace.measure(now);
    const age = now - this.#middleCame();
    if (!this.#lateness.isLasting(this.size > FEW && age > LATE_MS, now)) {
      this.#room = Number.POSITIVE_INFINITY;
      return;
    }
    // Requests that fail at once are fast and wait for nothing, so the pace alone would say too much.
    // One that has waited its whole time is about twice as old as the one in the middle.
    const byAge = age > 0 ? (this.size * MAX_WAIT_MS) / (2 * age) : Number.POSITIVE_INFINITY;
    this.#room = Math.max(FEW, Math.floor(Math.min(pace * MAX_WAIT_MS, byAge)));
    this.#share = shareOf(this.#room, [...this.#byCaller.values()]);
  }

  /** The time when the request in the middle of those under way came. */
  #middleCame(): number {
    let left = this.size >> 1;
    for (const { came } of this.#entries) {
      if (left === 0) return came;
      left -= 1;
    }
    return Number.POSITIVE_INFINITY;
  }
}

/** Tells lasting lateness from a pause, and its lasting end from a short rest. */
class Lateness {
  #isLasting = false;
  /** The beginning of beats that differ from the state, and their number. */
  #since: number | null = null;
  #beats = 0;

  isLasting(isLate: boolean, now: number): boolean {
    if (isLate === this.#isLasting) {
      this.#since = null;
      this.#beats = 0;
      return this.#isLasting;
    }
    this.#since ??= now;
    this.#beats += 1;
    const needed = isLate ? LASTING_MS : REST_MS;
    if (now - this.#since >= needed && this.#beats >= LASTING_BEATS) {
      this.#isLasting = isLate;
      this.#since = null;
      this.#beats = 0;
    }
    return this.#isLasting;
  }
}

/** The number of requests that ended in each millisecond of the last `PACE_MS`, on average. */
class Pace {
  #ended = 0;
  readonly #marks: { readonly at: number; readonly ended: number }[] = [];

  count(): void {
    this.#ended += 1;
  }

  measure(now: number): number {
    this.#marks.push({ at: now, ended: this.#ended });
    while (this.#marks.length > 2 && now - (this.#marks[1]?.at ?? now) >= PACE_MS) {
      this.#marks.shift();
    }
    const first = this.#marks[0] ?? { at: now, ended: this.#ended };
    return now === first.at ? 0 : (this.#ended - first.ended) / (now - first.at);
  }
}

/**
 * The most that one caller may have so that all callers together have `room`: callers with less keep
 * what they have, and leave the rest to the others.
 */
export function shareOf(room: number, counts: readonly number[]): number {
  const ordered = counts.toSorted((one, other) => one - other);
  let left = room;
  for (const [index, count] of ordered.entries()) {
    const share = left / (ordered.length - index);
    if (count >= share) return share;
    left -= count;
  }
  return (ordered.at(-1) ?? 0) + left;
}
