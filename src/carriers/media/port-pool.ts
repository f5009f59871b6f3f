/** A port rests after a call, so that late packets of that call do not reach another one. */
const REST_MS = 10_000;

interface Resting {
  readonly port: number;
  readonly until: number;
}

/** The even ports of a range (RFC 3550 §11). The one that has rested longest comes first. */
export class PortPool {
  readonly #free: number[] = [];
  readonly #resting: Resting[] = [];
  readonly #now: () => number;

  constructor(
    { first, last }: { readonly first: number; readonly last: number },
    now: () => number,
  ) {
    for (let port = first + (first % 2); port <= last; port += 2) this.#free.push(port);
    this.#now = now;
  }

  /** @returns null when every port is in use or rests */
  take(): number | null {
    while (this.#resting[0] && this.#resting[0].until <= this.#now()) {
      this.#free.push((this.#resting.shift() as Resting).port);
    }
    return this.#free.shift() ?? null;
  }

  give(port: number): void {
    this.#resting.push({ port, until: this.#now() + REST_MS });
  }
}
