import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '../../access/principal.ts';
import type { App } from '../../app.ts';
import { ApiError } from '../../kit/api-error.ts';
import { Slot } from '../../kit/kept.ts';
import type { Metric } from '../../kit/metrics.ts';
import { networkOf, PEER_BITS } from '../../kit/network.ts';
import { Admission, type Cause, type Entry } from './admission.ts';

const BEAT_MS = 100;
/** Credentials whose main account is remembered. The next one replaces the oldest. */
const MAX_KNOWN = 10_000;
/** Refused clients come again after one, two or three seconds, so that they do not come together. */
const RETRY_SPREAD_SECONDS = 3;

const REFUSED: Metric<'cause'> = {
  kind: 'counter',
  name: 'tieline_requests_refused_by_overload_total',
  help: 'Requests of the API refused because they would have waited too long: the requests of one account are the cause, or those of all.',
  labels: { cause: ['account', 'server'] },
};

export const OVERLOAD_METRICS: readonly Metric[] = [REFUSED];

/** The requests under way on this server. */
export const ADMISSION = new Slot(() => new Admission());

/** Refuses requests of the API that would wait too long (`Admission`). */
export interface Overload {
  /**
   * Lets a request in. It is under way until the returned object is disposed of.
   * @throws ApiError 429/20429 if the requests of one account are the cause, 503/20503 otherwise
   */
  readonly enter: (request: FastifyRequest) => Disposable;
  /** Whether requests of this method may be refused now. */
  readonly isLimited: (method: string | undefined) => boolean;
  /**
   * The error for a request that `enter` would refuse now, by its headers alone; null for one that
   * must be looked at further.
   */
  readonly refusalOf: (request: IncomingMessage) => ApiError | null;
  /** Remembers the main account of a request's credentials, whose requests count together. */
  readonly note: (request: FastifyRequest, caller: Caller) => void;
}

const NOTHING: Disposable = { [Symbol.dispose]: () => {} };
const WAITING: Overload = {
  enter: () => NOTHING,
  isLimited: () => false,
  refusalOf: () => null,
  note: () => {},
};

export function openOverload({ config, kept, metrics }: App): Overload {
  if (config.overload === 'wait') return WAITING;
  const callers = openCallers();
  let refused = 0;
  const refuse = (cause: Cause): ApiError => {
    metrics.add(REFUSED, { cause });
    refused += 1;
    return REFUSALS[cause][refused % RETRY_SPREAD_SECONDS] as ApiError;
  };
  return {
    enter(request) {
      const admission = kept.get(ADMISSION);
      const entered = admission.enter(kindOf(request.method), callers.of(request));
      if (typeof entered !== 'string') return leaving(admission, entered);
      throw refuse(entered);
    },
    isLimited: (method) => kept.get(ADMISSION).isLimited(kindOf(method)),
    refusalOf({ method, headers }) {
      const admission = kept.get(ADMISSION);
      const kind = kindOf(method);
      const caller = callers.known(headers.authorization);
      const cause = caller === undefined ? null : admission.refusalOf(kind, caller);
      return cause && refuse(cause);
    },
    note: (request, caller) => callers.note(request, caller),
  };
}

function leaving(admission: Admission, entry: Entry): Disposable {
  return { [Symbol.dispose]: () => admission.leave(entry) };
}

/** Measures the requests under way until the returned object is disposed of. */
export function watchOverload({ config, kept }: App): Disposable {
  if (config.overload === 'wait') return NOTHING;
  const timer = setInterval(() => kept.get(ADMISSION).beat(), BEAT_MS).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

const kindOf = (method: string | undefined) =>
  method === 'GET' || method === 'HEAD' ? 'read' : 'write';

/** `Tieline-Reason` is a dictionary of RFC 9651. */
function refusal(cause: Cause, seconds: number): ApiError {
  const headers = { 'Retry-After': String(seconds), 'Tieline-Reason': `overload="${cause}"` };
  return cause === 'account'
    ? new ApiError(429, 20429, 'Too Many Requests', { headers })
    : new ApiError(503, 20503, 'The server has more requests than it can answer', { headers });
}

const SECONDS = Array.from({ length: RETRY_SPREAD_SECONDS }, (_, index) => index + 1);
/** Made once, because to make an error costs as much as the rest of a refusal. */
const REFUSALS: Readonly<Record<Cause, readonly ApiError[]>> = {
  account: SECONDS.map((seconds) => refusal('account', seconds)),
  server: SECONDS.map((seconds) => refusal('server', seconds)),
};

/**
 * Names the callers that requests are shared among, before their credentials are checked. A main
 * account is one caller, with all its keys and apps. Credentials that have not been good yet count
 * for the network that sent them, so that nobody uses up the share of another account.
 */
function openCallers() {
  const known = new Map<string, string>();
  const accountOf = (authorization: string | undefined) =>
    authorization === undefined ? undefined : known.get(nameOf(authorization));
  return {
    known: accountOf,
    of: ({ headers: { authorization }, ip }: FastifyRequest): string =>
      accountOf(authorization) ?? networkOf(ip, PEER_BITS),
    note({ headers: { authorization } }: FastifyRequest, { tenant }: Caller): void {
      if (authorization === undefined) return;
      const name = nameOf(authorization);
      if (known.get(name) === tenant.sid) return;
      known.set(name, tenant.sid);
      const [oldest] = known.keys();
      if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
    },
  };
}

const nameOf = (authorization: string): string => hash('sha256', authorization, 'base64');
