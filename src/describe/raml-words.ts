import type { DescribedField, Json } from './describe.ts';

export const RAML_VERSIONS = ['0.8', '1.0'] as const;
export type RamlVersion = (typeof RAML_VERSIONS)[number];

/** The differences between RAML 0.8 and RAML 1.0. Each version has one such object. */
export interface RamlWords {
  readonly version: RamlVersion;
  /** The document's key for its schemas. */
  readonly schemas: 'schemas' | 'types';
  /** A body's key for its schema. */
  readonly schema: 'schema' | 'type';
  /** Turns named things into a declaration: a list in RAML 0.8, a map in RAML 1.0. */
  readonly declared: (things: Readonly<Record<string, unknown>>) => unknown;
  /** Describes one parameter of a query, a form, a path or the headers. */
  readonly parameter: (field: Omit<DescribedField, 'name'>) => Json;
  /** Describes the parameters of a form inside a body. */
  readonly form: (fields: readonly DescribedField[]) => Json;
}

/** The JSON schema keywords that both versions have for parameters. They have no `format`. */
const FACETS = ['enum', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum', 'default'];

function facetsOf(schema: Json, names: readonly string[]): Json {
  return Object.fromEntries(
    names.filter((name) => name in schema).map((name) => [name, schema[name]]),
  );
}

function scalar(schema: Json): Json {
  return { type: schema['type'] ?? 'string', ...facetsOf(schema, FACETS) };
}

/** A parameter of RAML 0.8. The version has no lists, but marks parameters that may repeat. */
function parameter08({ schema, required }: Omit<DescribedField, 'name'>): Json {
  if (schema['type'] !== 'array') return { ...scalar(schema), required };
  return { ...scalar(schema['items'] as Json), repeat: true, required };
}

function parameter10({ schema, required }: Omit<DescribedField, 'name'>): Json {
  if (schema['type'] !== 'array') return { ...scalar(schema), required };
  const items = scalar(schema['items'] as Json);
  return { type: 'array', items, ...facetsOf(schema, ['maxItems', 'uniqueItems']), required };
}

/** Parameters by their names. */
export function parametersOf(
  fields: readonly DescribedField[],
  { parameter }: Pick<RamlWords, 'parameter'>,
): Json {
  return Object.fromEntries(fields.map((field) => [field.name, parameter(field)]));
}

export const RAML_WORDS: Readonly<Record<RamlVersion, RamlWords>> = {
  '0.8': {
    version: '0.8',
    schemas: 'schemas',
    schema: 'schema',
    declared: (things) => Object.entries(things).map(([name, thing]) => ({ [name]: thing })),
    parameter: parameter08,
    form: (fields) => ({ formParameters: parametersOf(fields, { parameter: parameter08 }) }),
  },
  '1.0': {
    version: '1.0',
    schemas: 'types',
    schema: 'type',
    declared: (things) => things,
    parameter: parameter10,
    form: (fields) => ({ properties: parametersOf(fields, { parameter: parameter10 }) }),
  },
};
