import { Secrets } from '../run/secrets.ts';

const INSTEAD = '********';
/** Fields with fixed words of Tieline, which are never secrets. */
const OWN_WORDS = new Set(['kind', 'type', 'state', 'cause', 'level']);

/** Hides secrets in all output and reports. */
export class Redaction {
  readonly #patterns: readonly RegExp[];
  readonly #secrets = new Secrets();

  /** @param patterns patterns of texts to hide, with the flag `g` */
  constructor(patterns: readonly RegExp[]) {
    this.#patterns = patterns;
  }

  /** Adds a password to hide, unless it is so short that it could be an ordinary word. */
  add(username: string, password: string): void {
    this.#secrets.add({ username, password });
  }

  /** The text with asterisks in place of secrets. */
  hide(text: string): string {
    let hidden = this.#secrets.hide(text);
    for (const pattern of this.#patterns) hidden = hidden.replaceAll(pattern, INSTEAD);
    return hidden;
  }

  /** A copy of plain data, with asterisks in place of the secrets in every text. */
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
