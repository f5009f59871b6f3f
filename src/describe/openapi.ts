import { POLICY } from '../access/policy.ts';
import type { Resource } from '../http/answers/resource.ts';
import type { ControlEndpoint } from '../http/control-endpoint.ts';
import type { Endpoint } from '../http/endpoint.ts';
import type { Routes } from '../http/served-routes.ts';
import {
  BASIC_DESCRIPTION,
  CONTROL_ERROR,
  controlInputOf,
  type DescribedField,
  ERROR,
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
import {
  CONTROL_TAG,
  controlDescriptionOf,
  descriptionOf,
  tagOf,
  tagOfList,
  withReferences,
} from './openapi-words.ts';

/**
 * The OpenAPI 3.1 description of all routes. It is made from the route tables, so it always matches
 * the served API.
 */
export function describeApi(routes: Routes, origin: string): Json {
  const schemas = new Schemas();
  const paths: Record<string, Json> = {};
  const tags = new Set<string>();
  for (const endpoint of routes.endpoints) {
    const path = templateOf(endpoint.path) + (isVersion2010(endpoint) ? '.json' : '');
    paths[path] = {
      ...paths[path],
      [endpoint.method.toLowerCase()]: operationOf(endpoint, schemas),
    };
    tags.add(tagOf(endpoint));
  }
  // Parts that only the control API uses are left out together with it.
  const hasControl = routes.control.length > 0;
  for (const endpoint of hasControl ? [...routes.control, ...routes.carriers.endpoints] : []) {
    const path = templateOf(endpoint.path);
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: controlOperationOf(endpoint) };
  }
  const named: Record<string, Json> = {};
  const described = withReferences(paths, named);
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
    tags: [...[...tags].map(tagOfList), ...(hasControl ? [CONTROL_TAG] : [])],
    paths: described,
    components: {
      securitySchemes: {
        basic: {
          type: 'http',
          scheme: 'basic',
          description: BASIC_DESCRIPTION,
        },
        ...(hasControl && { operator: { type: 'http', scheme: 'bearer' } }),
      },
      parameters: { IdempotencyKey: { ...IDEMPOTENCY_KEY, in: 'header' } },
      schemas: {
        ...schemas.all(),
        ...named,
        Error: ERROR,
        ...(hasControl && { ControlError: CONTROL_ERROR }),
      },
    },
  };
}

/** The schemas of all answers, by their names. */
class Schemas {
  readonly #names = new SchemaNames();
  readonly #schemas: Record<string, Json> = {};

  reference(resource: Resource, kind: Endpoint['kind']): Json {
    const name = this.#names.nameOf(resource, kind);
    this.#schemas[name] ??= jsonSchemaOf(resource.schema);
    return { $ref: `#/components/schemas/${name}` };
  }

  all(): Record<string, Json> {
    return this.#schemas;
  }
}

function templateOf(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}');
}

function pathParametersOf(path: string): Json[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: pathSchemaOf(name as string, path),
  }));
}

function inQuery(fields: readonly DescribedField[]): Json[] {
  return fields.map(({ name, schema }) => ({ name, in: 'query', schema }));
}

function operationOf(endpoint: Endpoint, schemas: Schemas): Json {
  const fields = fieldsOf(endpoint);
  const parameters = [
    ...pathParametersOf(endpoint.path),
    ...(endpoint.method === 'GET' ? inQuery([...fields, ...pagingOf(endpoint)]) : []),
    ...(endpoint.method === 'POST' ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : []),
  ];
  const error = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };
  return {
    operationId: endpoint.id,
    tags: [tagOf(endpoint)],
    summary: endpoint.summary,
    description: descriptionOf(endpoint),
    ...(parameters.length > 0 && { parameters }),
    ...(endpoint.method === 'POST' && fields.length > 0 && { requestBody: bodyOf(fields) }),
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

function bodyOf(fields: readonly DescribedField[]): Json {
  const required = fields.filter((field) => field.required);
  const properties = Object.fromEntries(fields.map(({ name, schema }) => [name, schema]));
  const schema = {
    type: 'object',
    properties,
    ...(required.length > 0 && { required: required.map(({ name }) => name) }),
  };
  return {
    required: required.length > 0,
    content: { 'application/x-www-form-urlencoded': { schema } },
  };
}

function successOf(endpoint: Endpoint, schemas: Schemas): Json {
  if (endpoint.status === 204) return { description: 'Deleted' };
  const instance = schemas.reference(endpoint.resource, endpoint.kind);
  const schema = endpoint.kind === 'list' ? envelopeOf(endpoint, instance) : instance;
  return {
    description: successWordOf(endpoint),
    content: { 'application/json': { schema } },
  };
}

function controlOperationOf(endpoint: ControlEndpoint): Json {
  const { body, query } = controlInputOf(endpoint);
  const parameters = [...pathParametersOf(endpoint.path), ...inQuery(query)];
  const error = { 'application/json': { schema: { $ref: '#/components/schemas/ControlError' } } };
  return {
    operationId: endpoint.id,
    tags: [CONTROL_TAG.name],
    summary: endpoint.summary,
    description: controlDescriptionOf(endpoint),
    security: [{ operator: [] }],
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: body } } },
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
  return { description: successWordOf({ status }), content };
}
