import type { ControlEndpoint } from '../http/control-endpoint.ts';
import type { Endpoint } from '../http/endpoint.ts';
import {
  controlInputOf,
  envelopeOf,
  fieldsOf,
  IDEMPOTENCY_KEY,
  isVersion2010,
  type Json,
  jsonSchemaOf,
  KEY_CONFLICT,
  pagingOf,
  pathSchemaOf,
  SchemaNames,
  successWordOf,
} from './describe.ts';
import { parametersOf, type RamlWords } from './raml-words.ts';

/** One method of one address, as RAML describes it. */
export interface RamlOperation {
  /** The path below the document's `baseUri`. */
  readonly segments: readonly RamlSegment[];
  readonly method: string;
  /** The possible suffixes of the address; none in v1 and the control API. */
  readonly suffixes: readonly string[];
  readonly described: Json;
}

/** A step of a path: fixed text, or a parameter with its schema. */
export type RamlSegment = string | { readonly name: string; readonly schema: Json };

/** The trait of methods that may refuse a request. All methods have it. */
export const REFUSABLE = 'refusable';

/** The trait of a `POST`, which takes an `Idempotency-Key`. */
export const REPEATABLE = 'repeatable';

/** The suffixes that every address of the 2010 API takes. */
export const REPRESENTATIONS: ReadonlySet<string> = new Set(['.json', '.xml', '.csv']);

const DRAFT = { target: 'draft-4' } as const;
const DRAFT_URI = 'http://json-schema.org/draft-04/schema#';

/** The JSON schemas that a document declares. */
export class RamlSchemas {
  readonly #names = new SchemaNames();
  readonly #texts: Record<string, string> = {};

  /**
   * Declares a schema. The same schema may be declared again.
   * @throws Error when another schema has the name
   */
  declare(name: string, schema: Json): string {
    const text = JSON.stringify({ $schema: DRAFT_URI, ...schema }, null, 1);
    if ((this.#texts[name] ??= text) !== text) throw new Error(`two schemas have the name ${name}`);
    return name;
  }

  /** Declares the schema of an endpoint's answer: a resource or a list of resources. */
  answerOf(endpoint: Endpoint): string {
    const { resource, kind } = endpoint;
    const name = this.#names.nameOf(resource, kind);
    const schema = jsonSchemaOf(resource.schema, DRAFT);
    if (kind !== 'list') return this.declare(name, schema);
    return this.declare(`${name}List`, envelopeOf(endpoint, schema));
  }

  all(): Readonly<Record<string, string>> {
    return this.#texts;
  }
}

/** A JSON body that refers to a schema by name. */
export function jsonBody(schema: string, words: RamlWords): Json {
  return { 'application/json': { [words.schema]: schema } };
}

/** The operations of the API below one version's path, such as `/v1`. */
export function apiOperations(
  endpoints: readonly Endpoint[],
  below: string,
  schemas: RamlSchemas,
  words: RamlWords,
): RamlOperation[] {
  const found = endpoints.filter(({ path }) => path.startsWith(`${below}/`));
  const files = new Map(found.map(({ path, bytes }) => [bytes && path, bytes?.suffixes]));
  return withFamilies(found).map(({ endpoint, family }) => {
    const steps = endpoint.path.slice(below.length + 1).split('/');
    const segments: RamlSegment[] = steps.map((step) =>
      segmentOf(step, endpoint.resource.element, endpoint.path),
    );
    if (family) segments.splice(-1, 1, family);
    return {
      segments,
      method: endpoint.method.toLowerCase(),
      suffixes: isVersion2010(endpoint) ? suffixesOf(endpoint, files.get(endpoint.path)) : [],
      described: describeEndpoint(endpoint, schemas, words),
    };
  });
}

/**
 * Groups of lists whose paths differ only in the last step. Notebooks name that step by a
 * parameter: `client.….Usage.Records.Subresource('Daily')`. The lists are not declared one by one,
 * because each address would then be in the document twice.
 */
const FAMILIES = [{ members: /\/Usage\/Records\/(\w+)$/, name: 'Subresource' }];

interface Member {
  readonly endpoint: Endpoint;
  /** The parameter that replaces the last step of the path; null outside of families. */
  readonly family: RamlSegment | null;
}

/** All endpoints, but only the first of each family. It describes the whole family. */
function withFamilies(endpoints: readonly Endpoint[]): Member[] {
  return endpoints.flatMap((endpoint): Member[] => {
    const one = FAMILIES.find(({ members }) => members.test(endpoint.path));
    if (!one) return [{ endpoint, family: null }];
    const all = endpoints.flatMap(({ path, summary }) => {
      const [, word] = one.members.exec(path) ?? [];
      return word === undefined ? [] : [{ path, summary, word }];
    });
    if (all[0]?.path !== endpoint.path) return [];
    const schema = { type: 'string', enum: all.map(({ word }) => word) };
    const summary = all.map((member) => `${member.word}: ${member.summary}.`).join('\n');
    return [{ endpoint: { ...endpoint, summary }, family: { name: one.name, schema } }];
  });
}

/** Parameters that have another name in notebooks than in the API. */
const NAMES: Readonly<Record<string, string>> = { CountryCode: 'IsoCountryCode' };

/** A step of a path. The parameter `Sid` gets the name of its resource: `UsageTriggerSid`. */
function segmentOf(step: string, element: string, path: string): RamlSegment {
  if (!step.startsWith(':')) return step;
  const name = step.slice(1);
  const schema = pathSchemaOf(name, path);
  return { name: name === 'Sid' ? `${element}Sid` : (NAMES[name] ?? name), schema };
}

/** The suffixes of all representations. A file adds its own suffixes, also when it is deleted. */
function suffixesOf({ bytes, method }: Endpoint, files: readonly string[] = []): string[] {
  const own = bytes?.suffixes ?? (method === 'DELETE' ? files : []);
  return [...REPRESENTATIONS, ...own.filter((suffix) => suffix !== '')];
}

function describeEndpoint(endpoint: Endpoint, schemas: RamlSchemas, words: RamlWords): Json {
  const { method, id, summary } = endpoint;
  const query = method === 'GET' ? [...fieldsOf(endpoint), ...pagingOf(endpoint)] : [];
  const isPost = method === 'POST';
  return {
    ...(words.version === '1.0' && { displayName: id }),
    description: summary,
    is: isPost ? [REFUSABLE, REPEATABLE] : [REFUSABLE],
    ...(query.length > 0 && { queryParameters: parametersOf(query, words) }),
    ...(isPost && {
      body: { 'application/x-www-form-urlencoded': words.form(fieldsOf(endpoint)) },
    }),
    responses: { [endpoint.status]: successOf(endpoint, schemas, words) },
  };
}

/** The definition of the trait of repeatable methods. */
export function repeatableTrait(words: RamlWords): Json {
  const { name, description, schema } = IDEMPOTENCY_KEY;
  const key = { description, ...words.parameter({ schema, required: false }) };
  const conflict = { description: KEY_CONFLICT, body: jsonBody('Error', words) };
  return { headers: { [name]: key }, responses: { 409: conflict } };
}

function successOf(endpoint: Endpoint, schemas: RamlSchemas, words: RamlWords): Json {
  if (endpoint.status === 204) return { description: 'Deleted' };
  const others = isVersion2010(endpoint) ? { 'application/xml': {}, 'text/csv': {} } : {};
  return {
    description: successWordOf(endpoint),
    body: { ...jsonBody(schemas.answerOf(endpoint), words), ...others },
  };
}

const CONTROL = '/_tieline/';

/** The operations of the control API. */
export function controlOperations(
  endpoints: readonly ControlEndpoint[],
  schemas: RamlSchemas,
  words: RamlWords,
): RamlOperation[] {
  return endpoints.map((endpoint) => {
    const steps = endpoint.path.slice(CONTROL.length).split('/');
    return {
      segments: steps.map((step, index) =>
        segmentOf(step, singularOf(steps[index - 1] ?? ''), endpoint.path),
      ),
      method: endpoint.method.toLowerCase(),
      suffixes: [],
      described: describeControl(endpoint, schemas, words),
    };
  });
}

/** `connect_apps` → `ConnectApp`, `deliveries` → `Delivery`. */
function singularOf(collection: string): string {
  const one = collection.replace(/ies$/, 'y').replace(/s$/, '');
  return one.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function describeControl(endpoint: ControlEndpoint, schemas: RamlSchemas, words: RamlWords): Json {
  const { id, summary, status, output } = endpoint;
  const { body, query } = controlInputOf(endpoint, DRAFT);
  const success =
    output === null
      ? { description: 'Done' }
      : {
          description: successWordOf(endpoint),
          body: jsonBody(schemas.declare(`${id}Result`, jsonSchemaOf(output, DRAFT)), words),
        };
  return {
    ...(words.version === '1.0' && { displayName: id }),
    description: summary,
    is: [REFUSABLE],
    ...(query.length > 0 && { queryParameters: parametersOf(query, words) }),
    ...(body && { body: jsonBody(schemas.declare(`${id}Input`, body), words) }),
    responses: { [status]: success },
  };
}
