import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import { type Act, act } from '../audit/act.ts';
import { OPERATOR } from '../audit/audit-event.ts';
import { ApiError } from '../kit/api-error.ts';
import type { Answer } from './answers/answer.ts';
import { CONTENT_TYPES } from './answers/representation.ts';
import { withoutPasswords } from './answers/shown-urls.ts';
import {
  type ControlCall,
  type ControlEndpoint,
  readControlInput,
  readControlQuery,
} from './control-endpoint.ts';
import { type OperatorGuard, openOperatorGuard } from './guards/operator-guard.ts';
import { demandPathParameters, locationOf, originOf } from './location.ts';
import { decodeUtf8 } from './parameters/form.ts';
import { routedMethods } from './routed-methods.ts';

/** Serves the control API. */
export function serveControl(
  server: FastifyInstance,
  app: App,
  endpoints: readonly ControlEndpoint[],
  reply: (to: FastifyReply, answer: Answer) => FastifyReply,
): void {
  const guard = openOperatorGuard(app);
  for (const endpoint of endpoints) {
    server.route({
      method: routedMethods(endpoint.method),
      url: endpoint.path,
      config: { operation: endpoint.id },
      ...(endpoint.body_bytes !== undefined && { bodyLimit: endpoint.body_bytes }),
      handler: async (request, to) => reply(to, await answerControl(app, guard, endpoint, request)),
    });
  }
}

async function answerControl(
  app: App,
  guard: OperatorGuard,
  endpoint: ControlEndpoint,
  request: FastifyRequest,
): Promise<Answer> {
  await guard(request);
  const input = readInput(endpoint, request);
  const path = request.params as Record<string, string>;
  demandPathParameters(path);
  const origin = originOf(app.config.publicUrl, request.protocol === 'https', request.headers.host);
  const call: ControlCall = { app, db: app.database.db, path, input, origin };
  const { handle, status, id: operation } = endpoint;
  const value = await run(handle, call);
  if (status === 204) return { status, operation };
  const shown = endpoint.output === null ? value : withoutPasswords(endpoint.output, value);
  return { status, operation, body: JSON.stringify(shown), type: CONTENT_TYPES.json };
}

function run(handle: ControlEndpoint['handle'], call: ControlCall): Promise<unknown> {
  if ('reads' in handle) return handle.reads(call);
  if ('waits' in handle) return handle.waits(call);
  const deed = (doing: Act) => handle.writes({ ...call, ...doing, db: doing.tx });
  return act(call.app, OPERATOR, deed, laneOf(call.input));
}

/**
 * The account that a call names, if any: the call's writes take turns with that account's writes.
 */
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
