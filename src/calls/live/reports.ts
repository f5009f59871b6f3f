import type { App } from '../../app.ts';
import type { Act } from '../../audit/act.ts';
import type { NewEntry } from '../../carrier/timeline.ts';
import { addToTimeline } from '../../carrier/timeline-store.ts';
import type { Call } from '../call.ts';
import { recordLive } from './record-live.ts';

/** Records one event of a call. It may run again. @returns the call as it is then */
export type Report = (act: Act, call: Call) => Promise<Call>;

/** The pause before a deed that failed is tried again. */
const AGAIN_MS = 1_000;
/** The entries that wait for a deed. Later ones are left out. */
const MAX_WAITING = 500;

/**
 * The events of a call on a wire, on their way into the database, in order. Those that come while a
 * deed is under way share the next one.
 */
export class Reports {
  readonly #app: App;
  readonly #call: Call;
  readonly #lost: () => void;
  #reports: Report[] = [];
  #entries: NewEntry[] = [];
  #flushing: Promise<boolean> | null = null;
  #isClosed = false;

  /** @param lost is called when the call has ended, or the leg is another process's */
  constructor(app: App, call: Call, lost: () => void) {
    this.#app = app;
    this.#call = call;
    this.#lost = lost;
  }

  /** Adds an entry to the timeline, with the next deed. */
  note(...entries: readonly NewEntry[]): void {
    const room = MAX_WAITING - this.#entries.length;
    this.#entries.push(...entries.slice(0, Math.max(0, room)));
  }

  /** Records an event soon. */
  add(report: Report): void {
    this.#reports.push(report);
    void this.flush();
  }

  /** Records an event. @returns whether it is recorded; false: the call has ended */
  recordNow(report: Report): Promise<boolean> {
    this.#reports.push(report);
    return this.flush();
  }

  /** Resolves when everything is recorded. @returns false: the call has ended */
  async flush(): Promise<boolean> {
    while (!this.#isClosed && (this.#flushing !== null || this.#reports.length > 0)) {
      this.#flushing ??= this.#flush().finally(() => {
        this.#flushing = null;
      });
      await this.#flushing;
    }
    return !this.#isClosed;
  }

  /** Records nothing more. */
  close(): void {
    this.#isClosed = true;
  }

  /** Tries a write until it is done. */
  async persist<T>(write: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await write();
      } catch (err) {
        const { sid: call } = this.#call;
        this.#app.log.warn({ err, call }, 'an event of a call could not be recorded yet');
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS).unref());
      }
    }
  }

  async #flush(): Promise<boolean> {
    const [reports, entries] = [this.#reports, this.#entries];
    [this.#reports, this.#entries] = [[], []];
    const { processId } = this.#app;
    const isRecorded = await this.persist(() =>
      recordLive(this.#app, this.#call, processId, async (act, call) => {
        await addToTimeline(act.tx, call, act.now, entries);
        let now = call;
        for (const report of reports) now = await report(act, now);
      }),
    );
    if (isRecorded) return true;
    this.#isClosed = true;
    this.#lost();
    return false;
  }
}
