/** Shorter words would be found everywhere; passwords of ours are longer. */
const MIN_LENGTH = 8;
const INSTEAD = '********';

/**
 * Keeps what must not be seen out of what is: out of the answers that guest code gets, and of
 * what is recorded of requests.
 */
export class Secrets {
  readonly #secrets = new Set<string>();

  /** From now on the word is hidden, as it is, in a URL, and in Basic credentials. */
  add({ username, password }: { readonly username: string; readonly password: string }): void {
    if (password.length < MIN_LENGTH) return;
    this.#secrets.add(password).add(encodeURIComponent(password));
    this.#secrets.add(basicOf(username, password));
  }

  /** The text with asterisks where a secret stood. */
  hide(text: string): string {
    let hidden = text;
    for (const secret of this.#secrets) hidden = hidden.replaceAll(secret, INSTEAD);
    return hidden;
  }
}

/** The credentials of RFC 7617, in UTF-8. */
export function basicOf(username: string, password: string): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return btoa(String.fromCharCode(...bytes));
}
