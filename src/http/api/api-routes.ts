import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  admitWithin,
  authenticate,
  type Claim,
  demandAllowed,
  readCredentials,
} from '../../access/authenticate.ts';
import { type CredentialPlaces, openCredentialPlaces } from '../../access/credential-places.ts';
import { type GrantUses, openGrantUses } from '../../access/grant-uses.ts';
import { actorOf, type Caller, type Principal, senderOf } from '../../access/principal.ts';
import type { App } from '../../app.ts';
import { type Act, act } from '../../audit/act.ts';
import { concernOf } from '../../audit/concern.ts';
import { noteRepeated } from '../../audit/repeated-events.ts';
import { ApiError, NotFound } from '../../kit/api-error.ts';
import type { Answer } from '../answers/answer.ts';
import { fileHeaders } from '../answers/file-headers.ts';
import { CONTENT_TYPES, type Format, representOne } from '../answers/representation.ts';
import { shownTo } from '../answers/shown-urls.ts';
import type { Call, Endpoint } from '../endpoint.ts';
import { openRateLimits, type RateLimits } from '../guards/rate-limits.ts';
import { demandPathParameters, type Location, locationOf, originOf } from '../location.ts';
import { readBody } from '../parameters/body.ts';
import { readFields } from '../parameters/fields.ts';
import { type Form, parseForm, withoutEmpty } from '../parameters/form.ts';
import { noteSender } from '../request-log.ts';
import { routedMethods } from '../routed-methods.ts';
import { doOnce, readKeyedRequest } from './idempotency.ts';
import { listBody, wholeListBody } from './list-body.ts';

/** What all requests share. */
interface Desk {
  readonly app: App;
  readonly limits: RateLimits;
  readonly uses: GrantUses;
  readonly places: CredentialPlaces;
  /** The suffixes of what is itself a file, by the path of the endpoint that answers with it. */
  readonly files: ReadonlyMap<string, readonly string[]>;
}

/** Serves the route table: each endpoint on its path, whatever the suffix. */
export function serveApi(
  server: FastifyInstance,
  app: App,
  endpoints: readonly Endpoint[],
  reply: (to: FastifyReply, answer: Answer) => FastifyReply,
): void {
  const files = endpoints.flatMap(({ path, bytes }) =>
    bytes ? [[path, bytes.suffixes] as const] : [],
  );
  const desk = {
    app,
    limits: openRateLimits(app.config),
    uses: openGrantUses(app),
    places: openCredentialPlaces(app),
    files: new Map(files),
  };
  for (const endpoint of endpoints) {
    server.route({
      method: routedMethods(endpoint.method),
      url: endpoint.path,
      config: { operation: endpoint.id },
      handler: async (request, to) => reply(to, await answerEndpoint(desk, endpoint, request)),
    });
  }
  for (const { method, url } of shadowedRoutes(endpoints)) {
    server.route({
      method: routedMethods(method),
      url,
      handler: (_request, to) => to.callNotFound(),
    });
  }
}

/**
 * Methods that a path does not have while the path of one thing, which also fits it, has them:
 * `DELETE …/IncomingPhoneNumbers/Local` is not about a number whose SID is `Local`.
 */
function shadowedRoutes(endpoints: readonly Endpoint[]) {
  const has = new Set(endpoints.map(({ method, path }) => `${method} ${path}`));
  const byFolder = Map.groupBy(endpoints, ({ path }) => splitLast(path).folder);
  const shadowed = new Map<string, { method: Endpoint['method']; url: string }>();
  for (const beside of byFolder.values()) {
    const isOfOne = ({ path }: Endpoint) => splitLast(path).last.startsWith(':');
    const [ofOne, others] = [beside.filter(isOfOne), beside.filter((one) => !isOfOne(one))];
    for (const { method } of ofOne) {
      for (const { path: url } of others) {
        const name = `${method} ${url}`;
        if (!has.has(name)) shadowed.set(name, { method, url });
      }
    }
  }
  return shadowed.values();
}

function splitLast(path: string): { readonly folder: string; readonly last: string } {
  const slash = path.lastIndexOf('/');
  return { folder: path.slice(0, slash), last: path.slice(slash + 1) };
}

async function answerEndpoint(
  desk: Desk,
  endpoint: Endpoint,
  request: FastifyRequest,
): Promise<Answer> {
  const path = request.params as Record<string, string>;
  const { credentials, principal } = await callerOf(desk, request);
  const claim: Claim = {
    credentials,
    operation: endpoint.operation,
    account_sid: path['AccountSid'] ?? null,
    changes: endpoint.method !== 'GET',
    pretends: endpoint.pretends !== undefined,
  };
  noteSender(request, senderOf(principal));
  return desk.limits.limited(principal, () =>
    answerCaller(desk, endpoint, request, { claim, principal }),
  );
}

/** Finds out who is calling, and notes credentials that are refused. */
async function callerOf({ app, limits }: Desk, { headers, ip }: FastifyRequest) {
  try {
    // Refusing a request without credentials is as cheap as counting it, so no limit applies.
    const credentials = readCredentials(headers.authorization);
    const ask = () => authenticate(app.database.db, credentials);
    return { credentials, principal: await limits.authenticated(ip, credentials, ask) };
  } catch (error) {
    const isRefused = error instanceof ApiError && error.status === 401;
    // Clients that send nothing at first, and credentials when they are asked, guess at none.
    if (isRefused && headers.authorization !== undefined) {
      noteRepeated(app, { kind: 'credentials.refused', address: ip, ...concernOf(error) });
    }
    throw error;
  }
}

/** Answers a caller who is known and within the limits. */
async function answerCaller(
  { app, uses, places, files }: Desk,
  endpoint: Endpoint,
  request: FastifyRequest,
  { claim, principal }: { claim: Claim; principal: Caller },
): Promise<Answer> {
  const { db } = app.database;
  await demandAllowed(db, claim, principal);
  if (principal.kind === 'connect_app') uses.note(principal.grant_sid);
  places.note(principal, request.ip);
  const asked = await readRequest(app, endpoint, request, principal);
  if (principal.kind === 'test') return pretend(app, endpoint, principal, asked);
  const { location, form, ...rest } = asked;
  const call: Call = { ...rest, app, db, principal };
  const { id: operation, handle, status } = endpoint;
  const { format } = location;
  const removesFile =
    endpoint.method === 'DELETE' && files.get(endpoint.path)?.includes(location.suffix);
  const content = removesFile ? null : await bytesOf(endpoint, call, location);
  if (content) return { status, operation, ...content };
  const type = CONTENT_TYPES[format];
  if ('pages' in handle) {
    const body = await listBody(endpoint, handle.pages, call, location, form);
    return { status, operation, body, type };
  }
  if ('all' in handle) {
    const body = await wholeListBody(endpoint, handle.all, call, location, form);
    return { status, operation, body, type };
  }
  const value =
    'reads' in handle
      ? await handle.reads(call)
      : await change(call, claim, repeatable(handle.writes, endpoint, request, form));
  if (status === 204) return { status, operation };
  return answerWith(endpoint, principal, value, format);
}

/** A request as its endpoint reads it. */
interface Asked extends Pick<Call, 'account_sid' | 'path' | 'input' | 'origin'> {
  readonly location: Location;
  readonly form: Form;
}

/** @throws ApiError 400, 404 or 415 for what the endpoint does not take. */
async function readRequest(
  { config }: App,
  endpoint: Endpoint,
  request: FastifyRequest,
  { account }: Caller,
): Promise<Asked> {
  const location = locationOf(request.raw);
  const path = request.params as Record<string, string>;
  demandPathParameters(path);
  const form =
    endpoint.method === 'POST'
      ? await readBody(request, endpoint.input)
      : withoutEmpty(parseForm(location.query));
  return {
    location,
    form,
    account_sid: path['AccountSid'] ?? account.sid,
    path,
    input: endpoint.method === 'DELETE' ? {} : readFields(endpoint.input, form),
    origin: originOf(config.publicUrl, request.protocol === 'https', request.headers.host),
  };
}

/**
 * Answers test credentials as if it had been done. Nothing is kept of it, so that there is
 * nothing either for an `Idempotency-Key` to find again, which is not looked at.
 */
function pretend(
  { newSid, now }: App,
  endpoint: Endpoint,
  caller: Caller,
  { account_sid, path, input, location }: Asked,
): Promise<Answer> {
  const { format, suffix } = location;
  const isRepresentation = suffix === '' || suffix === `.${format}`;
  if (!endpoint.pretends || !isRepresentation) throw new NotFound();
  const value = endpoint.pretends({ newSid, now: now(), account_sid, path, input });
  return answerWith(endpoint, caller, value, format);
}

async function answerWith(
  { id: operation, resource, status }: Endpoint,
  caller: Caller,
  value: unknown,
  format: Format,
): Promise<Answer> {
  const body = representOne(resource, shownTo(caller, resource.schema, value), format);
  const type = CONTENT_TYPES[format];
  return { status, operation, body: typeof body === 'string' ? body : await body, type };
}

/**
 * The content of a file, where the path asks for it: as what it is said to be and nothing else,
 * without leave to run anything.
 * @throws ApiError 404/20404 for a suffix that the endpoint does not have.
 */
async function bytesOf({ bytes }: Endpoint, call: Call, { route, suffix, format }: Location) {
  const isRepresentation = suffix === `.${format}`;
  const isContent = bytes?.suffixes.includes(suffix) ?? false;
  if (isRepresentation || (suffix === '' && !isContent)) return null;
  if (!bytes || !isContent) throw new NotFound();
  const { type, body, headers } = await bytes.read(call, suffix);
  const name = `${route.slice(route.lastIndexOf('/') + 1)}${suffix}`;
  return {
    type,
    body,
    headers: {
      ...fileHeaders(name, type),
      'x-content-type-options': 'nosniff',
      ...headers,
    },
  };
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
