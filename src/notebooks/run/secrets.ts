/** Shorter words occur in ordinary text. All passwords of Tieline are longer. */
const MIN_LENGTH = 8;
const INSTEAD = '********';

/**
 * Hides secrets in the responses that guest code gets, and in the records of requests.
 */
export class Secrets {
  readonly #secrets = new Set<string>();

  /** Adds a secret. Its plain form, its form in a URL and its Basic credentials are hidden. */
  add({ username, password }: { readonly username: string; readonly password: string }): void {
    if (password.length < MIN_LENGTH) return;
    this.#secrets.add(password).add(encodeURIComponent(password));
    this.#secrets.add(basicOf(username, password));
  }

  /** The text with asterisks in place of secrets. */
  hide(text: string): string {
    let hidden = text;
    for (const secret of this.#secrets) hidden = hidden.replaceAll(secret, INSTEAD);
    return hidden;
  }
}

/** Credentials encoded as in RFC 7617, in UTF-8. */
export function basicOf(username: string, password: string): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return btoa(String.fromCharCode(...bytes));
}
