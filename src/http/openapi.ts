import { z } from 'zod';
import { POLICY } from '../access/policy.ts';
import type { ControlEndpoint } from './control-endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import { openApiOf } from './fields.ts';
import { KEY } from './idempotency.ts';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from './paging.ts';
import type { Resource } from './resource.ts';
import type { Routes } from './server.ts';

type Json = Record<string, unknown>;

/**
 * The OpenAPI 3.1 description of everything in the route tables, made from them, so that it
 * cannot say anything else than what is served.
 */
export function describeApi(routes: Routes, origin: string): Json {
  const schemas = new SchemaNames();
  const paths: Record<string, Json> = {};
  for (const endpoint of routes.endpoints) {
    const path = templateOf(endpoint.path) + (isVersion2010(endpoint) ? '.json' : '');
    paths[path] = {
      ...paths[path],
      [endpoint.method.toLowerCase()]: operationOf(endpoint, schemas),
    };
  }
  for (const endpoint of routes.control) {
    const path = templateOf(endpoint.path);
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: controlOperationOf(endpoint) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tieline',
      version: '2010-04-01',
      description:
        'A Twilio-Connect-compatible API. Paths below /2010-04-01 also answer with .xml and ' +
        '.csv, and with XML when they have no suffix.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: origin }],
    security: [{ basic: [] }],
    paths,
    components: {
      securitySchemes: {
        basic: {
          type: 'http',
          scheme: 'basic',
          description:
            'AccountSid and auth token; an API key and its secret; or, for a Connect app, the ' +
            "SID of the customer's subaccount and the app owner's auth token.",
        },
        operator: { type: 'http', scheme: 'bearer' },
      },
      parameters: { IdempotencyKey: IDEMPOTENCY_KEY },
      schemas: {
        ...schemas.all(),
        Error: ERROR,
        ControlError: CONTROL_ERROR,
      },
    },
  };
}

/** Names each resource's schema; a second form of the same element gets a name of its own. */
class SchemaNames {
  readonly #byResource = new Map<Resource, string>();
  readonly #schemas: Record<string, Json> = {};

  reference(resource: Resource, kind: Endpoint['kind']): Json {
    let name = this.#byResource.get(resource);
    if (name === undefined) {
      name = resource.element in this.#schemas ? `New${resource.element}` : resource.element;
      if (kind === 'create' && name === resource.element && 'secret' in shapeOf(resource)) {
        name = `New${resource.element}`;
      }
      this.#byResource.set(resource, name);
      this.#schemas[name] = jsonSchemaOf(resource.schema);
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  all(): Record<string, Json> {
    return this.#schemas;
  }
}

function shapeOf(resource: Resource): Json {
  return (resource.schema as unknown as { shape: Json }).shape;
}

function jsonSchemaOf(schema: z.ZodType): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema) as Json;
  return json;
}

function isVersion2010(endpoint: Endpoint): boolean {
  return endpoint.path.startsWith('/2010-04-01/');
}

function templateOf(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}');
}

/** The parameters of paths that are no SIDs. */
const PATH_SCHEMAS: Readonly<Record<string, Json>> = {
  CountryCode: { type: 'string', pattern: '^[A-Z]{2}$' },
};

function pathParametersOf(path: string): Json[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: PATH_SCHEMAS[name as string] ?? { type: 'string', minLength: 34, maxLength: 34 },
  }));
}

function operationOf(endpoint: Endpoint, schemas: SchemaNames): Json {
  const fields = Object.entries(endpoint.input.shape);
  const isRead = endpoint.method === 'GET';
  const parameters = [
    ...pathParametersOf(endpoint.path),
    ...(isRead
      ? fields.map(([name, field]) => ({ name, in: 'query', schema: openApiOf(field) }))
      : []),
    ...pagingOf(endpoint),
    ...(endpoint.method === 'POST' ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : []),
  ];
  const error = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };
  return {
    operationId: endpoint.id,
    summary: endpoint.summary,
    ...(parameters.length > 0 && { parameters }),
    ...(endpoint.method === 'POST' && fields.length > 0 && { requestBody: bodyOf(endpoint) }),
    responses: {
      [endpoint.status]: successOf(endpoint, schemas),
      ...(endpoint.method === 'POST' && { 409: { description: KEY_CONFLICT, content: error } }),
      '4XX': {
        description: 'The request was refused, as the code and the message say',
        content: error,
      },
    },
    'x-tieline-access': POLICY[endpoint.operation],
  };
}

function bodyOf(endpoint: Endpoint): Json {
  const fields = Object.entries(endpoint.input.shape);
  const required = fields.filter(([, field]) => !(field instanceof z.ZodOptional));
  const properties = Object.fromEntries(fields.map(([name, field]) => [name, openApiOf(field)]));
  const schema = {
    type: 'object',
    properties,
    ...(required.length > 0 && { required: required.map(([name]) => name) }),
  };
  return {
    required: required.length > 0,
    content: { 'application/x-www-form-urlencoded': { schema } },
  };
}

function successOf(endpoint: Endpoint, schemas: SchemaNames): Json {
  if (endpoint.status === 204) return { description: 'Deleted' };
  const instance = schemas.reference(endpoint.resource, endpoint.kind);
  const schema = endpoint.kind === 'list' ? envelopeOf(endpoint, instance) : instance;
  return {
    description: endpoint.status === 201 ? 'Created' : 'OK',
    content: { 'application/json': { schema } },
  };
}

function envelopeOf(endpoint: Endpoint, items: Json): Json {
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

function pagingOf({ kind, handle }: Endpoint): Json[] {
  if (kind !== 'list') return [];
  const size = 'all' in handle ? handle.all.page_size : DEFAULT_PAGE_SIZE;
  return [
    {
      name: 'PageSize',
      in: 'query',
      schema: { type: 'integer', minimum: 1, maximum: MAX_PAGE_SIZE, default: size },
    },
    { name: 'Page', in: 'query', schema: { type: 'integer', minimum: 0 } },
    { name: 'PageToken', in: 'query', schema: { type: 'string' } },
  ];
}

const IDEMPOTENCY_KEY: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Names this request, so that it may be sent again: for 24 hours the same key with the same ' +
    'request has no further effect, and the same answer. What was refused leaves the key free.',
  schema: { type: 'string', pattern: KEY.source },
};

const KEY_CONFLICT =
  'Code 20409: the Idempotency-Key was used for another request within the last 24 hours';

const ERROR = object({
  code: { type: 'integer' },
  message: { type: 'string' },
  more_info: { type: 'string', format: 'uri' },
  status: { type: 'integer' },
});

const CONTROL_ERROR = object({ error: { type: 'string' } });

function controlOperationOf(endpoint: ControlEndpoint): Json {
  const { $schema: _, ...input }: Json = z.toJSONSchema(endpoint.input, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      const { openapi } = jsonSchema as { openapi?: Json };
      if (!openapi) return;
      for (const name of Object.keys(jsonSchema)) delete jsonSchema[name];
      Object.assign(jsonSchema, openapi);
    },
  });
  const properties = Object.entries((input['properties'] ?? {}) as Json);
  const isRead = endpoint.method === 'GET';
  const takesBody = !isRead && (properties.length > 0 || 'anyOf' in input);
  const inQuery = isRead ? properties.map(([name, schema]) => ({ name, in: 'query', schema })) : [];
  const parameters = [...pathParametersOf(endpoint.path), ...inQuery];
  const error = { 'application/json': { schema: { $ref: '#/components/schemas/ControlError' } } };
  return {
    operationId: endpoint.id,
    summary: endpoint.summary,
    security: [{ operator: [] }],
    ...(parameters.length > 0 && { parameters }),
    ...(takesBody && {
      requestBody: { required: true, content: { 'application/json': { schema: input } } },
    }),
    responses: {
      [endpoint.status]: controlSuccessOf(endpoint),
      '4XX': { description: 'One sentence that says what to do', content: error },
    },
  };
}

function controlSuccessOf({ output, status }: ControlEndpoint): Json {
  if (!output) return { description: 'Done' };
  const content = { 'application/json': { schema: jsonSchemaOf(output) } };
  return { description: status === 201 ? 'Created' : 'OK', content };
}
