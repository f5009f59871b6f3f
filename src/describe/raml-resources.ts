import type { Json } from './describe.ts';
import { type RamlOperation, type RamlSegment, REPRESENTATIONS } from './raml-operations.ts';
import type { RamlWords } from './raml-words.ts';

/** What notebooks know a suffix by; RAML 1.0 itself would call it `ext`. */
const EXTENSION = 'mediaTypeExtension';

/** The resources of a document, and the resource types that they are of. */
export interface RamlResources {
  readonly types: Json;
  readonly resources: Json;
}

/** A step of a path, with what is at its end and what is below it. */
interface Step {
  readonly segment: RamlSegment;
  readonly operations: RamlOperation[];
  readonly below: Map<string, Step>;
}

/** The tree of resources that operations make. */
export function resourcesOf(operations: readonly RamlOperation[], words: RamlWords): RamlResources {
  const root = new Map<string, Step>();
  for (const operation of operations) {
    let level = root;
    let last: Step | undefined;
    for (const segment of operation.segments) {
      const text = textOf(segment);
      last = level.get(text) ?? { segment, operations: [], below: new Map() };
      level.set(text, last);
      level = last.below;
    }
    last?.operations.push(operation);
  }
  const types: Json = {};
  return { resources: describeLevel(root, types, words), types };
}

function textOf(segment: RamlSegment): string {
  return typeof segment === 'string' ? segment : `{${segment.name}}`;
}

/**
 * An address with a suffix is a resource of its own beside the one that has resources below it,
 * and stands first: of two methods of one name, notebooks of old keep the later.
 */
function describeLevel(level: Map<string, Step>, types: Json, words: RamlWords): Json {
  const resources: Json = {};
  for (const step of level.values()) {
    const suffixes = commonSuffixes(step.operations);
    const path = `/${textOf(step.segment)}`;
    const own = { ...parametersOf(step.segment, words), ...methodsOf(step.operations) };
    const below = describeLevel(step.below, types, words);
    if (suffixes.length > 0) {
      const type = typeOf(suffixes, types, words);
      resources[`${path}{${EXTENSION}}`] = { type, ...own };
      if (step.below.size === 0) continue;
      resources[path] = { ...parametersOf(step.segment, words), ...below };
    } else {
      resources[path] = { ...own, ...below };
    }
  }
  return resources;
}

/** An address has one set of suffixes, so that it names those that each of its methods takes. */
function commonSuffixes([first, ...rest]: readonly RamlOperation[]): string[] {
  return (first?.suffixes ?? []).filter((one) =>
    rest.every(({ suffixes }) => suffixes.includes(one)),
  );
}

function parametersOf(segment: RamlSegment, { parameter }: RamlWords): Json {
  if (typeof segment === 'string') return {};
  const { name, schema } = segment;
  return { uriParameters: { [name]: parameter({ schema, required: true }) } };
}

function methodsOf(operations: readonly RamlOperation[]): Json {
  return Object.fromEntries(operations.map(({ method, described }) => [method, described]));
}

/** `ext` of most addresses, `ext-wav` where there is that suffix as well. */
function typeOf(suffixes: readonly string[], types: Json, { parameter }: RamlWords): string {
  const others = suffixes.filter((suffix) => !REPRESENTATIONS.has(suffix));
  const name = ['ext', ...others.map((suffix) => suffix.slice(1))].join('-');
  const schema = { type: 'string', enum: suffixes };
  types[name] = { uriParameters: { [EXTENSION]: parameter({ schema, required: false }) } };
  return name;
}
