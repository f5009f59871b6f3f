/** Stars are what stands between slashes, or, where there are several, any text. */
const TOKENS = /\*+|[^*]/gs;

/**
 * A path in which `*` stands for any text without a slash, and `**` for any text at all. What it
 * costs to compare is the product of both lengths, whatever the pattern: a regular expression of
 * several stars would go through every way to share a long path among them.
 */
export class PathGlob {
  readonly #tokens: readonly string[];

  constructor(glob: string) {
    this.#tokens = glob.match(TOKENS) ?? [];
  }

  /** Whether the whole of a path fits. */
  fits(path: string): boolean {
    const tokens = this.#tokens;
    // By place: whether the tokens before it fit the path so far.
    let reached = this.#withStarsAhead(new Uint8Array(tokens.length + 1).fill(1, 0, 1));
    for (let at = 0; at < path.length; at += 1) {
      const character = path[at];
      const next = new Uint8Array(tokens.length + 1);
      for (let place = 0; place < tokens.length; place += 1) {
        if (reached[place] === 0) continue;
        const token = tokens[place] ?? '';
        if (token.startsWith('*')) {
          if (token.length > 1 || character !== '/') next[place] = 1;
        } else if (token === character) next[place + 1] = 1;
      }
      reached = this.#withStarsAhead(next);
    }
    return reached[tokens.length] === 1;
  }

  /** Stars may stand for nothing. */
  #withStarsAhead(reached: Uint8Array): Uint8Array {
    for (let place = 0; place < this.#tokens.length; place += 1) {
      if (reached[place] === 1 && this.#tokens[place]?.startsWith('*')) reached[place + 1] = 1;
    }
    return reached;
  }
}
