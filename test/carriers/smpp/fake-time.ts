import { setImmediate } from 'node:timers/promises';

/** A clock that moves only when a test says so. */
export class FakeTime {
  #now = 0;
  readonly #alarms = new Set<{ readonly at: number; readonly run: () => void }>();

  readonly now = () => this.#now;

  readonly after = (ms: number, run: () => void) => {
    const alarm = { at: this.#now + ms, run };
    this.#alarms.add(alarm);
    return () => void this.#alarms.delete(alarm);
  };

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    for (let round = 0; round < 12; round += 1) await setImmediate();
  }

  /** Moves on, and rings each alarm at its time. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.settle();
    for (;;) {
      const [next] = [...this.#alarms].toSorted((a, b) => a.at - b.at);
      if (!next || next.at > end) break;
      this.#alarms.delete(next);
      this.#now = next.at;
      next.run();
      await this.settle();
    }
    this.#now = end;
  }
}
