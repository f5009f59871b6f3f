/** Text that breaks the grammar of its field. The message is a sentence without its full stop. */
export class BadSyntax extends Error {}

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A set of ASCII characters. */
export type CharacterSet = Uint8Array;

export function characters(more: string, base = ALPHANUMERIC): CharacterSet {
  const set = new Uint8Array(128);
  for (const character of base + more) set[character.charCodeAt(0)] = 1;
  return set;
}

/** RFC 3261 §25.1, `token`. */
export const TOKEN = characters("-.!%*_+`'~");
/** The characters of a host, an IPv6 address in brackets included. */
export const HOST = characters('-._:[]');
export const DIGITS = characters('', '0123456789');

/** True when a text is not empty and has characters of a set only. */
export function isMadeOf(text: string, set: CharacterSet): boolean {
  for (let at = 0; at < text.length; at += 1) if (set[text.charCodeAt(at)] !== 1) return false;
  return text !== '';
}

/**
 * A place in a text that only moves on, so the work of each parser that uses it grows in line with
 * the length of its text. Folded lines were joined before.
 */
export class Scanner {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** The character here; empty at the end. */
  peek(): string {
    return this.text.charAt(this.at);
  }

  skipSpace(): this {
    while (this.peek() === ' ' || this.peek() === '\t') this.at += 1;
    return this;
  }

  /** Moves over a character, with spaces around it, if it is here. */
  skip(character: string): boolean {
    this.skipSpace();
    if (this.peek() !== character || this.isAtEnd) return false;
    this.at += 1;
    this.skipSpace();
    return true;
  }

  /** @throws BadSyntax */
  demand(character: string, what: string): void {
    if (!this.skip(character)) throw new BadSyntax(`${what} lacks "${character}"`);
  }

  /** The characters of a set from here on; may be empty. */
  run(set: CharacterSet): string {
    const from = this.at;
    while (set[this.text.charCodeAt(this.at)] === 1) this.at += 1;
    return this.text.slice(from, this.at);
  }

  /** @throws BadSyntax */
  token(what: string, set = TOKEN): string {
    const found = this.run(set);
    if (found === '')
      throw new BadSyntax(`${what} is missing or has a character that is not allowed`);
    return found;
  }

  /**
   * The content of a quoted string, without its escapes.
   * @throws BadSyntax
   */
  quoted(what: string): string {
    this.at += 1;
    let content = '';
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (Number.isNaN(code)) throw new BadSyntax(`${what} has a quoted string without its end`);
      this.at += 1;
      if (code === 0x22) return content;
      if (code === 0x5c) {
        content += this.peek();
        this.at += 1;
      } else if (code < 0x20 && code !== 0x09) {
        throw new BadSyntax(`${what} has a control character`);
      } else {
        content += this.text.charAt(this.at - 1);
      }
    }
  }

  /** Everything up to one of some characters, or to the end. */
  until(stops: string): string {
    const from = this.at;
    while (!this.isAtEnd && !stops.includes(this.peek())) this.at += 1;
    return this.text.slice(from, this.at);
  }

  /** @throws BadSyntax when more text follows */
  end(what: string): void {
    if (!this.skipSpace().isAtEnd)
      throw new BadSyntax(`${what} has more text than its rule allows`);
  }
}

/**
 * A whole number in decimal digits.
 * @throws BadSyntax when it is none or above the limit
 */
export function wholeNumber(text: string, limit: number, what: string): number {
  // More digits than any limit has would lose exactness.
  if (!isMadeOf(text, DIGITS)) throw new BadSyntax(`${what} is not a whole number`);
  const number = text.length > 15 ? Number.POSITIVE_INFINITY : Number(text);
  if (number > limit) throw new BadSyntax(`${what} is above ${limit}`);
  return number;
}

/** A text as a quoted string. */
export function quote(text: string): string {
  let quoted = '';
  for (const character of text) {
    quoted += character === '"' || character === '\\' ? `\\${character}` : character;
  }
  return `"${quoted}"`;
}
