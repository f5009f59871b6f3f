import type { Kysely } from 'kysely';
import type { Log } from '../kit/log.ts';
import type { CommitsOnDisk } from './commits-on-disk.ts';
import type { Ahead, Deed, Engine } from './database.ts';
import type { WriteWatch } from './database-metrics.ts';
import type { Tables } from './tables/tables.ts';

/** A deed that waits in a lane. */
export interface Job {
  readonly deed: Deed<unknown>;
  readonly lane: string;
  readonly ahead: Ahead | undefined;
  /** The time of its first failed wait for a lock. */
  waits_since?: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** The parts that the queue of writes works with. */
export interface WriteQueueParts {
  readonly db: Kysely<Tables>;
  /** SQLite has one writer, so no other process can hold a lock. */
  readonly engine: Engine;
  /** The number of transactions that may run at the same time. SQLite can run one. */
  readonly connections: number;
  readonly log: Log;
  readonly watch: WriteWatch;
  /** Lets whatever waits for the event loop go first. */
  readonly settle: () => Promise<void>;
  /** Whether reads have a connection of their own, so that they may run during a transaction. */
  readonly isReadBeside: boolean;
  /** Brings commits to the disk; null where the engine does it. */
  readonly onDisk: CommitsOnDisk | null;
  /** Called when a commit may not have reached the disk. */
  readonly onDiskFailure?: (() => void) | undefined;
}

/** An item that waits in a lane. */
export interface Waiting<T> {
  readonly lane: string;
  readonly item: T;
}

/**
 * A queue that serves its lanes in turn, one item of each. A full lane therefore delays only its
 * own items. Within a lane the items keep the order of their arrival.
 */
export class Lanes<T> {
  /** The lanes in the order of their turns. */
  readonly #lanes = new Map<string, T[]>();
  /** Lanes that are held: they get no turn for now. */
  readonly #held = new Map<string, T[]>();
  #length = 0;

  /** The number of items that wait, in held lanes too. */
  get length(): number {
    return this.#length;
  }

  /** Whether an item can be taken. */
  get isReady(): boolean {
    return this.#lanes.size > 0;
  }

  push({ lane, item }: Waiting<T>): void {
    this.#open(lane).push(item);
    this.#length += 1;
  }

  /** The number of lanes with an item that can be taken. */
  get ready(): number {
    return this.#lanes.size;
  }

  /** Takes the next items of the first lanes in turn: `max` items of `maxLanes` lanes at most. */
  take(max: number, maxLanes = this.#lanes.size): Waiting<T>[] {
    const taken: Waiting<T>[] = [];
    let open = [...this.#lanes.keys()].slice(0, maxLanes);
    while (open.length > 0 && taken.length < max) {
      const left: string[] = [];
      for (const lane of open) {
        if (taken.length === max) break;
        const items = this.#lanes.get(lane) as T[];
        taken.push({ lane, item: items.shift() as T });
        // After its turn a lane goes to the end.
        this.#lanes.delete(lane);
        if (items.length === 0) continue;
        this.#lanes.set(lane, items);
        left.push(lane);
      }
      open = left;
    }
    this.#length -= taken.length;
    return taken;
  }

  /** Puts items back that were taken and not served. Each is again the first of its lane. */
  giveBack(taken: readonly Waiting<T>[]): void {
    for (const { lane, item } of taken.toReversed()) this.#open(lane).unshift(item);
    this.#length += taken.length;
  }

  /** Gives a lane no turn until it is freed. New items wait in it in order. */
  hold(lane: string): void {
    if (this.#held.has(lane)) return;
    this.#held.set(lane, this.#lanes.get(lane) ?? []);
    this.#lanes.delete(lane);
  }

  /** Gives a held lane turns again, after the lanes that wait now. */
  free(lane: string): void {
    const items = this.#held.get(lane) ?? [];
    this.#held.delete(lane);
    if (items.length > 0) this.#lanes.set(lane, items);
  }

  /** Removes the newest item of the longest lane, or of `lane` when no lane is longer. */
  dropNewest(lane: string): T | undefined {
    let longest = this.#lanes.get(lane) ?? this.#held.get(lane) ?? [];
    for (const items of [...this.#lanes.values(), ...this.#held.values()]) {
      if (items.length > longest.length) longest = items;
    }
    return this.#drop(longest);
  }

  /** Takes the newest out of a lane. */
  dropNewestOf(lane: string): T | undefined {
    return this.#drop(this.#lanes.get(lane) ?? this.#held.get(lane) ?? []);
  }

  #drop(lane: T[]): T | undefined {
    const dropped = lane.pop();
    if (dropped === undefined) return undefined;
    this.#length -= 1;
    for (const [name, items] of this.#lanes) if (items.length === 0) this.#lanes.delete(name);
    return dropped;
  }

  #open(lane: string): T[] {
    let items = this.#held.get(lane) ?? this.#lanes.get(lane);
    if (!items) this.#lanes.set(lane, (items = []));
    return items;
  }
}

/** The time for which a transaction of SQLite may keep the event loop. */
const PAUSE_AFTER_MS = 10;

/** Makes a function that waits for a turn if the last one is long ago. */
export function pausing(turn: () => Promise<void>): () => Promise<void> | null {
  let last = 0;
  return () => {
    if (performance.now() - last < PAUSE_AFTER_MS) return null;
    return turn().then(() => void (last = performance.now()));
  };
}
