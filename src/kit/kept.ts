/** Something that one part of the product keeps for as long as an `App` is open. */
export class Slot<T> {
  readonly make: () => T;

  /** @param make the first value, made when somebody asks for it */
  constructor(make: () => T) {
    this.make = make;
  }
}

/** The values of all slots. Each `App` has its own, so that servers of one process share nothing. */
export class Kept {
  readonly #values = new Map<Slot<unknown>, unknown>();

  get<T>(slot: Slot<T>): T {
    if (!this.#values.has(slot)) this.#values.set(slot, slot.make());
    return this.#values.get(slot) as T;
  }

  set<T>(slot: Slot<T>, value: T): void {
    this.#values.set(slot, value);
  }
}
