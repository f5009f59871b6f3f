import { RE2JS } from 're2js';

const PARTS = /\*+|[^*]+/g;

/**
 * A path pattern: `*` matches any text without a slash, and `**` matches any text. RE2 does the
 * matching because its time grows with the length of the path only. With JavaScript's regular
 * expressions, the time can grow with the number of ways to divide the path among the stars.
 */
export class PathGlob {
  readonly #pattern: RE2JS;

  constructor(glob: string) {
    const source = glob.replaceAll(PARTS, (part) => {
      if (!part.startsWith('*')) return RE2JS.quote(part);
      return part.length > 1 ? '.*' : '[^/]*';
    });
    this.#pattern = RE2JS.compile(source, RE2JS.DOTALL);
  }

  /** Whether the pattern matches the whole path. */
  fits(path: string): boolean {
    return this.#pattern.matches(path);
  }
}
