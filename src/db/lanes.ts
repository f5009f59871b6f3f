/** What waits in a lane. */
export interface Waiting<T> {
  readonly lane: string;
  readonly item: T;
}

/**
 * A queue that serves its lanes in turn, one of each: whoever fills a lane waits behind what is in
 * it, and nobody else does. Within a lane the order is that of arrival.
 */
export class Lanes<T> {
  /** In the order of their turns. */
  readonly #lanes = new Map<string, T[]>();
  /** Lanes that have no turn for now. */
  readonly #held = new Map<string, T[]>();
  #length = 0;

  /** How many wait, in lanes that are held too. */
  get length(): number {
    return this.#length;
  }

  /** Whether there is something to take. */
  get isReady(): boolean {
    return this.#lanes.size > 0;
  }

  push({ lane, item }: Waiting<T>): void {
    this.#open(lane).push(item);
    this.#length += 1;
  }

  /** Takes what is next, up to `max`. */
  take(max: number): Waiting<T>[] {
    const taken: Waiting<T>[] = [];
    for (const [lane, items] of this.#lanes) {
      if (taken.length === max) break;
      const item = items.shift() as T;
      taken.push({ lane, item });
      // A lane that has had its turn goes to the end, where this loop comes by again.
      this.#lanes.delete(lane);
      if (items.length > 0) this.#lanes.set(lane, items);
    }
    this.#length -= taken.length;
    return taken;
  }

  /** Puts back what was taken and not served: each is the next of its lane again. */
  giveBack(taken: readonly Waiting<T>[]): void {
    for (const { lane, item } of taken.toReversed()) this.#open(lane).unshift(item);
    this.#length += taken.length;
  }

  /** Gives a lane no turn until it is freed; what comes into it waits in its order. */
  hold(lane: string): void {
    if (this.#held.has(lane)) return;
    this.#held.set(lane, this.#lanes.get(lane) ?? []);
    this.#lanes.delete(lane);
  }

  /** Gives a lane that was held its turn again, after those that wait now. */
  free(lane: string): void {
    const items = this.#held.get(lane) ?? [];
    this.#held.delete(lane);
    if (items.length > 0) this.#lanes.set(lane, items);
  }

  /** Takes the newest out of the longest lane; the one of `lane` when none is longer. */
  dropNewest(lane: string): T | undefined {
    let longest = this.#lanes.get(lane) ?? this.#held.get(lane) ?? [];
    for (const items of [...this.#lanes.values(), ...this.#held.values()]) {
      if (items.length > longest.length) longest = items;
    }
    const dropped = longest.pop();
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
