import { isIP } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import { type Act, act } from '../audit/act.ts';
import { OPERATOR } from '../audit/audit-event.ts';
import { ApiError } from '../kit/api-error.ts';
import { digestOf, sameDigest } from '../kit/seal.ts';
import type { Answer } from './answer.ts';
import {
  type ControlCall,
  type ControlEndpoint,
  readControlInput,
  readControlQuery,
} from './control-endpoint.ts';
import { decodeUtf8 } from './form.ts';
import { demandPathParameters, locationOf, originOf } from './location.ts';
import { CONTENT_TYPES } from './representation.ts';
import { routedMethods } from './routed-methods.ts';

/** Serves the control API. */
export function serveControl(
  server: FastifyInstance,
  app: App,
  endpoints: readonly ControlEndpoint[],
  reply: (to: FastifyReply, answer: Answer) => FastifyReply,
): void {
  for (const endpoint of endpoints) {
    server.route({
      method: routedMethods(endpoint.method),
      url: endpoint.path,
      config: { operation: endpoint.id },
      ...(endpoint.body_bytes !== undefined && { bodyLimit: endpoint.body_bytes }),
      handler: async (request, to) => reply(to, await answerControl(app, endpoint, request)),
    });
  }
}

async function answerControl(
  app: App,
  endpoint: ControlEndpoint,
  request: FastifyRequest,
): Promise<Answer> {
  demandOperator(app, request);
  const input = readInput(endpoint, request);
  const path = request.params as Record<string, string>;
  demandPathParameters(path);
  const origin = originOf(app.config.publicUrl, request.protocol === 'https', request.headers.host);
  const call: ControlCall = { app, db: app.database.db, path, input, origin };
  const { handle, status, id: operation } = endpoint;
  const value = await run(handle, call);
  if (status === 204) return { status, operation };
  return { status, operation, body: JSON.stringify(value), type: CONTENT_TYPES.json };
}

function run(handle: ControlEndpoint['handle'], call: ControlCall): Promise<unknown> {
  if ('reads' in handle) return handle.reads(call);
  if ('waits' in handle) return handle.waits(call);
  const deed = (doing: Act) => handle.writes({ ...call, ...doing, db: doing.tx });
  return act(call.app, OPERATOR, deed, laneOf(call.input));
}

/** The account that a call is about, as far as it names one, has its turn with it. */
function laneOf(input: unknown): string | undefined {
  const [first] = [input].flat() as readonly { readonly account_sid?: unknown }[];
  return typeof first?.account_sid === 'string' ? first.account_sid : undefined;
}

function readInput({ handle, input }: ControlEndpoint, request: FastifyRequest): unknown {
  if ('reads' in handle) return readControlQuery(input, locationOf(request.raw).query);
  const body = request.body as Buffer | undefined;
  if (body && body.length > 0 && !isJson(request.headers['content-type'])) {
    throw new ApiError(415, 20001, 'Send the body as application/json.');
  }
  return readControlInput(input, body ? decodeUtf8(body) : '');
}

function isJson(type: string | undefined): boolean {
  return type === undefined || /^application\/json *(?:;|$)/i.test(type);
}

/**
 * The control API asks for the operator's bearer token, except in development mode from this
 * machine itself. What a web page makes a browser send is not from the machine's user: it
 * names a foreign origin, or a host name that merely resolves to loopback.
 */
function demandOperator(app: App, request: FastifyRequest): void {
  const { mode, adminToken } = app.config;
  const { authorization = '' } = request.headers;
  const [, given] = /^bearer +(\S+)$/i.exec(authorization) ?? [];
  if (given !== undefined && adminToken !== null) {
    if (sameDigest(digestOf(given), digestOf(adminToken))) return;
  } else if (mode === 'development' && isLocal(request)) {
    return;
  }
  const message =
    adminToken === null
      ? 'Set TIELINE_ADMIN_TOKEN, restart, and send it as "Authorization: Bearer …".'
      : 'Send "Authorization: Bearer" with the value of TIELINE_ADMIN_TOKEN.';
  throw new ApiError(401, 20003, message, { 'WWW-Authenticate': 'Bearer realm="Tieline"' });
}

function isLocal({ headers, socket }: FastifyRequest): boolean {
  if (!isLoopback(socket.remoteAddress ?? '')) return false;
  if (headers.forwarded !== undefined || headers['x-forwarded-for'] !== undefined) return false;
  if (headers['sec-fetch-site'] !== undefined && headers['sec-fetch-site'] !== 'same-origin') {
    return headers['sec-fetch-site'] === 'none';
  }
  const hosts = [headers.host, headers.origin?.replace(/^https?:\/\//, '')];
  return hosts.every((host) => host === undefined || isLocalHost(host));
}

function isLocalHost(host: string): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || name.endsWith('.localhost') || isLoopback(name);
}

function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/, '');
  return isIP(plain) === 4 ? plain.startsWith('127.') : plain === '::1';
}
