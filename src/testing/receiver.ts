import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KnownAccounts } from './known-accounts.ts';
import { DURATION, isDuration } from './real-timers.ts';
import type { ReceivedRequest } from './received-request.ts';
import { describe, type Expectation, fits, paramsOf } from './received-request.ts';
import { answerOf, type Replies, sendReply } from './reply.ts';
import { TielineError } from './tieline-error.ts';
import { Waits } from './waits.ts';

/** The largest body of a request. Bodies of Tieline's webhooks are much smaller. */
const BODY_BYTES = 4 * 1024 * 1024;
const WAIT_MS = 5_000;
/** The error of a failed wait lists at most this many requests. */
const MAX_NAMED = 10;

export interface Patience {
  /** The time limit in milliseconds. The default is 5,000. */
  readonly timeout?: number;
}

/** A web server for Tieline's requests. It keeps every request and checks its signature. */
export interface Receiver {
  /** The address, without a trailing slash. The receiver answers on all paths below it. */
  readonly url: string;
  /** All received requests, in order. */
  readonly requests: readonly ReceivedRequest[];
  /**
   * The first matching request, among past and future ones.
   * @throws TielineError, which lists the received requests, after the time limit or when the
   *   receiver is closed.
   */
  readonly waitFor: (expected: Expectation, patience?: Patience) => Promise<ReceivedRequest>;
  /** The first request that no earlier call of `next` returned. Otherwise works like `waitFor`. */
  readonly next: (patience?: Patience) => Promise<ReceivedRequest>;
  /**
   * Sets the replies from now on: always the same reply, the replies of a list in turn and then its
   * last one, or the results of a function of the request. If the function throws, the reply is its
   * error with the status 500.
   * @throws TielineError when a reply is not valid
   */
  readonly respond: (replies: Replies) => void;
  /** Forgets all received requests. */
  readonly clear: () => void;
  readonly close: () => Promise<void>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/** Opens a receiver on a free port of 127.0.0.1. It does not keep the process alive. */
export async function openReceiver(
  accounts: Pick<KnownAccounts, 'signerOf' | 'doubtOf'>,
): Promise<Receiver> {
  const requests: ReceivedRequest[] = [];
  const waits = new Waits();
  let answer = answerOf();
  let taken = 0;
  let closed = false;
  const server = createServer((incoming, response) => {
    receive(incoming, accounts)
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
    if (closed) throw new TielineError('The receiver is closed. Make a new one with receiver().');
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
        'No matching request arrived',
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

async function receive(
  incoming: IncomingMessage,
  { signerOf, doubtOf }: Pick<KnownAccounts, 'signerOf' | 'doubtOf'>,
): Promise<ReceivedRequest> {
  const body = await readBody(incoming);
  const { method = '', url: target = '/', headers } = incoming;
  const address = new URL(`http://${headers.host ?? '127.0.0.1'}${target}`);
  const contentType = headers['content-type'] ?? '';
  const params = paramsOf(address, contentType, body);
  const account_sid = params['AccountSid'] ?? null;
  const signature = headers['x-twilio-signature'];
  const url = `http://${headers.host ?? '127.0.0.1'}${target}`;
  const signed =
    typeof signature === 'string' ? { method, url, body, contentType, signature } : null;
  const signed_by = signed && (await signerOf(signed, account_sid));
  return {
    method,
    url,
    path: address.pathname,
    headers: headers as ReceivedRequest['headers'],
    body,
    params,
    verified: signed_by !== null,
    signed_by,
    signature_problem: signed && signed_by === null ? doubtOf(signed) : null,
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

/** Answers the caller with an error of the test's own code. */
function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(500).end(String(error));
}
