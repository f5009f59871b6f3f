import { Secrets } from '../run/secrets.ts';

const INSTEAD = '********';
/** Fields whose words are ours, never anybody's. */
const OWN_WORDS = new Set(['kind', 'type', 'state', 'cause', 'level']);

/** Hides what must not be seen from everything that is printed and reported. */
export class Redaction {
  readonly #patterns: readonly RegExp[];
  readonly #secrets = new Secrets();

  /** @param patterns with the flag `g` */
  constructor(patterns: readonly RegExp[]) {
    this.#patterns = patterns;
  }

  /** From now on this is hidden too, where it is long enough to be told from other words. */
  add(username: string, password: string): void {
    this.#secrets.add({ username, password });
  }

  /** The text with asterisks where something is hidden. */
  hide(text: string): string {
    let hidden = this.#secrets.hide(text);
    for (const pattern of this.#patterns) hidden = hidden.replaceAll(pattern, INSTEAD);
    return hidden;
  }

  /** A copy of plain data in which every text is hidden so. */
  hideIn<T>(data: T): T {
    return this.#copy(data) as T;
  }

  #copy(data: unknown): unknown {
    if (typeof data === 'string') return this.hide(data);
    if (Array.isArray(data)) return data.map((item) => this.#copy(item));
    if (typeof data !== 'object' || data === null) return data;
    const entries = Object.entries(data).map(([key, value]) => [
      key,
      OWN_WORDS.has(key) ? value : this.#copy(value),
    ]);
    return Object.fromEntries(entries);
  }
}
