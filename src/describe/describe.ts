import { z } from 'zod';
import type { Resource } from '../http/answers/resource.ts';
import { KEY } from '../http/api/idempotency.ts';
import type { ControlEndpoint } from '../http/control-endpoint.ts';
import type { Endpoint } from '../http/endpoint.ts';
import { openApiOf } from '../http/parameters/fields.ts';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../http/parameters/paging.ts';
import { sidPattern } from '../kit/sid.ts';

/** What every description of the API says of an endpoint, in whatever language. */

export type Json = Record<string, unknown>;

/** One parameter: its JSON schema, and whether it has to be given. */
export interface DescribedField {
  readonly name: string;
  readonly schema: Json;
  readonly required: boolean;
}

type SchemaOptions = Parameters<typeof z.toJSONSchema>[1];

/** The JSON schema of what is answered, without `$schema`. */
export function jsonSchemaOf(schema: z.ZodType, options: SchemaOptions = {}): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, options) as Json;
  return json;
}

/** Whether a path belongs to the generation that has suffixes. */
export function isVersion2010({ path }: Pick<Endpoint, 'path'>): boolean {
  return path.startsWith('/2010-04-01/');
}

/** Names each resource's schema; a second form of the same element gets a name of its own. */
export class SchemaNames {
  readonly #names = new Map<Resource, string>();

  /** The name of a resource's schema, the same each time. */
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

/** The parameters of paths that are no SIDs. */
const PATH_SCHEMAS: Readonly<Record<string, Json>> = {
  CountryCode: { type: 'string', pattern: '^[A-Z]{2}$' },
  SnapshotName: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,64}$' },
  FaultId: { type: 'string', pattern: '^F[0-9]+$' },
};

/** The beginnings of SIDs, by the parameters or by the lists that they stand in. */
const PATH_PREFIXES: Readonly<Record<string, string>> = {
  AccountSid: 'AC',
  CallSid: 'CA',
  ConnectAppSid: 'CN',
  ConnectionPolicySid: 'NY',
  IncomingPhoneNumberSid: 'PN',
  MessageSid: '(?:SM|MM)',
  RecordingSid: 'RE',
};

/** A recording of a call may be named by being the one under way. */
const CURRENT_RECORDING = /\/Calls\/:CallSid\/Recordings\/:Sid$/;

/** What may stand in the place of a path parameter. */
export function pathSchemaOf(name: string, path: string): Json {
  const sid = sidPattern(PATH_PREFIXES[name] ?? '[A-Z]{2}');
  const isCurrent = name === 'Sid' && CURRENT_RECORDING.test(path);
  const pattern = isCurrent ? `^(?:${sid}|Twilio\\.CURRENT)$` : `^${sid}$`;
  return PATH_SCHEMAS[name] ?? { type: 'string', pattern };
}

/** The parameters of an endpoint: in the query of a read, in the form of a `POST`. */
export function fieldsOf({ input }: Endpoint): DescribedField[] {
  return Object.entries(input.shape).map(([name, field]) => ({
    name,
    schema: openApiOf(field),
    required: !(field instanceof z.ZodOptional),
  }));
}

/** The parameters of paging, which lists alone have. */
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

/** The answer of a list: the rows, and what stands beside them. */
export function envelopeOf(endpoint: Endpoint, items: Json): Json {
  const { key } = endpoint.resource;
  const rows = { type: 'array', items };
  if ('all' in endpoint.handle) {
    return object({ uri: { type: 'string', format: 'uri-reference' }, [key]: rows });
  }
  const link = { type: ['string', 'null'], format: 'uri-reference' };
  const count = { type: 'integer', minimum: 0 };
  if (!isVersion2010(endpoint)) {
    const meta = {
      page: count,
      page_size: count,
      first_page_url: link,
      previous_page_url: link,
      url: link,
      next_page_url: link,
      key: { type: 'string' },
    };
    return object({ meta: object(meta), [key]: rows });
  }
  return object({
    end: count,
    first_page_uri: link,
    next_page_uri: link,
    page: count,
    page_size: count,
    previous_page_uri: link,
    start: count,
    uri: link,
    [key]: rows,
  });
}

function object(properties: Json): Json {
  return { type: 'object', properties, required: Object.keys(properties) };
}

export const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  description:
    'Names this request, so that it may be sent again: for 24 hours the same key with the same ' +
    'request has no further effect, and the same answer. What was refused leaves the key free.',
  schema: { type: 'string', pattern: KEY.source },
};

export const KEY_CONFLICT =
  'Code 20409: the Idempotency-Key was used for another request within the last 24 hours';

/** The body of every refusal of the API. */
export const ERROR = object({
  code: { type: 'integer' },
  message: { type: 'string' },
  more_info: { type: 'string', format: 'uri' },
  status: { type: 'integer' },
});

/** The body of every refusal of the control API. */
export const CONTROL_ERROR = object({ error: { type: 'string' } });

export const BASIC_DESCRIPTION =
  'AccountSid and auth token; an API key and its secret; or, for a Connect app, the ' +
  "SID of the customer's subaccount and the app owner's auth token.";

/** What a call of the control API takes, as far as it takes anything. */
interface DescribedControlInput {
  /** The schema of the JSON body. */
  readonly body: Json | null;
  readonly query: readonly DescribedField[];
}

/** What a call of the control API takes: a JSON body, or of a read the parameters in the query. */
export function controlInputOf(
  { method, input }: ControlEndpoint,
  options: SchemaOptions = {},
): DescribedControlInput {
  const schema = jsonSchemaOf(input, {
    ...options,
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      const { openapi } = jsonSchema as { openapi?: Json };
      if (!openapi) return;
      for (const name of Object.keys(jsonSchema)) delete jsonSchema[name];
      Object.assign(jsonSchema, openapi);
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

/** What an answer of success is called. */
export function successWordOf({ status }: Pick<Endpoint, 'status'>): string {
  return status === 201 ? 'Created' : 'OK';
}
