import { isScalar, parseDocument, type ScalarTag, visit } from 'yaml';

/** A document that cannot be read as RAML. The message is one sentence that names the document. */
export class RamlError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RamlError';
  }
}

export type Json = Readonly<Record<string, unknown>>;

/** Gets the text of another document. @throws when the text cannot be read */
export type Fetch = (url: string) => string;

/** The most documents that one description may include, and the most characters of all of them. */
const MAX_INCLUDES = 500;
const MAX_LENGTH = 1024 * 1024;
/** The deepest nesting of resource types, and of includes. */
export const MAX_DEPTH = 40;

/** A placeholder for an `!include`. The document is read when its content is needed. */
class Include {
  readonly path: string;
  /** The address of the including document. The path is relative to it. */
  readonly from: string;
  constructor(path: string, from: string) {
    this.path = path;
    this.from = from;
  }
}

/** One RAML document. Its included documents are read when they are needed. */
export interface Document {
  readonly root: Json;
  /** The map at `value`, which may be an include; an empty map when `value` is something else. */
  readonly map: (value: unknown) => Json;
}

/**
 * Reads a document of RAML 0.8 or 1.0, or the JSON of a parsed RAML document.
 * @param url the document's address, against which its includes are resolved
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

/** Reads a description as parsed JSON. The original tool served descriptions in that form. */
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

/** Reads included documents. Each address is read only once. */
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
    if (url === undefined)
      throw new RamlError(`${from} includes "${value.path}", which is not an address.`);
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

/** Reads the documents of one description. The length limit applies to all of them together. */
function yamlReader(base: string): YamlReader {
  let length = 0;
  return (text, url) => {
    length += text.length;
    if (length > MAX_LENGTH) {
      throw new RamlError(
        `${base} has more than ${MAX_LENGTH} characters, including all included documents.`,
      );
    }
    try {
      return parsed(text, url);
    } catch (error) {
      const [sentence = 'it cannot be read'] = (error as Error).message.split('\n', 1);
      const why = /call stack/.test(sentence) ? 'it is nested too deeply' : sentence;
      throw new RamlError(`${url} is not RAML: ${why.replace(/[:.]$/, '')}.`);
    }
  };
}

function parsed(text: string, url: string): unknown {
  const include: ScalarTag = { tag: '!include', resolve: (path) => new Include(path, url) };
  // The library's own check compares all pairs of keys, which takes minutes for a long map.
  const options = { customTags: [include], merge: true, uniqueKeys: false, prettyErrors: true };
  const document = parseDocument(text, options);
  const [error] = document.errors;
  if (error) throw error;
  visit(document, {
    Map: (_, { items }) => {
      const keys = new Set<string>();
      for (const { key } of items) {
        const name = String(isScalar(key) ? key.value : key);
        if (keys.has(name) && name !== '<<') throw new Error(`"${name}" occurs twice in one map`);
        keys.add(name);
      }
    },
  });
  return document.toJS();
}
