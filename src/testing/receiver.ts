import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DURATION, isDuration } from './real-timers.ts';
import type { ReceivedRequest } from './received-request.ts';
import { describe, type Expectation, fits, paramsOf } from './received-request.ts';
import { answerOf, type Replies, sendReply } from './reply.ts';
import type { Signed } from './signature-check.ts';
import { TielineError } from './tieline-error.ts';
import { Waits } from './waits.ts';

/** What Tieline itself allows a webhook's body, many times over. */
const BODY_BYTES = 4 * 1024 * 1024;
const WAIT_MS = 5_000;
/** Requests that the error of a wait in vain names. */
const MAX_NAMED = 10;

export interface Patience {
  /** Milliseconds; 5,000, if it is left out. */
  readonly timeout?: number;
}

/** A program that Tieline calls: it keeps every request, and checks its signature. */
export interface Receiver {
  /** Its address, without a closing slash; any path below it is its own. */
  readonly url: string;
  /** All that arrived, in order. */
  readonly requests: readonly ReceivedRequest[];
  /**
   * The first request that fits, of those that arrived or will.
   * @throws TielineError, which says what did arrive, when the time is up or the receiver is closed.
   */
  readonly waitFor: (expected: Expectation, patience?: Patience) => Promise<ReceivedRequest>;
  /** The first request that no call of `next` has had, otherwise as `waitFor`. */
  readonly next: (patience?: Patience) => Promise<ReceivedRequest>;
  /**
   * Says what it answers from now on: always the same, each of a list in turn and then the last,
   * or what a function makes of the request. Where the function throws, the answer is its error,
   * with the status 500.
   * @throws TielineError when a reply is none
   */
  readonly respond: (replies: Replies) => void;
  /** Forgets what arrived. */
  readonly clear: () => void;
  readonly close: () => Promise<void>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/** Says which account's token signed a request that is about an account; null for none. */
export type FindSigner = (request: Signed, accountSid: string | null) => Promise<string | null>;

/** Listens on a free port of loopback. It does not keep the process alive. */
export async function openReceiver(signerOf: FindSigner): Promise<Receiver> {
  const requests: ReceivedRequest[] = [];
  const waits = new Waits();
  let answer = answerOf();
  let taken = 0;
  let closed = false;
  const server = createServer((incoming, response) => {
    receive(incoming, signerOf)
      .then((request) => {
        requests.push(request);
        waits.look();
        return answer(request);
      })
      .then((reply) => sendReply(response, reply))
      .catch((error: unknown) => fail(response, error));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  server.unref();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const wait = async (
    find: () => ReceivedRequest | undefined,
    what: string,
    { timeout = WAIT_MS }: Patience = {},
  ): Promise<ReceivedRequest> => {
    if (closed) throw new TielineError('The receiver is closed: make another with receiver().');
    if (!isDuration(timeout)) throw new TielineError(`timeout must be ${DURATION}.`);
    return waits.until(
      find,
      timeout,
      (when) => new TielineError(`${what} at ${url} ${when}. ${arrivals(requests)}`),
    );
  };

  const close = async () => {
    if (closed) return;
    closed = true;
    waits.end();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  };
  return {
    url,
    requests,
    waitFor: (expected, patience) =>
      wait(
        () => requests.find((request) => fits(request, expected)),
        'No request that fits arrived',
        patience,
      ),
    next: (patience) =>
      wait(
        () => {
          const request = requests[taken];
          if (request) taken += 1;
          return request;
        },
        'No further request arrived',
        patience,
      ),
    respond(replies) {
      answer = answerOf(replies);
    },
    clear() {
      requests.length = 0;
      taken = 0;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function arrivals(requests: readonly ReceivedRequest[]): string {
  if (requests.length === 0) return 'Nothing arrived.';
  const named = requests.slice(-MAX_NAMED).map((request) => `\n  ${describe(request)}`);
  const before = requests.length > MAX_NAMED ? `, the last ${MAX_NAMED} of them` : '';
  return `${requests.length} arrived${before}:${named.join('')}`;
}

async function receive(incoming: IncomingMessage, signerOf: FindSigner): Promise<ReceivedRequest> {
  const body = await readBody(incoming);
  const { method = '', url: target = '/', headers } = incoming;
  const address = new URL(`http://${headers.host ?? '127.0.0.1'}${target}`);
  const contentType = headers['content-type'] ?? '';
  const params = paramsOf(address, contentType, body);
  const account_sid = params['AccountSid'] ?? null;
  const signature = headers['x-twilio-signature'];
  const url = `http://${headers.host ?? '127.0.0.1'}${target}`;
  const signed_by =
    typeof signature === 'string'
      ? await signerOf({ method, url, body, contentType, signature }, account_sid)
      : null;
  return {
    method,
    url,
    path: address.pathname,
    headers: headers as ReceivedRequest['headers'],
    body,
    params,
    verified: signed_by !== null,
    signed_by,
    account_sid,
  };
}

function readBody(incoming: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    incoming
      .on('data', (part: Buffer) => {
        size += part.length;
        if (size > BODY_BYTES) reject(new Error(`The body has more than ${BODY_BYTES} bytes.`));
        else parts.push(part);
      })
      .on('end', () => resolve(Buffer.concat(parts).toString('utf8')))
      .on('error', reject);
  });
}

/** What a test has got wrong is told to whoever called. */
function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(500).end(String(error));
}
