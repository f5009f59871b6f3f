import type { Json } from './describe.ts';
import { type RamlOperation, type RamlSegment, REPRESENTATIONS } from './raml-operations.ts';
import type { RamlWords } from './raml-words.ts';

/** The parameter's name for a suffix in notebooks. RAML 1.0 itself calls it `ext`. */
const EXTENSION = 'mediaTypeExtension';

/** The resources of a document and their resource types. */
export interface RamlResources {
  readonly types: Json;
  readonly resources: Json;
}

/** A step of a path with its operations and the steps below it. */
interface Step {
  readonly segment: RamlSegment;
  readonly operations: RamlOperation[];
  readonly below: Map<string, Step>;
}

/** Builds the tree of resources from operations. */
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
 * Describes one level of the tree. An address with a suffix becomes a separate resource, before the
 * resource that has further resources below it. Old notebooks keep the later of two methods with
 * the same name, so the order matters.
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

/** The suffixes that all methods of an address take, because RAML has one set for each address. */
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

/** The resource type for a set of suffixes: mostly `ext`, and `ext-wav` with the suffix `.wav`. */
function typeOf(suffixes: readonly string[], types: Json, { parameter }: RamlWords): string {
  const others = suffixes.filter((suffix) => !REPRESENTATIONS.has(suffix));
  const name = ['ext', ...others.map((suffix) => suffix.slice(1))].join('-');
  const schema = { type: 'string', enum: suffixes };
  types[name] = { uriParameters: { [EXTENSION]: parameter({ schema, required: false }) } };
  return name;
}
