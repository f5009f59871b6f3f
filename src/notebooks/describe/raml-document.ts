import { isScalar, parseDocument, type ScalarTag, visit } from 'yaml';

/** What cannot be read as RAML. The message is one sentence that names the document. */
export class RamlError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RamlError';
  }
}

export type Json = Readonly<Record<string, unknown>>;

/** Gets the text of another document. @throws whatever keeps it from being got */
export type Fetch = (url: string) => string;

/** How many other documents one may include, all in all, and how many characters they have. */
const MAX_INCLUDES = 500;
const MAX_LENGTH = 1024 * 1024;
/** How deep resource types may lead to one another, and includes to includes. */
export const MAX_DEPTH = 40;

/** Stands where a document says `!include`, until somebody looks there. */
class Include {
  readonly path: string;
  /** The document that it stands in, by which it is found. */
  readonly from: string;
  constructor(path: string, from: string) {
    this.path = path;
    this.from = from;
  }
}

/** One RAML document with what it includes, read where it is needed. */
export interface Document {
  readonly root: Json;
  /** The map at `value`, which may be included from elsewhere; empty where there is none. */
  readonly map: (value: unknown) => Json;
}

/**
 * Reads a document of RAML 0.8 or 1.0, or the JSON of one that was parsed before.
 * @param url where it is from; what it includes is found by that
 * @throws RamlError
 */
export function readDocument(text: string, url: string, fetch: Fetch): Document {
  const parsed = parsedBefore(text);
  if (parsed) return { root: parsed, map: mapOf };
  if (!/^\uFEFF?#%RAML (0\.8|1\.0)\b/.test(text)) {
    throw new RamlError(
      `${url} is not RAML: its first line must be "#%RAML 0.8" or "#%RAML 1.0", and it begins with ${JSON.stringify(text.slice(0, 40))}.`,
    );
  }
  const read = yamlReader(url);
  const includes = openIncludes(url, fetch, read);
  const map = (value: unknown) => mapOf(includes(value));
  return { root: map(read(text, url)), map };
}

/** The original tool served descriptions that were parsed already. */
function parsedBefore(text: string): Json | null {
  if (!/^\s*\{/.test(text)) return null;
  try {
    return mapOf(JSON.parse(text));
  } catch {
    return null;
  }
}

function mapOf(value: unknown): Json {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMap ? (value as Json) : {};
}

/** Reads what stands behind `!include`; an address that was included before is not asked again. */
function openIncludes(
  base: string,
  fetch: Fetch,
  readYaml: YamlReader,
): (value: unknown) => unknown {
  const read = new Map<string, unknown>();
  const includes = (value: unknown, depth: number): unknown => {
    if (!(value instanceof Include)) return value;
    const { from } = value;
    if (depth > MAX_DEPTH) throw new RamlError(`${from} includes itself.`);
    const url = URL.parse(value.path, from)?.href;
    if (url === undefined) throw new RamlError(`${from} includes "${value.path}", no address.`);
    if (!read.has(url)) {
      if (read.size >= MAX_INCLUDES) {
        throw new RamlError(`${base} includes more than ${MAX_INCLUDES} other documents.`);
      }
      const text = fetch(url);
      read.set(url, /\.(raml|ya?ml)$/i.test(new URL(url).pathname) ? readYaml(text, url) : text);
    }
    return includes(read.get(url), depth + 1);
  };
  return (value) => includes(value, 0);
}

type YamlReader = (text: string, url: string) => unknown;

/** Reads the documents of one description, which are long only all together. */
function yamlReader(base: string): YamlReader {
  let length = 0;
  return (text, url) => {
    length += text.length;
    if (length > MAX_LENGTH) {
      throw new RamlError(
        `${base} has more than ${MAX_LENGTH} characters, with all that it includes.`,
      );
    }
    try {
      return parsed(text, url);
    } catch (error) {
      const [sentence = 'it cannot be read'] = (error as Error).message.split('\n', 1);
      const why = /call stack/.test(sentence) ? 'it is nested too deep' : sentence;
      throw new RamlError(`${url} is not RAML: ${why.replace(/[:.]$/, '')}.`);
    }
  };
}

function parsed(text: string, url: string): unknown {
  const include: ScalarTag = { tag: '!include', resolve: (path) => new Include(path, url) };
  // The library would compare each key with every other one, which takes minutes for a long map.
  const options = { customTags: [include], merge: true, uniqueKeys: false, prettyErrors: true };
  const document = parseDocument(text, options);
  const [error] = document.errors;
  if (error) throw error;
  visit(document, {
    Map: (_, { items }) => {
      const keys = new Set<string>();
      for (const { key } of items) {
        const name = String(isScalar(key) ? key.value : key);
        if (keys.has(name) && name !== '<<') throw new Error(`"${name}" stands twice in one map`);
        keys.add(name);
      }
    },
  });
  return document.toJS();
}
