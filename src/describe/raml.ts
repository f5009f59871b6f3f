import type { Config } from '../config.ts';
import type { Routes } from '../http/served-routes.ts';
import { BASIC_DESCRIPTION, CONTROL_ERROR, ERROR, type Json } from './describe.ts';
import {
  apiOperations,
  controlOperations,
  jsonBody,
  RamlSchemas,
  REFUSABLE,
  REPEATABLE,
  repeatableTrait,
} from './raml-operations.ts';
import { resourcesOf } from './raml-resources.ts';
import { RAML_WORDS, type RamlVersion, type RamlWords } from './raml-words.ts';

/** The API has three base addresses, and a RAML document has one `baseUri`: three documents. */
export const RAML_DOCUMENTS = ['2010-04-01', 'v1', 'tieline'] as const;
export type RamlDocument = (typeof RAML_DOCUMENTS)[number];

/** The choice of a description. */
export interface RamlWanted {
  readonly version: RamlVersion;
  readonly document: RamlDocument;
  /** In development mode the control API also answers without its token. */
  readonly mode: Config['mode'];
}

/**
 * A part of the API in RAML. It is made from the route tables, so it always matches the served API.
 * @param origin `https://host`, the start of `baseUri`
 * @returns the document as plain data, for YAML or for `ramlTreeOf`
 */
export function describeRaml(routes: Routes, origin: string, wanted: RamlWanted): Json {
  const words = RAML_WORDS[wanted.version];
  return wanted.document === 'tieline'
    ? describeControlApi(routes, origin, words, wanted.mode)
    : describeVersion(routes, origin, words, wanted.document);
}

const TITLES = { '2010-04-01': 'Tieline', v1: 'Tieline, connection policies and BYOC trunks' };

const OVERVIEWS = {
  '2010-04-01':
    'A Twilio-Connect-compatible API. Each address takes the suffix of a representation: .json, ' +
    '.xml or .csv. Without one it answers with XML.',
  v1: 'The part of a Twilio-Connect-compatible API that answers with JSON and has no suffixes.',
};

function describeVersion(
  routes: Routes,
  origin: string,
  words: RamlWords,
  version: Exclude<RamlDocument, 'tieline'>,
): Json {
  const schemas = new RamlSchemas();
  schemas.declare('Error', ERROR);
  const operations = apiOperations(routes.endpoints, `/${version}`, schemas, words);
  const head = {
    title: TITLES[version],
    version,
    baseUri: `${origin}/{version}`,
    ...documentation(OVERVIEWS[version]),
    ...security({ basic: basic(words) }, ['basic'], words),
  };
  const traits = { ...refusable('Error', words), [REPEATABLE]: repeatableTrait(words) };
  return assemble({ head, operations, schemas, traits }, words);
}

function describeControlApi(
  routes: Routes,
  origin: string,
  words: RamlWords,
  mode: Config['mode'],
): Json {
  const schemas = new RamlSchemas();
  schemas.declare('ControlError', CONTROL_ERROR);
  const operations = controlOperations(routes.control, schemas, words);
  const securedBy = mode === 'development' ? [null, 'operator'] : ['operator'];
  const head = {
    title: 'Tieline, the control API',
    baseUri: `${origin}/_tieline`,
    ...documentation(
      'Operators and tests control the platform itself with this API. Requests and answers are JSON.',
    ),
    ...security({ operator: operator(words) }, securedBy, words),
  };
  const traits = refusable('ControlError', words);
  return assemble({ head, operations, schemas, traits }, words);
}

interface Parts {
  readonly head: Json;
  readonly operations: Parameters<typeof resourcesOf>[0];
  readonly schemas: RamlSchemas;
  readonly traits: Json;
}

function assemble({ head, operations, schemas, traits }: Parts, words: RamlWords): Json {
  const { resources, types } = resourcesOf(operations, words);
  return {
    ...head,
    mediaType: 'application/json',
    traits: words.declared(traits),
    ...(Object.keys(types).length > 0 && { resourceTypes: words.declared(types) }),
    [words.schemas]: words.declared(schemas.all()),
    ...resources,
  };
}

function documentation(content: string): Json {
  return { documentation: [{ title: 'Overview', content }] };
}

function security(schemes: Json, securedBy: readonly unknown[], { declared }: RamlWords): Json {
  return { securitySchemes: declared(schemes), securedBy };
}

function basic(words: RamlWords): Json {
  return {
    type: 'Basic Authentication',
    description: BASIC_DESCRIPTION,
    describedBy: {
      headers: { Authorization: words.parameter({ schema: {}, required: true }) },
      responses: {
        401: {
          description: 'The credentials are missing or wrong',
          body: jsonBody('Error', words),
        },
      },
    },
  };
}

function operator(words: RamlWords): Json {
  const schema = { type: 'string', pattern: '^[Bb]earer +\\S+$' };
  return {
    type: 'x-bearer',
    description:
      'Authorization: Bearer and the value of TIELINE_ADMIN_TOKEN. In development mode calls from ' +
      'the machine itself need none.',
    describedBy: {
      headers: { Authorization: words.parameter({ schema, required: true }) },
      responses: {
        401: {
          description: 'The token is missing or wrong',
          body: jsonBody('ControlError', words),
        },
      },
    },
  };
}

const REFUSALS = {
  Error: {
    400: 'A parameter breaks its rule, as the message says',
    403: 'The caller may not do this',
    404: 'The caller has nothing of that name',
    429: 'Too many requests; Retry-After says when to send it again',
  },
  ControlError: {
    400: 'A field breaks its rule, as the error says',
    404: 'There is nothing of that name',
    409: 'The state of the platform does not allow this',
  },
} as const;

function refusable(schema: 'Error' | 'ControlError', words: RamlWords): Json {
  const body = jsonBody(schema, words);
  const refusals = Object.entries(REFUSALS[schema]);
  const responses = refusals.map(([status, description]) => [status, { description, body }]);
  return { [REFUSABLE]: { responses: Object.fromEntries(responses) } };
}
