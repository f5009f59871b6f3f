import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import type { Answer } from '../http/answers/answer.ts';
import { wantsToken } from '../http/guards/operator-guard.ts';
import { locationOf, originOf } from '../http/location.ts';
import { fields, oneOf, readFields } from '../http/parameters/fields.ts';
import { parseForm } from '../http/parameters/form.ts';
import type { RouteTable } from '../http/route-table.ts';
import { routedMethods } from '../http/routed-methods.ts';
import type { Described, Routes } from '../http/served-routes.ts';
import type { Json } from './describe.ts';
import { describeRaml, RAML_DOCUMENTS, type RamlDocument } from './raml.ts';
import { ramlTreeOf } from './raml-tree.ts';
import { RAML_VERSIONS, type RamlVersion } from './raml-words.ts';

/** The path at which old notebooks look for the description of Twilio's API. */
const NOTEBOOKS = '/apiplatform/repository/public/organizations/30/apis/8031/versions/8196';

const ADDRESSES: readonly { readonly url: string; readonly document: RamlDocument }[] = [
  ...RAML_DOCUMENTS.map((document) => ({ url: `/raml/${document}.raml`, document })),
  { url: `${NOTEBOOKS}/definition`, document: '2010-04-01' },
  { url: `${NOTEBOOKS}/files/root`, document: '2010-04-01' },
];

const FORMATS = ['yaml', 'json'] as const;
type Format = (typeof FORMATS)[number];

const TYPES: Readonly<Record<Format, string>> = {
  yaml: 'application/raml+yaml; charset=utf-8',
  json: 'application/json',
};

const parameters = fields({
  raml: oneOf(RAML_VERSIONS).optional(),
  format: oneOf(FORMATS).optional(),
});

const operation = 'raml';

/** The description of the operator's API. */
const CONTROL_DOCUMENT: RamlDocument = 'tieline';

/** Serves the API's description in RAML. The default version is the one that old notebooks read. */
export function serveRaml(
  table: RouteTable,
  app: App,
  { routes, answer, isOpen }: Described,
): void {
  const textOf = openTexts(routes, app.config.mode);
  for (const { url, document } of ADDRESSES) {
    table.add({
      methods: routedMethods('GET'),
      path: url,
      operation,
      handle: async (request, reply) => {
        if (document === CONTROL_DOCUMENT && !(await isOpen(request))) {
          throw wantsToken(app.config.adminToken);
        }
        const { query } = locationOf(request.raw);
        const { raml: version = '0.8', format = 'yaml' } = readFields(parameters, parseForm(query));
        const { protocol, headers } = request;
        const origin = originOf(app.config.publicUrl, protocol === 'https', headers.host);
        const text = await textOf({ document, version, format }, origin);
        return answer(reply, unlessKnown(request, text, TYPES[format]));
      },
    });
  }
}

/** The choice of one text. The same text serves all server addresses. */
interface Wanted {
  readonly document: RamlDocument;
  readonly version: RamlVersion;
  readonly format: Format;
}

/** The placeholder for the host in stored texts. */
const SOME_HOST = 'host.invalid';

/**
 * Writes each document once and inserts the server's address for each request. Writing a document
 * takes tens of milliseconds, and anybody may request it with any Host header.
 */
function openTexts(routes: Routes, mode: App['config']['mode']) {
  const texts = new Map<string, Promise<string>>();
  return async (wanted: Wanted, origin: string): Promise<string> => {
    const { document, version, format } = wanted;
    const [scheme = 'http'] = origin.split(':');
    const some = `${scheme}://${SOME_HOST}`;
    const name = [document, version, format, scheme].join(' ');
    let text = texts.get(name);
    if (!text) {
      text = writeText(describeRaml(routes, some, { version, document, mode }), wanted);
      texts.set(name, text);
    }
    return (await text).replace(some, () => origin);
  };
}

async function writeText(described: Json, { version, format }: Wanted): Promise<string> {
  if (format === 'json') return JSON.stringify(ramlTreeOf(described, version));
  const { Document, isScalar, visit } = await import('yaml');
  // Parsers of RAML 0.8 read YAML 1.1, which requires quotes around more words.
  const yaml = new Document(described, { version: '1.1', aliasDuplicateObjects: false });
  visit(yaml, {
    Pair(_, { key }) {
      // The keys of responses are numbers (RAML 0.8, "Responses").
      if (isScalar(key) && /^\d{3}$/.test(String(key.value))) key.value = Number(key.value);
    },
  });
  return `#%RAML ${version}\n${yaml.toString({ lineWidth: 0 })}`;
}

/** The text, or 304 when the client already has it (RFC 9110 §13.1.2). */
function unlessKnown({ headers }: FastifyRequest, text: string, type: string): Answer {
  const etag = `"${createHash('sha256').update(text).digest('base64url')}"`;
  const common = {
    'access-control-allow-origin': '*',
    'cache-control': 'no-cache',
    etag,
  };
  const known = (headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim());
  if (known.some((tag) => tag === '*' || tag.replace(/^W\//, '') === etag)) {
    return { status: 304, operation, headers: common };
  }
  return { status: 200, operation, type, body: text, headers: common };
}
