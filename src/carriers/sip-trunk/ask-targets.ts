import type { CallEnd } from '../sip/call.ts';
import type { SipOutside } from '../sip/outside.ts';

/** The pause between two questions to a target, on average. Each pause is drawn anew. */
const ASK_MS = 60_000;
/** The pause for a target that is down, so that it takes calls again soon. */
const ASK_AGAIN_MS = 15_000;
/** A pause lies between 1 - JITTER and 1 + JITTER of its average. */
const JITTER = 0.25;
/** The first questions of new targets are spread over this time. */
const FIRST_MS = 2_000;
const TICK_MS = 250;
/** The most questions at a tick; more wait for the next one. */
const MAX_AT_TICK = 5;
/** The most targets that are asked. */
const MAX_ASKED = 1_000;

interface Parts {
  readonly outside: Pick<SipOutside, 'now' | 'after' | 'random'>;
  /** Asks one target. It never rejects. @returns the failure; null for an answer */
  readonly ask: (address: string) => Promise<CallEnd | null>;
  readonly heard: (address: string, end: CallEnd | null) => void;
}

/**
 * Asks targets again and again whether they are there. Every process asks for itself, because its
 * calls take its own way through the network. The pauses are drawn, so that processes that started
 * together do not ask together.
 */
export class TargetQuestions {
  readonly #parts: Parts;
  /** The time of the next question, by the address; null while one is open. */
  readonly #due = new Map<string, number | null>();
  #cancelTick: (() => void) | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get addresses(): readonly string[] {
    return [...this.#due.keys()];
  }

  /** The targets to ask from now on, up to `MAX_ASKED`. Those that stay keep their turn. */
  watch(addresses: readonly string[]): void {
    const wanted = new Set(addresses.slice(0, MAX_ASKED));
    for (const address of this.#due.keys()) {
      if (!wanted.has(address)) this.#due.delete(address);
    }
    const { now, random } = this.#parts.outside;
    for (const address of wanted) {
      if (!this.#due.has(address)) this.#due.set(address, now() + random() * FIRST_MS);
    }
    if (this.#due.size > 0) this.#cancelTick ??= this.#tickLater();
  }

  stop(): void {
    this.#due.clear();
    this.#cancelTick?.();
    this.#cancelTick = null;
  }

  #tickLater(): () => void {
    return this.#parts.outside.after(TICK_MS, () => {
      const now = this.#parts.outside.now();
      const due = [...this.#due].filter(([, at]) => at !== null && at <= now);
      for (const [address] of due.slice(0, MAX_AT_TICK)) void this.#ask(address);
      this.#cancelTick = this.#due.size > 0 ? this.#tickLater() : null;
    });
  }

  async #ask(address: string): Promise<void> {
    const { ask, heard, outside } = this.#parts;
    this.#due.set(address, null);
    const end = await ask(address);
    // It is watched no more.
    if (!this.#due.has(address)) return;
    heard(address, end);
    const pause = end === null ? ASK_MS : ASK_AGAIN_MS;
    this.#due.set(address, outside.now() + pause * (1 - JITTER + 2 * JITTER * outside.random()));
  }
}
