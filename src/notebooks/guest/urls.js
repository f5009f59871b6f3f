// @ts-check
/** @import { Kit } from './guest-types.ts' */

// The globals of cells for URLs and base64. The host does the work, as far as cells need it.

const textOf = String;

/** @type {Kit['call']} */
let call;

/** @type {(text: unknown) => string} */
const btoa = (text) => call('base64', { encode: textOf(text) });
/** @type {(text: unknown) => string} */
const atob = (text) => call('base64', { decode: textOf(text) });

/** @type {(pair: [unknown, unknown]) => [string, string]} */
const pairOf = ([name, value]) => [textOf(name), textOf(value)];

/** The class of the URL standard, as far as cells need it; the host reads and writes queries. */
class URLSearchParams {
  /** @type {[string, string][]} */
  #pairs;
  /** @param {any} init */
  constructor(init = '') {
    if (typeof init === 'string') {
      this.#pairs = /** @type {[string, string][]} */ (call('query', { text: init }));
    } else if (init instanceof URLSearchParams) this.#pairs = [...init];
    else if (Array.isArray(init)) this.#pairs = init.map(pairOf);
    else this.#pairs = Object.entries(init).map(pairOf);
  }
  /** @param {unknown} name @param {unknown} value */
  append(name, value) {
    this.#pairs.push([textOf(name), textOf(value)]);
  }
  /** @param {unknown} name */
  delete(name) {
    this.#pairs = this.#pairs.filter(([key]) => key !== textOf(name));
  }
  /** @param {unknown} name @returns {string | null} */
  get(name) {
    return this.getAll(name)[0] ?? null;
  }
  /** @param {unknown} name */
  getAll(name) {
    return this.#pairs.filter(([key]) => key === textOf(name)).map(([, value]) => value);
  }
  /** @param {unknown} name */
  has(name) {
    return this.getAll(name).length > 0;
  }
  /** @param {unknown} name @param {unknown} value */
  set(name, value) {
    const first = this.#pairs.find(([key]) => key === textOf(name));
    if (!first) {
      this.append(name, value);
      return;
    }
    first[1] = textOf(value);
    this.#pairs = this.#pairs.filter((pair) => pair === first || pair[0] !== first[0]);
  }
  *keys() {
    for (const [name] of this.#pairs) yield name;
  }
  *values() {
    for (const [, value] of this.#pairs) yield value;
  }
  /** @returns {Generator<[string, string]>} */
  *entries() {
    for (const [name, value] of this.#pairs) yield [name, value];
  }
  [Symbol.iterator]() {
    return this.entries();
  }
  /** @param {(value: string, name: string, all: URLSearchParams) => void} run */
  forEach(run) {
    for (const [name, value] of this.#pairs) run(value, name, this);
  }
  toString() {
    return call('query', { pairs: this.#pairs });
  }
}

class URL {
  /** @param {unknown} url @param {unknown} [base] */
  constructor(url, base) {
    const parts = call('url', {
      url: textOf(url),
      base: base === undefined ? null : textOf(base),
    });
    const { search, ...rest } = parts;
    Object.assign(this, rest, { search, searchParams: new URLSearchParams(search) });
  }
  /** @param {unknown} url @param {unknown} [base] */
  static canParse(url, base) {
    try {
      return Boolean(new URL(url, base));
    } catch {
      return false;
    }
  }
  toString() {
    return /** @type {any} */ (this).href;
  }
  toJSON() {
    return /** @type {any} */ (this).href;
  }
}

/** @type {(kit: Kit) => void} */
export const open = (kit) => {
  call = kit.call;
  kit.global('btoa', btoa);
  kit.global('atob', atob);
  kit.global('URLSearchParams', URLSearchParams);
  kit.global('URL', URL);
};
