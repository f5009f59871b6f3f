import { z } from 'zod';
import type { Resource } from '../http/answers/resource.ts';
import { KEY } from '../http/api/idempotency.ts';
import type { ControlEndpoint } from '../http/control-endpoint.ts';
import type { Endpoint } from '../http/endpoint.ts';
import { openApiOf } from '../http/parameters/fields.ts';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../http/parameters/paging.ts';
import { sidPattern } from '../kit/sid.ts';

// This file describes endpoints for all formats: OpenAPI and RAML.

export type Json = Record<string, unknown>;

/** One parameter with its JSON schema. */
export interface DescribedField {
  readonly name: string;
  readonly schema: Json;
  readonly required: boolean;
}

type SchemaOptions = Parameters<typeof z.toJSONSchema>[1];

/** The JSON schema of an answer, without `$schema`. */
export function jsonSchemaOf(schema: z.ZodType, options: SchemaOptions = {}): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, options) as Json;
  return json;
}

/** Whether a path belongs to the 2010 API, whose paths have suffixes such as `.json`. */
export function isVersion2010({ path }: Pick<Endpoint, 'path'>): boolean {
  return path.startsWith('/2010-04-01/');
}

/** Names the schemas of resources. A second form of the same element gets a different name. */
export class SchemaNames {
  readonly #names = new Map<Resource, string>();

  /** The name of a resource's schema. Repeated calls return the same name. */
  nameOf(resource: Resource, kind: Endpoint['kind']): string {
    const known = this.#names.get(resource);
    if (known !== undefined) return known;
    const isTaken = [...this.#names.values()].includes(resource.element);
    const isNew = isTaken || (kind === 'create' && 'secret' in shapeOf(resource));
    const name = isNew ? `New${resource.element}` : resource.element;
    this.#names.set(resource, name);
    return name;
  }
}

function shapeOf(resource: Resource): Json {
  return (resource.schema as unknown as { shape: Json }).shape;
}

/** The path parameters that are not SIDs. */
const PATH_SCHEMAS: Readonly<Record<string, Json>> = {
  CountryCode: { type: 'string', pattern: '^[A-Z]{2}$' },
  SnapshotName: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,64}$' },
  FaultId: { type: 'string', pattern: '^F[0-9]+$' },
};

/** The prefixes of SIDs, by the names of path parameters. */
const PATH_PREFIXES: Readonly<Record<string, string>> = {
  AccountSid: 'AC',
  CallSid: 'CA',
  ConnectAppSid: 'CN',
  ConnectionPolicySid: 'NY',
  IncomingPhoneNumberSid: 'PN',
  MessageSid: '(?:SM|MM)',
  RecordingSid: 'RE',
};

/** Paths that also accept `Twilio.CURRENT`, the recording in progress. */
const CURRENT_RECORDING = /\/Calls\/:CallSid\/Recordings\/:Sid$/;

/** The schema of a path parameter's values. */
export function pathSchemaOf(name: string, path: string): Json {
  const sid = sidPattern(PATH_PREFIXES[name] ?? '[A-Z]{2}');
  const isCurrent = name === 'Sid' && CURRENT_RECORDING.test(path);
  const pattern = isCurrent ? `^(?:${sid}|Twilio\\.CURRENT)$` : `^${sid}$`;
  return PATH_SCHEMAS[name] ?? { type: 'string', pattern };
}

/** The parameters of an endpoint: the query of a `GET`, the form of a `POST`. */
export function fieldsOf({ input }: Endpoint): DescribedField[] {
  return Object.entries(input.shape).map(([name, field]) => ({
    name,
    schema: openApiOf(field),
    required: !(field instanceof z.ZodOptional),
  }));
}

/** The parameters of paging. Only lists have them. */
export function pagingOf({ kind, handle }: Endpoint): DescribedField[] {
  if (kind !== 'list') return [];
  const size = 'all' in handle ? handle.all.page_size : DEFAULT_PAGE_SIZE;
  const schemas = {
    PageSize: { type: 'integer', minimum: 1, maximum: MAX_PAGE_SIZE, default: size },
    Page: { type: 'integer', minimum: 0 },
    PageToken: { type: 'string' },
  };
  return Object.entries(schemas).map(([name, schema]) => ({ name, schema, required: false }));
}

/** The kinds of the fields beside the rows of a list. */
export type ListField = 'count' | 'link' | 'text';

/** The fields beside the rows, as in docs/contract/requests.md, "Lists of the 2010 API". */
export const FIELDS_2010 = {
  end: 'count',
  first_page_uri: 'link',
  next_page_uri: 'link',
  page: 'count',
  page_size: 'count',
  previous_page_uri: 'link',
  start: 'count',
  uri: 'link',
} as const satisfies Record<string, ListField>;

/** The fields of `meta` in a list of the v1 APIs. */
export const META_V1 = {
  page: 'count',
  page_size: 'count',
  first_page_url: 'link',
  previous_page_url: 'link',
  url: 'link',
  next_page_url: 'link',
  key: 'text',
} as const satisfies Record<string, ListField>;

const LIST_FIELDS: Readonly<Record<ListField, Json>> = {
  count: { type: 'integer', minimum: 0 },
  link: { type: ['string', 'null'], format: 'uri-reference' },
  text: { type: 'string' },
};

function schemasOf(fields: Readonly<Record<string, ListField>>): Json {
  return Object.fromEntries(
    Object.entries(fields).map(([name, kind]) => [name, LIST_FIELDS[kind]]),
  );
}

/** The schema of a list's answer: the rows and the fields beside them. */
export function envelopeOf(endpoint: Endpoint, items: Json): Json {
  const { key } = endpoint.resource;
  const rows = { type: 'array', items };
  if ('all' in endpoint.handle) {
    return object({ uri: { type: 'string', format: 'uri-reference' }, [key]: rows });
  }
  if (isVersion2010(endpoint)) return object({ ...schemasOf(FIELDS_2010), [key]: rows });
  return object({ meta: object(schemasOf(META_V1)), [key]: rows });
}

function object(properties: Json): Json {
  return { type: 'object', properties, required: Object.keys(properties) };
}

export const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  description:
    'Identifies this request, so that a client may safely repeat it. For 24 hours the same request ' +
    'with the same key has no further effect and gets the same answer. A refused request leaves ' +
    'the key free.',
  schema: { type: 'string', pattern: KEY.source },
};

export const KEY_CONFLICT =
  'Code 20409: the Idempotency-Key was used for another request within the last 24 hours';

/** The schema of the API's errors. */
export const ERROR = object({
  code: { type: 'integer' },
  message: { type: 'string' },
  more_info: { type: 'string', format: 'uri' },
  status: { type: 'integer' },
});

/** The schema of the control API's errors. */
export const CONTROL_ERROR = object({ error: { type: 'string' } });

export const BASIC_DESCRIPTION =
  'AccountSid and auth token; an API key and its secret; or, for a Connect app, the ' +
  "SID of the customer's subaccount and the app owner's auth token.";

/** The input of a call of the control API. */
interface DescribedControlInput {
  /** The schema of the JSON body; null when the call has none. */
  readonly body: Json | null;
  readonly query: readonly DescribedField[];
}

/** The input of a call of the control API: the query of a `GET`, otherwise a JSON body. */
export function controlInputOf(
  { method, input }: ControlEndpoint,
  options: SchemaOptions = {},
): DescribedControlInput {
  const schema = jsonSchemaOf(input, {
    ...options,
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      const { openapi, description } = jsonSchema as { openapi?: Json; description?: string };
      if (!openapi) return;
      for (const name of Object.keys(jsonSchema)) delete jsonSchema[name];
      Object.assign(jsonSchema, openapi, description !== undefined && { description });
    },
  });
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Json>);
  const required = (schema['required'] ?? []) as string[];
  if (method !== 'GET') {
    return { body: properties.length > 0 || 'anyOf' in schema ? schema : null, query: [] };
  }
  const query = properties.map(([name, field]) => ({
    name,
    schema: field,
    required: required.includes(name),
  }));
  return { body: null, query };
}

/** The description of a successful answer. */
export function successWordOf({ status }: Pick<Endpoint, 'status'>): string {
  return status === 201 ? 'Created' : 'OK';
}
