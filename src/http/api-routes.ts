import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  admitWithin,
  authenticate,
  type Claim,
  demandAllowed,
  readCredentials,
} from '../access/authenticate.ts';
import { type GrantUses, openGrantUses } from '../access/grant-uses.ts';
import { actorOf, type Principal } from '../access/principal.ts';
import type { App } from '../app.ts';
import { type Act, act } from '../audit/act.ts';
import { ApiError } from '../kit/api-error.ts';
import type { Answer } from './answer.ts';
import type { Call, Endpoint, ListHandler } from './endpoint.ts';
import { readFields } from './fields.ts';
import { decodeUtf8, EMPTY_FORM, type Form, parseForm } from './form.ts';
import { doOnce, readKeyedRequest } from './idempotency.ts';
import { demandPathParameters, type Location, locationOf, originOf } from './location.ts';
import { readPaging } from './paging.ts';
import { openRateLimits, type RateLimits } from './rate-limits.ts';
import { CONTENT_TYPES, representList, representOne } from './representation.ts';

/** What all requests share. */
interface Desk {
  readonly app: App;
  readonly limits: RateLimits;
  readonly uses: GrantUses;
}

/** Serves the route table: each endpoint on its path, whatever the suffix. */
export function serveApi(
  server: FastifyInstance,
  app: App,
  endpoints: readonly Endpoint[],
  reply: (to: FastifyReply, answer: Answer) => FastifyReply,
): void {
  const desk = { app, limits: openRateLimits(app.config), uses: openGrantUses(app) };
  for (const endpoint of endpoints) {
    server.route({
      method: endpoint.method,
      url: endpoint.path,
      config: { operation: endpoint.id },
      handler: async (request, to) => reply(to, await answerEndpoint(desk, endpoint, request)),
    });
  }
}

async function answerEndpoint(
  desk: Desk,
  endpoint: Endpoint,
  request: FastifyRequest,
): Promise<Answer> {
  const path = request.params as Record<string, string>;
  // What has no credentials to ask for costs no more to refuse than a limit would.
  const credentials = readCredentials(request.headers.authorization);
  const claim: Claim = {
    credentials,
    operation: endpoint.operation,
    account_sid: path['AccountSid'] ?? null,
    changes: endpoint.method !== 'GET',
  };
  const { db } = desk.app.database;
  const principal = await desk.limits.authenticated(request.ip, credentials, () =>
    authenticate(db, credentials),
  );
  return desk.limits.limited(principal, () =>
    answerCaller(desk, endpoint, request, { claim, principal }),
  );
}

/** Answers a caller who is known and within the limits. */
async function answerCaller(
  { app, uses }: Desk,
  endpoint: Endpoint,
  request: FastifyRequest,
  { claim, principal }: { claim: Claim; principal: Principal },
): Promise<Answer> {
  await demandAllowed(app.database.db, claim, principal);
  if (principal.kind === 'connect_app') uses.note(principal.grant_sid);
  const location = locationOf(request.raw);
  const path = request.params as Record<string, string>;
  demandPathParameters(path);
  const form = endpoint.method === 'POST' ? readBody(request) : parseForm(location.query);
  const call: Call = {
    app,
    db: app.database.db,
    principal,
    account_sid: path['AccountSid'] ?? principal.account.sid,
    path,
    input: endpoint.method === 'DELETE' ? {} : readFields(endpoint.input, form),
    origin: originOf(app.config.publicUrl, request.protocol === 'https', request.headers.host),
  };
  const { id: operation, handle, resource, status } = endpoint;
  const { format } = location;
  const type = CONTENT_TYPES[format];
  if ('pages' in handle) {
    const body = await listBody(endpoint, handle.pages, call, location, form);
    return { status, operation, body, type };
  }
  const value =
    'reads' in handle
      ? await handle.reads(call)
      : await change(call, claim, repeatable(handle.writes, endpoint, request, form));
  if (status === 204) return { status, operation };
  const body = representOne(resource, value, format);
  return { status, operation, body: typeof body === 'string' ? body : await body, type };
}

/** One page of a list, as the body of an answer. */
async function listBody(
  { resource }: Endpoint,
  pages: ListHandler,
  call: Call,
  location: Location,
  query: Form,
): Promise<string> {
  const request = readPaging(query);
  const { found, resources } = await pages(call, request);
  const { route: path, format } = location;
  const answer = { resource, found, resources, request, query, path, origin: call.origin };
  return representList(answer, format, path.startsWith('/2010-04-01/') ? '2010' : 'v1');
}

type Write = (call: Call & Act) => Promise<unknown>;

/** A `POST` with an `Idempotency-Key` is done once; anything else as often as it is sent. */
function repeatable(
  write: Write,
  { method }: Endpoint,
  { headers, raw }: FastifyRequest,
  form: Form,
): Write {
  const key = method === 'POST' ? headers['idempotency-key'] : undefined;
  if (key === undefined) return write;
  const request = readKeyedRequest(key, { method, path: locationOf(raw).path, form });
  return (doing) => doOnce(doing, request, () => write(doing));
}

/** Runs a write in its transaction, where the caller is admitted once more. */
function change(call: Call, claim: Claim, handle: Write): Promise<unknown> {
  const { app } = call;
  let principal: Principal = call.principal;
  return act(
    app,
    async (tx) => {
      const { engine } = app.database;
      principal = await admitWithin(tx, engine, claim, call.principal, app.now());
      return actorOf(principal);
    },
    (doing) => handle({ ...call, ...doing, db: doing.tx, principal }),
    call.principal.account.owner_account_sid,
  );
}

/**
 * The parameters of a `POST`. A body without a type is read as a form, as curl's users expect.
 * @throws ApiError 415/20001 for any other type.
 */
function readBody(request: FastifyRequest): Form {
  const body = request.body as Buffer | undefined;
  if (body === undefined || body.length === 0) return EMPTY_FORM;
  const type = request.headers['content-type'] ?? '';
  if (type !== '' && !/^application\/x-www-form-urlencoded *(?:;|$)/i.test(type)) {
    throw new ApiError(
      415,
      20001,
      'Send the parameters as application/x-www-form-urlencoded, not as another Content-Type',
    );
  }
  return parseForm(decodeUtf8(body));
}
