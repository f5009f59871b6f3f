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

/** One request to an address that an account or an app chose. */
export interface OutgoingRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Sent only when the receiver asks for credentials, in a second request within `total_ms`. */
  readonly credentials: UrlCredentials | null;
  /** The time limit for the lookup, TCP and TLS together. */
  readonly connect_ms: number;
  /**
   * The time limit from the connection to the end of the headers, and between parts of the body.
   */
  readonly read_ms: number;
  readonly total_ms: number;
  /** The number of bytes that are read of the answer's body; the default is 4 KiB. */
  readonly body_max_bytes?: number;
}

export type Outcome =
  | {
      readonly kind: 'response';
      readonly status: number;
      /** The headers by name in lower case. */
      readonly headers: Readonly<Record<string, string | undefined>>;
      /** The `Set-Cookie` headers, not joined, because joined ones cannot be separated again. */
      readonly set_cookies: readonly string[];
      /** The beginning of the body, as text that both databases can store. */
      readonly body: string;
      /** The beginning of the body as bytes; `is_whole` tells whether it is the entire body. */
      readonly bytes: Buffer;
      readonly is_whole: boolean;
    }
  | {
      readonly kind: 'failure';
      /** `refused` by our rules, `connect` before the connection was made, `read` afterwards. */
      readonly phase: 'refused' | 'connect' | 'read';
      /** One sentence for the developer, without secrets. */
      readonly error: string;
      /** The kind of the failure, when the phase does not describe it. */
      readonly cause?: FailureCause | null;
    };

type Response = Extract<Outcome, { kind: 'response' }>;
type Outside = Pick<App, 'resolve' | 'randomBytes'> &
  Partial<Pick<App, 'reachLocal'>> & { readonly config: ReceiverPolicy };

const BODY_MAX_BYTES = 4_096;
const HEADERS_MAX_BYTES = 16_384;
/** The number of a name's addresses that are tried. All of them are checked. */
const ADDRESSES_TRIED = 4;
const CNONCE_BYTES = 16;

/**
 * Sends one request and never throws (`docs/threats.md`, T27 to T30). The request goes only to
 * public addresses and the operator's networks, on allowed ports; in development also to this
 * machine. It connects to exactly the checked addresses, uses no proxy and follows no redirect. It
 * always ends within `total_ms` and holds a few KiB: 16 KiB of headers, and 4 KiB of a body that is not unpacked. An answer is
 * complete with its headers, even if its body never ends.
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

/** Loads the HTTP client for the first webhook, so that a start does not wait for it. */
const loadUndici = () => import('undici');
let undici: ReturnType<typeof loadUndici> | undefined;

/** Sends one request over its own connection and closes the connection. */
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

/** Connects to the checked addresses in their order, and checks the address it reached. */
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
    // No environment variable turns the certificate check off. It checks the name, not the address.
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

/** Path and query as they are signed. `search` would lose a question mark at the end. */
function pathOf(url: URL): string {
  return url.href.slice(url.origin.length);
}

/** The first bytes of a body. Of a body that breaks off or never ends, the bytes that arrived. */
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
    // The status has arrived. The missing part of the body does not change it.
  }
  const bytes = Buffer.concat(chunks);
  // `stream` drops a character that is cut in two. PostgreSQL accepts no zero bytes in text.
  const text = new TextDecoder().decode(bytes, { stream: true });
  return { body: text.replaceAll('\0', '\uFFFD'), bytes, is_whole };
}

/** The `Authorization` of a second request; null: the first answer has no supported challenge. */
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
