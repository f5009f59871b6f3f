import type { Answer } from './ask.ts';
import { BrokenPromise } from './broken-promise.ts';

/** The kinds of changes whose effects are counted in the database. */
const KINDS = ['message', 'call', 'event', 'trigger', 'number', 'credit'] as const;
export type Kind = (typeof KINDS)[number];

/** The part of a change's marker before its number, which no other data has. */
export const MARK = 'chaos';

/** One change that the load asks for, perhaps with several requests. */
export class Change {
  readonly kind: Kind;
  /** The text that its row holds. */
  readonly marker: string;
  /** Whether its requests have one effect together, by a key that they share. */
  readonly isKeyed: boolean;
  #underWay = 0;
  #answers: Answer[] = [];
  /** The SIDs that the answers named. */
  readonly #sids = new Set<string>();

  constructor(kind: Kind, marker: string, isKeyed: boolean) {
    this.kind = kind;
    this.marker = marker;
    this.isKeyed = isKeyed;
  }

  /** The header of its requests, if they share a key. */
  get header(): { readonly key?: string } {
    return this.isKeyed ? { key: this.marker } : {};
  }

  /** @throws BrokenPromise when its request, which was correct, was refused */
  demandAccepted({ status, verdict, mayRepeat }: Answer): void {
    if (verdict !== 'done' && !mayRepeat) {
      throw new BrokenPromise(`a correct ${this.kind} was refused with ${status}`, this.story);
    }
  }

  begin(): void {
    this.#underWay += 1;
  }

  /** Notes an answer. @throws BrokenPromise when two answers name different things */
  end(answer: Answer, sid: string | null): void {
    this.#underWay -= 1;
    this.#answers.push(answer);
    if (sid !== null) this.#sids.add(sid);
    if (this.#sids.size > 1) {
      throw new BrokenPromise(`one ${this.kind} was answered with two SIDs`, this.story);
    }
  }

  get isUnderWay(): boolean {
    return this.#underWay > 0;
  }

  get isDone(): boolean {
    return this.#answers.some(({ verdict }) => verdict === 'done');
  }

  /** Whether every answer says that nothing was done. */
  get isRefused(): boolean {
    return (
      !this.isUnderWay &&
      this.#answers.length > 0 &&
      this.#answers.every(({ verdict }) => verdict === 'refused')
    );
  }

  get story(): object {
    return { kind: this.kind, marker: this.marker, sids: [...this.#sids], answers: this.#answers };
  }
}

/** All changes that the load has asked for. */
export class History {
  readonly #changes = new Map<string, Change>();
  readonly counts = new Map<string, number>();

  add(kind: Kind, { isKeyed }: { readonly isKeyed: boolean }): Change {
    const change = new Change(kind, `${MARK}-${kind}-${this.#changes.size + 1}`, isKeyed);
    this.#changes.set(change.marker, change);
    return change;
  }

  get changes(): readonly Change[] {
    return [...this.#changes.values()];
  }

  get(marker: string): Change | undefined {
    return this.#changes.get(marker);
  }

  count(name: string, by = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by);
  }
}
