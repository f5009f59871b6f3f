import type { InPart } from './incoming.ts';
import type { SmppOutside } from './outside.ts';
import { STATUS } from './statuses.ts';

/** The limits of joining. Over them, the carrier is asked to come again. */
export const JOIN = {
  /** The time that a part waits for the others before the carrier is asked to repeat it. */
  hold_ms: 5_000,
  /** The parts that wait with their answers at once. */
  held: 16,
  /** The time after which a message goes on without its missing parts. */
  whole_ms: 3_600_000,
  /** The time in which a repeated part of a recorded message is known. */
  done_ms: 600_000,
  /** Messages under way, and recorded ones that are remembered. */
  open: 500,
  done: 2_000,
} as const;

interface WholeMessage {
  readonly from: string;
  readonly to: string;
  readonly text: string;
  /** False when parts never came. */
  readonly is_whole: boolean;
}

interface Open {
  readonly parts: Map<number, string>;
  readonly waiting: Set<(status: number) => void>;
  readonly total: number;
  readonly cancel: () => void;
  isHanded: boolean;
}

/**
 * Joins the parts of incoming messages. No part is acknowledged before the whole message is
 * recorded. A centre that sends one part at a time hears after a short while that it shall repeat
 * the part; the part is remembered, so its repeat and the other parts complete the message.
 */
export class PartJoiner {
  readonly #outside: Pick<SmppOutside, 'after'>;
  readonly #keep: (message: WholeMessage) => Promise<boolean>;
  readonly #open = new Map<string, Open>();
  /** The texts of recorded messages by their keys, for repeats. */
  readonly #done = new Map<string, ReadonlyMap<number, string>>();
  #held = 0;

  /** @param keep records a message; true when it is durable */
  constructor(
    outside: Pick<SmppOutside, 'after'>,
    keep: (message: WholeMessage) => Promise<boolean>,
  ) {
    this.#outside = outside;
    this.#keep = keep;
  }

  /** The status for the carrier, known when the message is durable or must come again. */
  async take(part: InPart): Promise<number> {
    const { from, to, of } = part;
    if (!of) return this.#record({ from, to, text: part.text, is_whole: true });
    const key = JSON.stringify([from, to, of.reference, of.total]);
    if (this.#done.get(key)?.get(of.number) === part.text) return STATUS.ok;
    const open = this.#open.get(key) ?? this.#begin(key, part, of.total);
    if (!open) return STATUS.receiver_temporary;
    // Its parts are being recorded at this moment.
    if (open.isHanded && open.parts.get(of.number) !== part.text) return STATUS.receiver_temporary;
    open.parts.set(of.number, part.text);
    const answer = this.#hold(open);
    if (open.parts.size === open.total && !open.isHanded) void this.#hand(key, part, open);
    return answer;
  }

  #begin(key: string, part: InPart, total: number): Open | null {
    if (this.#open.size >= JOIN.open) return null;
    const open: Open = {
      parts: new Map(),
      waiting: new Set(),
      total,
      isHanded: false,
      cancel: this.#outside.after(JOIN.whole_ms, () => {
        if (!open.isHanded) void this.#hand(key, part, open);
        // Nobody was told that an unrecorded part arrived, so the carrier still has it.
        this.#open.delete(key);
      }),
    };
    this.#open.set(key, open);
    return open;
  }

  #hold(open: Open): Promise<number> {
    const isLast = open.parts.size === open.total;
    if (this.#held >= JOIN.held && !isLast) return Promise.resolve(STATUS.receiver_temporary);
    this.#held += 1;
    return new Promise((resolve) => {
      const answer = (status: number) => {
        if (!open.waiting.delete(answer)) return;
        this.#held -= 1;
        cancel();
        resolve(status);
      };
      const cancel = this.#outside.after(JOIN.hold_ms, () => {
        // The record under way answers by itself.
        if (!open.isHanded) answer(STATUS.receiver_temporary);
      });
      open.waiting.add(answer);
    });
  }

  async #hand(key: string, { from, to }: InPart, open: Open): Promise<void> {
    open.isHanded = true;
    const numbers = [...open.parts.keys()].toSorted((a, b) => a - b);
    const text = numbers.map((number) => open.parts.get(number) ?? '').join('');
    const is_whole = open.parts.size === open.total;
    const status = await this.#record({ from, to, text, is_whole });
    if (status === STATUS.ok) {
      open.cancel();
      this.#open.delete(key);
      this.#remember(key, open.parts);
    } else {
      open.isHanded = false;
    }
    for (const answer of open.waiting) answer(status);
  }

  async #record(message: WholeMessage): Promise<number> {
    // A pair of UTF-16 may be divided between two parts, so only the whole text is made sound.
    const sound = { ...message, text: message.text.toWellFormed() };
    const isKept = await this.#keep(sound).catch(() => false);
    return isKept ? STATUS.ok : STATUS.receiver_temporary;
  }

  #remember(key: string, parts: ReadonlyMap<number, string>): void {
    this.#done.delete(key);
    this.#done.set(key, parts);
    const [oldest] = this.#done.keys();
    if (this.#done.size > JOIN.done && oldest !== undefined) this.#done.delete(oldest);
    this.#outside.after(JOIN.done_ms, () => {
      if (this.#done.get(key) === parts) this.#done.delete(key);
    });
  }
}
