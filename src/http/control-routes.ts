import type { FastifyReply, FastifyRequest } from 'fastify';
import { laneOf } from '../access/main-accounts.ts';
import type { App } from '../app.ts';
import { type Act, act } from '../audit/act.ts';
import { OPERATOR } from '../audit/audit-event.ts';
import { ApiError } from '../kit/api-error.ts';
import { networkOf, PEER_BITS } from '../kit/network.ts';
import { isSid } from '../kit/sid.ts';
import type { Answer } from './answers/answer.ts';
import { inTime } from './answers/deadline.ts';
import { CONTENT_TYPES } from './answers/representation.ts';
import { withoutPasswords } from './answers/shown-urls.ts';
import {
  type ControlCall,
  type ControlEndpoint,
  readControlInput,
  readControlQuery,
} from './control-endpoint.ts';
import { openGuesses } from './guards/guesses.ts';
import { bearerOf, type OperatorGuard, openOperatorGuard } from './guards/operator-guard.ts';
import { demandPathParameters, locationOf, originOf } from './location.ts';
import { decodeUtf8 } from './parameters/form.ts';
import { pathOf, type RouteTable } from './route-table.ts';
import { routedMethods } from './routed-methods.ts';
import type { CarrierRoutes, HeardRequest } from './served-routes.ts';

/** Serves the control API. */
export function serveControl(
  table: RouteTable,
  app: App,
  endpoints: readonly ControlEndpoint[],
  reply: (to: FastifyReply, answer: Answer) => FastifyReply,
): void {
  serve(table, app, endpoints, { reply, guard: openOperatorGuard(app) });
}

/** The segments that a far side's address may have behind the carrier's name. */
const HEARD_PATHS = ['', '/:One', '/:One/:Two', '/:One/:Two/:Three', '/:One/:Two/:Three/:Four'];

/** Serves the reports of carriers. A carrier in the path sends a token of its own. */
export function serveCarriers(
  table: RouteTable,
  app: App,
  { endpoints, admit, hear }: CarrierRoutes,
  reply: (to: FastifyReply, answer: Answer) => FastifyReply,
): void {
  const guesses = openGuesses();
  const guard: OperatorGuard = async (request) => {
    const network = networkOf(request.ip, PEER_BITS);
    await guesses.demandFew(network);
    const { Name = '' } = pathOf(request);
    try {
      admit(app, Name, bearerOf(request));
    } catch (error) {
      await guesses.count(network);
      throw error;
    }
  };
  serve(table, app, endpoints, { reply, guard });
  const operation = 'carrier';
  const handle = async (request: FastifyRequest, to: FastifyReply) => {
    const network = networkOf(request.ip, PEER_BITS);
    await guesses.demandFew(network);
    const { Name = '' } = pathOf(request);
    try {
      return reply(to, { operation, ...(await hear(app, Name, heardOf(app, request))) });
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) await guesses.count(network);
      throw error;
    }
  };
  for (const rest of HEARD_PATHS) {
    const path = `/_carrier/:Name/:Place${rest}`;
    table.add({ methods: ['GET', 'POST'], path, operation, handle });
  }
}

function heardOf({ config }: App, request: FastifyRequest): HeardRequest {
  const { headers, protocol, method, body, raw } = request;
  const { Name: _name, ...rest } = pathOf(request);
  demandPathParameters(rest);
  return {
    method: method === 'POST' ? 'POST' : 'GET',
    url: originOf(config.publicUrl, protocol === 'https', headers.host) + locationOf(raw).target,
    path: Object.values(rest),
    headers,
    body: (body as Buffer | undefined) ?? Buffer.alloc(0),
  };
}

function serve(
  table: RouteTable,
  app: App,
  endpoints: readonly ControlEndpoint[],
  {
    reply,
    guard,
  }: { readonly reply: (to: FastifyReply, answer: Answer) => FastifyReply; guard: OperatorGuard },
): void {
  for (const endpoint of endpoints) {
    table.add({
      methods: routedMethods(endpoint.method),
      path: endpoint.path,
      operation: endpoint.id,
      body_bytes: endpoint.body_bytes,
      handle: async (request, to) => reply(to, await answerControl(app, guard, endpoint, request)),
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
  const path = pathOf(request);
  demandPathParameters(path);
  const origin = originOf(app.config.publicUrl, request.protocol === 'https', request.headers.host);
  const call: ControlCall = { app, db: app.database.db, path, input, origin };
  const { status, id: operation } = endpoint;
  const work = run(endpoint, call);
  // A call that waits for something outside the database has a limit of its own.
  const isLong = 'waits' in endpoint.handle;
  const value = await (isLong ? work : inTime(work, { changes: 'writes' in endpoint.handle }));
  if (status === 204) return { status, operation };
  const shown = endpoint.output === null ? value : withoutPasswords(endpoint.output, value);
  return { status, operation, body: JSON.stringify(shown), type: CONTENT_TYPES.json };
}

async function run(
  { handle, account_of, ahead_of }: ControlEndpoint,
  call: ControlCall,
): Promise<unknown> {
  if ('reads' in handle) return handle.reads(call);
  if ('waits' in handle) return handle.waits(call);
  const deed = (doing: Act) => handle.writes({ ...call, ...doing, db: doing.tx });
  const account_sid = account_of ? await account_of(call) : accountIn(call);
  const lane = account_sid === undefined ? undefined : await laneOf(call.app, account_sid);
  return act(call.app, OPERATOR, deed, { lane, ahead: ahead_of?.(call) });
}

/** The account that a call names, in its input or in its path. */
function accountIn({ input, path }: ControlCall): string | undefined {
  const [first] = [input].flat() as readonly (Record<string, unknown> | undefined)[];
  const { Sid } = path as Readonly<Record<string, string>>;
  const named = [first?.['account_sid'], first?.['owner_account_sid'], Sid];
  return named.filter((sid) => typeof sid === 'string').find((sid) => isSid('AC', sid));
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
