import type { DescribedField, Json } from './describe.ts';

export const RAML_VERSIONS = ['0.8', '1.0'] as const;
export type RamlVersion = (typeof RAML_VERSIONS)[number];

/** What the two versions of RAML say in different words. */
export interface RamlWords {
  readonly version: RamlVersion;
  /** Where the document declares its schemas. */
  readonly schemas: 'schemas' | 'types';
  /** What a body says its schema by. */
  readonly schema: 'schema' | 'type';
  /** Things with names, as the document declares them. */
  readonly declared: (things: Readonly<Record<string, unknown>>) => unknown;
  /** One parameter of a query, a form, a path or the headers. */
  readonly parameter: (field: Omit<DescribedField, 'name'>) => Json;
  /** The parameters of a form, as its body declares them. */
  readonly form: (fields: readonly DescribedField[]) => Json;
}

/** What both versions can say of a parameter. A `format` is not among it. */
const FACETS = ['enum', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum', 'default'];

function facetsOf(schema: Json, names: readonly string[]): Json {
  return Object.fromEntries(
    names.filter((name) => name in schema).map((name) => [name, schema[name]]),
  );
}

function scalar(schema: Json): Json {
  return { type: schema['type'] ?? 'string', ...facetsOf(schema, FACETS) };
}

/** RAML 0.8 has no lists: a parameter that may be given several times says so. */
function parameter08({ schema, required }: Omit<DescribedField, 'name'>): Json {
  if (schema['type'] !== 'array') return { ...scalar(schema), required };
  return { ...scalar(schema['items'] as Json), repeat: true, required };
}

function parameter10({ schema, required }: Omit<DescribedField, 'name'>): Json {
  if (schema['type'] !== 'array') return { ...scalar(schema), required };
  const items = scalar(schema['items'] as Json);
  return { type: 'array', items, ...facetsOf(schema, ['maxItems', 'uniqueItems']), required };
}

/** Parameters under their names. */
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
