/** The most signatures that one search makes. */
const MAX_TRIES = 10_000;
/** The most characters that one search signs. */
const MAX_SIGNED = 4 * 1024 * 1024;

/** Counts signatures, so that no text keeps the server busy: some 50 ms of processor time at most. */
export class Tries {
  #tries = 0;
  #signed = 0;

  /** Counts one more signature. @returns whether it may be made */
  spend(text: string): boolean {
    this.#tries += 1;
    this.#signed += text.length;
    return this.#tries <= MAX_TRIES && this.#signed <= MAX_SIGNED;
  }
}
