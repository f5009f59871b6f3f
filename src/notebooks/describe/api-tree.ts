import {
  type Document,
  type Fetch,
  type Json,
  MAX_DEPTH,
  RamlError,
  readDocument,
} from './raml-document.ts';
import { VERBS } from './verbs.ts';

/** The structure of a client: the steps of all paths, and the verbs at their ends. */
export interface ApiTree {
  readonly title: string;
  readonly version: string;
  readonly base_uri: string;
  /** The values of those parameters of the base URI that allow only one value. */
  readonly base_uri_parameters: Readonly<Record<string, string>>;
  readonly root: Step;
}

/** One step of a path. */
export interface Step {
  /** The media type of each verb's body; null when the verb declares no body. */
  readonly verbs: Record<string, string | null>;
  /** The texts that describe the verbs, from the API's description. */
  readonly about: Record<string, string>;
  /** The extensions of a path that ends in `{mediaTypeExtension}`; null for other paths. */
  extension: { readonly values: string[]; readonly verbs: Record<string, string | null> } | null;
  readonly members: { readonly name: string; readonly node: Step }[];
  readonly methods: Method[];
}

/** A step with parameters: `{AccountSid}`, or `test{a}{b}`, whose name is its leading text. */
interface Method {
  readonly name: string;
  readonly prefix: string;
  readonly parameters: readonly Parameter[];
  readonly node: Step;
}

interface Parameter {
  readonly name: string;
  /** The value of a parameter that allows only one value; otherwise null. */
  readonly only: string | null;
}

/** The most resources of a description. */
const MAX_RESOURCES = 10_000;
/** RAML 0.8 and RAML 1.0 use different names for the parameter of a file extension. */
const EXTENSION = /\{(mediaTypeExtension|ext)\}$/;

/**
 * Reads a description of RAML 0.8 or 1.0 into the steps of a client.
 * @throws RamlError when the text is not such a description, or has no base URI
 */
export function readApi(text: string, url: string, fetch: Fetch): ApiTree {
  const document = readDocument(text, url, fetch);
  const { root } = document;
  const base = root['baseUri'];
  if (typeof base !== 'string' || base === '') {
    throw new RamlError(`${url} has no "baseUri", so requests have no address.`);
  }
  const tree: ApiTree = {
    title: textOf(root['title']),
    version: textOf(root['version']),
    base_uri: absolute(base, url),
    base_uri_parameters: onlyValues(document.map(root['baseUriParameters'])),
    root: newStep(),
  };
  const reader = new Reader(document, url);
  reader.read(tree.root, root, '', 0);
  return tree;
}

/** Completes a relative base URI with the origin of the description. */
function absolute(base: string, url: string): string {
  if (/^[a-z][a-z0-9+.-]*:/i.test(base) || !URL.canParse(url)) return base;
  return new URL(url).origin + (base.startsWith('/') ? base : `/${base}`);
}

/** A text or a number as text: many descriptions write the version as a number. */
function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function newStep(): Step {
  return { verbs: {}, about: {}, extension: null, members: [], methods: [] };
}

function onlyValues(parameters: Json): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(parameters)) {
    const only = onlyValue(value);
    if (only !== null) found[name] = only;
  }
  return found;
}

function onlyValue(parameter: unknown): string | null {
  const words = (parameter as { enum?: unknown } | null)?.enum;
  return Array.isArray(words) && words.length === 1 ? textOf(words[0]) : null;
}

/** Walks through the resources of one document. */
class Reader {
  readonly #document: Document;
  readonly #url: string;
  readonly #types: Json;
  readonly #media_type: string | null;
  #resources = 0;

  constructor(document: Document, url: string) {
    this.#document = document;
    this.#url = url;
    this.#types = this.#named(document.root['resourceTypes']);
    const media_type = document.root['mediaType'];
    const first: unknown = Array.isArray(media_type) ? media_type[0] : media_type;
    this.#media_type = typeof first === 'string' ? first : null;
  }

  /** Adds the resources below `value` to `step`. The path of `value` is `path`. */
  read(step: Step, value: Json, path: string, depth: number): void {
    if (depth > MAX_DEPTH) throw new RamlError(`${this.#url} nests resources too deeply.`);
    for (const [relative, below] of this.#resourcesOf(value)) {
      this.#resources += 1;
      if (this.#resources > MAX_RESOURCES) {
        throw new RamlError(`${this.#url} has more than ${MAX_RESOURCES} resources.`);
      }
      const resource = this.#withType(this.#document.map(below), path + relative, 0);
      const end = this.#stepsTo(step, relative, resource);
      if (end) this.read(end, resource, path + relative, depth + 1);
    }
  }

  /** In RAML, resources are keys with a slash. In a parsed description they are a list. */
  #resourcesOf(value: Json): [string, unknown][] {
    const listed = value['resources'];
    if (Array.isArray(listed)) {
      return listed.map((one: Json) => [textOf(one['relativeUri']), one]);
    }
    return Object.entries(value).filter(([key]) => key.startsWith('/'));
  }

  /** Follows a path. Returns null for a segment with text after a parameter: it has no step. */
  #stepsTo(from: Step, relative: string, resource: Json): Step | null {
    const parameters = this.#document.map(resource['uriParameters']);
    const verbs = this.#verbsOf(resource);
    let step = from;
    let extension: string | null = null;
    for (const whole of relative.split('/').filter((segment) => segment !== '')) {
      extension = EXTENSION.exec(whole)?.[1] ?? null;
      const segment = whole.replace(EXTENSION, '');
      if (!/^[^{}]*(\{[^{}]+\})*$/.test(segment)) return null;
      if (segment !== '') step = stepInto(step, segment, parameters);
    }
    Object.assign(step.about, this.#aboutOf(resource));
    if (extension === null) Object.assign(step.verbs, verbs);
    else this.#addExtension(step, this.#document.map(parameters[extension]), verbs);
    return step;
  }

  #addExtension(step: Step, parameter: Json, verbs: Step['verbs']): void {
    const words = parameter['enum'];
    const values = Array.isArray(words) ? words.map(textOf) : [];
    const { extension } = step;
    if (!extension) step.extension = { values, verbs: { ...verbs } };
    else {
      Object.assign(extension.verbs, verbs);
      extension.values.push(...values.filter((value) => !extension.values.includes(value)));
    }
    if (parameter['required'] === false) Object.assign(step.verbs, verbs);
  }

  #verbsOf(resource: Json): Record<string, string | null> {
    return Object.fromEntries(
      this.#methodsOf(resource).map(([verb, method]) => [verb, this.#bodyTypeOf(method)]),
    );
  }

  #aboutOf(resource: Json): Record<string, string> {
    return Object.fromEntries(
      this.#methodsOf(resource).map(([verb, { description }]) => [verb, textOf(description)]),
    );
  }

  #methodsOf(resource: Json): [verb: string, method: Json][] {
    const listed = resource['methods'];
    const methods: [string, unknown][] = Array.isArray(listed)
      ? listed.map((one: Json) => [textOf(one['method']), one])
      : Object.entries(resource).filter(([key]) => VERBS.includes(key));
    return methods.map(([verb, method]) => [verb, this.#document.map(method)]);
  }

  /** The first media type of a body; the document's default when the body names none. */
  #bodyTypeOf(method: Json): string | null {
    if (method['body'] === undefined) return null;
    const types = Object.keys(this.#document.map(method['body']));
    return types.find((type) => type.includes('/')) ?? this.#media_type;
  }

  /** The resource merged with its resource type. */
  #withType(resource: Json, path: string, depth: number): Json {
    const named = resource['type'];
    if (named === undefined || named === null || depth > MAX_DEPTH) return resource;
    const [name, given] =
      typeof named === 'string'
        ? [named, {}]
        : (Object.entries(this.#document.map(named))[0] ?? ['', {}]);
    if (!(name in this.#types)) return resource;
    const type = this.#withType(
      filled(this.#document.map(this.#types[name]), {
        ...this.#document.map(given),
        resourcePath: path,
        resourcePathName: /\/([^/{}]+)[^/]*$/.exec(path)?.[1] ?? '',
      }) as Json,
      path,
      depth + 1,
    );
    return merged(type, resource);
  }

  /** A map, or the list of maps that RAML 0.8 has in its place. */
  #named(value: unknown): Json {
    if (!Array.isArray(value)) return this.#document.map(value);
    return Object.assign({}, ...value.map((one) => this.#document.map(one))) as Json;
  }
}

function stepInto(step: Step, segment: string, parameters: Json): Step {
  const names = [...segment.matchAll(/\{([^{}]+)\}/g)].map(([, name]) => name as string);
  if (names.length === 0) {
    const found = step.members.find(({ name }) => name === segment);
    if (found) return found.node;
    const node = newStep();
    step.members.push({ name: segment, node });
    return node;
  }
  const prefix = segment.slice(0, segment.indexOf('{'));
  const name = prefix === '' ? (names[0] as string) : prefix;
  const found = step.methods.find((method) => method.name === name);
  if (found) return found.node;
  const node = newStep();
  const takes = names.map((one) => ({ name: one, only: onlyValue(parameters[one]) }));
  step.methods.push({ name, prefix, parameters: takes, node });
  return node;
}

/** Replaces each `<<name>>` in a resource type by the resource's value for that name. */
function filled(value: unknown, given: Json): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(/<<\s*(\w+)[^<>]*>>/g, (tag, name: string) =>
      given[name] === undefined ? tag : textOf(given[name]),
    );
  }
  if (Array.isArray(value)) return value.map((one) => filled(one, given));
  if (typeof value !== 'object' || value === null || value.constructor !== Object) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [String(filled(key, given)), filled(inner, given)]),
  );
}

/** Merges a resource over its type. A type's `get?` applies only to a resource with a `get`. */
function merged(type: Json, resource: Json): Json {
  const result: Record<string, unknown> = { ...resource };
  for (const [key, value] of Object.entries(type)) {
    const name = key.replace(/\?$/, '');
    if (name !== key && !(name in resource)) continue;
    const own = result[name];
    const both = isMap(own) && isMap(value);
    result[name] = both ? merged(value, own) : own === undefined || own === null ? value : own;
  }
  return result;
}

function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
