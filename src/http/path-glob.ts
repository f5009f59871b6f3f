import { RE2JS } from 're2js';

const PARTS = /\*+|[^*]+/g;

/**
 * A path in which `*` stands for any text without a slash, and `**` for any text at all. RE2
 * compares it, in time that grows with the length of the path and not with the ways to share the
 * path among the stars, as it does with the regular expressions of JavaScript.
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

  /** Whether the whole of a path fits. */
  fits(path: string): boolean {
    return this.#pattern.matches(path);
  }
}
