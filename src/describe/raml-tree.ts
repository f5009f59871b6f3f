import type { Json } from './describe.ts';
import { RAML_WORDS, type RamlVersion } from './raml-words.ts';

/**
 * A document in the parsed form that RAML 0.8 parsers return. Old notebooks also accept that form.
 * It lists resources with their `relativeUri`, and resource types and traits are applied. In
 * version 0.8 the schemas themselves replace their names.
 * @param document the result of `describeRaml` for the same version
 */
export function ramlTreeOf(document: Json, version: RamlVersion): Json {
  const { baseUri, securedBy, traits, resourceTypes, schemas } = document;
  const rest = Object.entries(document).filter(([name]) => !isPath(name));
  const root = Object.fromEntries(rest.map(([name, value]) => [name, listed(name, value)]));
  const known: Known = {
    securedBy,
    traits: mapOf(traits),
    types: mapOf(resourceTypes),
    schemas: version === '0.8' ? mapOf(schemas) : {},
  };
  return {
    ...root,
    protocols: [String(baseUri).startsWith('https:') ? 'HTTPS' : 'HTTP'],
    ...(document['version'] !== undefined && {
      baseUriParameters: named({
        version: { type: 'string', required: true, enum: [document['version']] },
      }),
    }),
    resources: resourcesOf(document, known),
  };
}

/** The declarations to which resources refer. */
interface Known {
  readonly securedBy: unknown;
  readonly traits: Json;
  readonly types: Json;
  readonly schemas: Json;
}

const METHODS: ReadonlySet<string> = new Set(['get', 'post', 'delete']);
const LISTED: ReadonlySet<string> = new Set([
  'securitySchemes',
  'traits',
  'resourceTypes',
  'types',
]);

function isPath(name: string): boolean {
  return name.startsWith('/');
}

/** Turns the named declarations of RAML 1.0 into the lists of RAML 0.8. */
function listed(name: string, value: unknown): unknown {
  if (!LISTED.has(name) || Array.isArray(value)) return value;
  return RAML_WORDS['0.8'].declared(value as Json);
}

function mapOf(declared: unknown): Json {
  return Array.isArray(declared) ? Object.assign({}, ...declared) : ((declared ?? {}) as Json);
}

function resourcesOf(parent: Json, known: Known): Json[] {
  return Object.entries(parent)
    .filter(([name]) => isPath(name))
    .map(([path, value]) => resourceOf(path, value as Json, known));
}

function resourceOf(path: string, resource: Json, known: Known): Json {
  const entries = Object.entries(resource);
  const own = entries.filter(([name]) => !isPath(name) && !METHODS.has(name));
  const methods = entries.filter(([name]) => METHODS.has(name));
  const type = (known.types[String(resource['type'])] ?? {}) as Json;
  const uriParameters = together('uriParameters', [type, resource]);
  const below = resourcesOf(resource, known);
  return {
    ...Object.fromEntries(own),
    ...(uriParameters && { uriParameters: named(uriParameters) }),
    relativeUri: path,
    relativeUriPathSegments: path.slice(1).split('/'),
    ...(methods.length > 0 && {
      methods: methods.map(([method, described]) => methodOf(method, described as Json, known)),
    }),
    ...(below.length > 0 && { resources: below }),
  };
}

function methodOf(method: string, described: Json, known: Known): Json {
  const traits = (described['is'] as string[]).map((name) => known.traits[name] as Json);
  const headers = together('headers', [...traits, described]);
  const { queryParameters, body } = described;
  const responses = together('responses', [...traits, described]) ?? {};
  return {
    ...described,
    ...(headers && { headers: named(headers) }),
    ...(queryParameters !== undefined && { queryParameters: named(queryParameters as Json) }),
    ...(body !== undefined && { body: bodyOf(body as Json, known) }),
    responses: valuesOf(responses, (response) => {
      if (response['body'] === undefined) return response;
      return { ...response, body: bodyOf(response['body'] as Json, known) };
    }),
    method,
    securedBy: known.securedBy,
  };
}

function bodyOf(body: Json, { schemas }: Known): Json {
  return valuesOf(body, ({ schema, formParameters, ...rest }) => ({
    ...rest,
    ...(schema !== undefined && { schema: schemas[schema as string] }),
    ...(formParameters !== undefined && { formParameters: named(formParameters as Json) }),
  }));
}

/** Merges one part of several things, the later over the earlier; undefined when none has it. */
function together(part: string, things: readonly Json[]): Json | undefined {
  const parts = things.flatMap((thing) => (thing[part] === undefined ? [] : [thing[part] as Json]));
  return parts.length === 0 ? undefined : Object.assign({}, ...parts);
}

/** Parameters, each with a display name. */
function named(parameters: Json): Json {
  const entries = Object.entries(parameters) as [string, Json][];
  return Object.fromEntries(
    entries.map(([name, parameter]) => [name, { ...parameter, displayName: name }]),
  );
}

function valuesOf(map: Json, change: (value: Json) => Json): Json {
  const entries = Object.entries(map) as [string, Json][];
  return Object.fromEntries(entries.map(([name, value]) => [name, change(value)]));
}
