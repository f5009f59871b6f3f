import { Agent, request as httpRequest } from 'node:http';
import { BrokenPromise } from './broken-promise.ts';
import type { History } from './history.ts';
import { ADMIN_TOKEN, type Tieline } from './tieline-fleet.ts';

/** A process that has not answered after this time never will. */
const ANSWER_MS = 60_000;
/** The words of a 503 after a commit whose answer was lost. */
const MAY_BE_DONE = 'may have been made';

/**
 * The fate of a request. `refused`: nothing was done. `unknown`: the answer was lost, or was a 503
 * that says so, and the change may have been made.
 */
type Verdict = 'done' | 'refused' | 'unknown';

export interface Answer {
  readonly verdict: Verdict;
  /** Null without an answer. */
  readonly status: number | null;
  readonly text: string;
  /**
   * Whether the same request can succeed later: it had no answer, or 503, or 408 from a process that
   * was frozen while it read the request.
   */
  readonly mayRepeat: boolean;
  readonly process: number;
  /** Milliseconds since the run began. */
  readonly from: number;
  readonly to: number;
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

export interface Request {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** Null: the operator. */
  readonly login: Login | null;
  /** A form. */
  readonly form?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** The header `Idempotency-Key`. */
  readonly key?: string;
  /** The address that the request comes from. Refused logins count for it. */
  readonly from?: string;
}

type Raw =
  | { readonly status: number; readonly text: string; readonly retryAfter: string | undefined }
  | { readonly error: NodeJS.ErrnoException };

/** Sends requests, and holds every answer against the rules that all answers keep. */
export class Client {
  readonly #history: History;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 200 });
  readonly #began = performance.now();

  constructor(history: History) {
    this.#history = history;
  }

  get now(): number {
    return Math.round(performance.now() - this.#began);
  }

  /** @throws BrokenPromise for a 5xx that is not 503, and for a 503 without `Retry-After` */
  async ask(tieline: Tieline, request: Request): Promise<Answer> {
    const from = this.now;
    const starts = tieline.starts;
    const raw = await this.#send(tieline.port, request);
    const to = this.now;
    const what = `${request.method} ${request.path} at process ${tieline.number}`;
    if ('error' in raw) {
      const { code = '', message } = raw.error;
      if (code === 'ETIMEDOUT' && tieline.starts === starts) {
        throw new BrokenPromise(`${what} had no answer in ${ANSWER_MS} ms`, tieline.lastLines);
      }
      this.#history.count('lost');
      const verdict = code === 'ECONNREFUSED' ? 'refused' : 'unknown';
      const none = { status: null, text: message, mayRepeat: true } as const;
      return { verdict, ...none, process: tieline.number, from, to };
    }
    const { status, text, retryAfter } = raw;
    this.#history.count(String(status));
    if (status >= 500 && (status !== 503 || !/^\d+$/.test(retryAfter ?? ''))) {
      const rule = status === 503 ? 'without Retry-After' : 'which is not 503';
      const evidence = { answer: text, log: tieline.lastLines };
      throw new BrokenPromise(`${what} answered ${status}, ${rule}`, evidence);
    }
    const mayBeDone = status === 503 && text.includes(MAY_BE_DONE);
    const verdict = status < 300 ? 'done' : mayBeDone ? 'unknown' : 'refused';
    const mayRepeat = status === 503 || status === 408;
    return { verdict, status, text, mayRepeat, process: tieline.number, from, to };
  }

  #send(port: number, { method, path, login, form, json, key, from }: Request): Promise<Raw> {
    const body = form ? new URLSearchParams(form).toString() : json && JSON.stringify(json);
    const { promise, resolve } = Promise.withResolvers<Raw>();
    const fail = (error: NodeJS.ErrnoException) => resolve({ error });
    const request = httpRequest(
      {
        host: '127.0.0.1',
        port,
        path,
        method,
        agent: this.#agent,
        localAddress: from ?? '127.0.0.1',
        headers: {
          authorization: login
            ? `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`
            : `Bearer ${ADMIN_TOKEN}`,
          ...(body !== undefined && {
            'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json',
          }),
          ...(key !== undefined && { 'idempotency-key': key }),
        },
      },
      (response) => {
        const parts: string[] = [];
        response.setEncoding('utf8').on('data', (part: string) => parts.push(part));
        response.on('error', fail).on('end', () => {
          const { statusCode: status = 0, headers } = response;
          resolve({ status, text: parts.join(''), retryAfter: headers['retry-after'] });
        });
      },
    );
    const late = setTimeout(() => {
      fail(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
      request.destroy();
    }, ANSWER_MS);
    request.on('error', fail).end(body);
    return promise.finally(() => clearTimeout(late));
  }

  close(): void {
    this.#agent.destroy();
  }
}
