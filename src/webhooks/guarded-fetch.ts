import { isIP, type LookupFunction, connect as netConnect, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import type { buildConnector, Dispatcher } from 'undici';
import type { App } from '../app.ts';
import { isLoopbackAddress } from '../kit/loopback.ts';
import { dropUserInfo } from '../kit/user-info.ts';
import { hostOf, type ReceiverPolicy } from './addresses.ts';
import { answerChallenge } from './digest-auth.ts';
import { causeOfFailure, explainFailure, type FailureCause } from './failure.ts';
import { demandAllowed, judge, type Receiver, RefusedError } from './judge-receiver.ts';
import { type Clock, startClock } from './request-clock.ts';
import type { UrlCredentials } from './webhook-url.ts';

/** One request to an address that a stranger chose. */
export interface OutgoingRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Sent only to a receiver that asks for them, in a second request within `total_ms`. */
  readonly credentials: UrlCredentials | null;
  /** For the lookup, TCP and TLS together. */
  readonly connect_ms: number;
  /** From the connection to the end of the headers, and between two pieces of the body. */
  readonly read_ms: number;
  readonly total_ms: number;
  /** How much of the answer's body is read; 4 KiB unless given. */
  readonly body_max_bytes?: number;
}

export type Outcome =
  | {
      readonly kind: 'response';
      readonly status: number;
      /** By name in lower case. */
      readonly headers: Readonly<Record<string, string | undefined>>;
      /** The `Set-Cookie` headers, each by itself: joined, they could not be told apart. */
      readonly set_cookies: readonly string[];
      /** The beginning of the body, as text that any database takes. */
      readonly body: string;
      /** The same as it came, and whether there was no more. */
      readonly bytes: Buffer;
      readonly is_whole: boolean;
    }
  | {
      readonly kind: 'failure';
      /** By our rules; before a connection stood; afterwards. */
      readonly phase: 'refused' | 'connect' | 'read';
      /** One sentence for the developer; it holds nothing secret. */
      readonly error: string;
      /** What more is known of it. */
      readonly cause?: FailureCause | null;
    };

type Response = Extract<Outcome, { kind: 'response' }>;
type Outside = Pick<App, 'resolve' | 'randomBytes'> &
  Partial<Pick<App, 'reachLocal'>> & { readonly config: ReceiverPolicy };

const BODY_MAX_BYTES = 4_096;
const HEADERS_MAX_BYTES = 16_384;
/** Of a name's addresses, all are judged and this many tried. */
const ADDRESSES_TRIED = 4;
const CNONCE_BYTES = 16;

/**
 * Sends one request and never throws (`docs/threats.md`, T27 to T30). It goes to public addresses
 * on allowed ports only, in development also to this machine; to the very addresses that were
 * judged; past no proxy, through no redirect. Whatever the receiver does, it ends within
 * `total_ms` and holds a few KiB: headers of 16 KiB, a body of 4 KiB that is not unpacked. A
 * response counts from its headers on, even if its body never ends.
 */
export async function guardedFetch(app: Outside, request: OutgoingRequest): Promise<Outcome> {
  const clock = startClock(request.total_ms);
  let host = 'The receiver';
  try {
    const url = URL.parse(request.url);
    if (!url) throw new RefusedError('This is not a URL; it looks like https://example.com/hook.');
    dropUserInfo(url);
    url.hash = '';
    host = hostOf(url);
    clock.wait('connect', request.connect_ms);
    const receiver = await judge(app, url, clock);
    const response = await send(app, receiver, request, clock);
    const authorization = authorize(app, receiver, request, response);
    if (authorization === null) return response;
    clock.wait('connect', request.connect_ms);
    const headers = { ...request.headers, authorization };
    return await send(app, receiver, { ...request, headers }, clock);
  } catch (error) {
    if (error instanceof RefusedError) {
      const { message, cause_of_failure: cause } = error;
      return { kind: 'failure', phase: 'refused', error: message, ...(cause && { cause }) };
    }
    const cause = causeOfFailure(error);
    return { kind: 'failure', phase: clock.phase, error: explainFailure(host, error), cause };
  } finally {
    clock.stop();
  }
}

/** Loaded with the first webhook: a start need not wait for it. */
const loadUndici = () => import('undici');
let undici: ReturnType<typeof loadUndici> | undefined;

/** Sends one request over a connection of its own, which is gone when this returns. */
async function send(
  app: Outside,
  receiver: Receiver,
  request: OutgoingRequest,
  clock: Clock,
): Promise<Response> {
  undici ??= loadUndici();
  const { Client } = await undici;
  const client = new Client(receiver.url.origin, {
    connect: connector(app, receiver, request, clock),
    maxHeaderSize: HEADERS_MAX_BYTES,
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
  });
  try {
    const { statusCode, headers, body } = await client.request({
      method: request.method,
      path: pathOf(receiver.url),
      headers: request.headers,
      body: request.body ?? null,
      signal: clock.signal,
      reset: true,
    });
    return {
      kind: 'response',
      status: statusCode,
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]),
      ),
      set_cookies: [headers['set-cookie'] ?? []].flat(),
      ...(await readBeginning(body, request.body_max_bytes ?? BODY_MAX_BYTES, () =>
        clock.wait('read', request.read_ms),
      )),
    };
  } finally {
    await client.destroy();
  }
}

/** Connects to the addresses that were judged, in their order, and looks where it arrived. */
function connector(
  { config: policy, reachLocal }: Outside,
  receiver: Receiver,
  { connect_ms, read_ms }: OutgoingRequest,
  clock: Clock,
): buildConnector.connector {
  const { host, port } = receiver;
  const tried = receiver.addresses.slice(0, ADDRESSES_TRIED);
  const lookup: LookupFunction = (_name, _options, answer) => {
    answer(
      null,
      tried.map((address) => ({ address, family: isIP(address) })),
    );
  };
  const options = {
    host,
    port,
    lookup,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: Math.max(10, Math.floor(connect_ms / tried.length)),
  };
  const begin = (secure: boolean, answer: buildConnector.Callback, reached?: Socket) => {
    // Certificates are checked whatever the environment says, against the name, not the address.
    const names = isIP(host) === 0 ? { servername: host } : {};
    const to = reached ? { ...options, socket: reached } : options;
    const socket: Socket = secure
      ? tlsConnect({ ...to, ...names, rejectUnauthorized: true, ALPNProtocols: ['http/1.1'] })
      : (reached ?? netConnect(options));
    const end = () => socket.destroy(clock.signal.reason as Error);
    const fail = (error: Error) => answer(error, null);
    clock.signal.addEventListener('abort', end, { once: true });
    socket.once('close', () => clock.signal.removeEventListener('abort', end));
    socket.once('error', fail);
    socket.once('connect', () => {
      try {
        demandAllowed(policy, receiver, socket.remoteAddress ?? '');
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
    const ready = () => {
      if (socket.destroyed) return;
      socket.off('error', fail);
      clock.wait('read', read_ms);
      answer(null, socket);
    };
    if (reached && !secure) ready();
    else socket.once(secure ? 'secureConnect' : 'connect', ready);
  };
  return ({ protocol }, answer) => {
    const secure = protocol === 'https:';
    if (!reachLocal || !tried.every(isLoopbackAddress)) return begin(secure, answer);
    void reachLocal(port).then(
      (socket) => begin(secure, answer, socket),
      (error: Error) => answer(error, null),
    );
  };
}

/** Path and query as they are signed; `search` would lose a question mark with nothing behind. */
function pathOf(url: URL): string {
  return url.href.slice(url.origin.length);
}

/** The first bytes of a body; when it breaks off, or never ends, those that came. */
async function readBeginning(
  body: Dispatcher.ResponseData['body'],
  max: number,
  wait: () => void,
): Promise<Pick<Response, 'body' | 'bytes' | 'is_whole'>> {
  const chunks: Buffer[] = [];
  let length = 0;
  let is_whole = false;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk.subarray(0, max - length));
      length += chunk.length;
      if (length > max) break;
      wait();
    }
    is_whole = length <= max;
  } catch {
    // The status has arrived, and what is missing of the body changes nothing about it.
  }
  const bytes = Buffer.concat(chunks);
  // `stream` drops a character that the end cuts in two; PostgreSQL takes no zeros in text.
  const text = new TextDecoder().decode(bytes, { stream: true });
  return { body: text.replaceAll('\0', '\uFFFD'), bytes, is_whole };
}

/** The header for a second request, if the first was answered with a question that we can answer. */
function authorize(
  app: Outside,
  { url }: Receiver,
  { credentials, method }: OutgoingRequest,
  { status, headers }: Response,
): string | null {
  if (status !== 401 || credentials === null) return null;
  const cnonce = app.randomBytes(CNONCE_BYTES).toString('hex');
  return answerChallenge(headers['www-authenticate'], credentials, {
    method,
    path: pathOf(url),
    cnonce,
  });
}
