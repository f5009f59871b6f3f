import type { FastifyRequest } from 'fastify';
import type { App } from '../../app.ts';
import { MAX_WAIT_MS } from '../../db/write-queue.ts';
import { type ApiError, unavailable } from '../../kit/api-error.ts';
import { LoopWatch } from '../../kit/event-loop.ts';
import { Slot } from '../../kit/kept.ts';
import type { Metric } from '../../kit/metrics.ts';

/** Requests are refused while the event loop is later than this. Later ones would wait longer. */
export const MAX_LATE_MS = 500;
/** The requests of one caller that pass in any case, between two measurements. */
const FEW = 5;
/** The time for which writes of a caller are refused after one would have waited too long. */
const REFUSED_MS = 100;
/** The most callers that are counted between two measurements. */
const MAX_CALLERS = 10_000;
const RETRY_AFTER_SECONDS = 2;

const SHED: Metric<'by'> = {
  kind: 'counter',
  name: 'tieline_requests_shed_total',
  help: 'Requests refused because they would have waited too long: for their turn to write, or for the event loop.',
  labels: { by: ['writes', 'event_loop'] },
};

export const OVERLOAD_METRICS: readonly Metric[] = [SHED];

const busy = () =>
  unavailable(
    'The server has more requests than it can answer; try again shortly',
    RETRY_AFTER_SECONDS,
  );

/** Callers whose last write was refused, by their credentials as sent, with the end of the refusal. */
const REFUSED = new Slot(() => new Map<string, number>());

/**
 * Refuses a write that would wait too long for its turn, before it does any work. Each main account
 * waits for its own writes, so only an account that sends too many is refused. For a moment, further
 * writes with the same credentials are then refused without a look at the database.
 * @throws ApiError 503/20503
 */
export function demandShortWait(
  { database, metrics, kept }: App,
  lane: string | undefined,
  credentials: string | undefined,
): void {
  if (database.waitOf(lane ?? '') <= MAX_WAIT_MS) return;
  const refused = kept.get(REFUSED);
  if (refused.size >= MAX_CALLERS) refused.clear();
  if (credentials !== undefined) refused.set(credentials, performance.now() + REFUSED_MS);
  metrics.add(SHED, { by: 'writes' });
  throw busy();
}

function isRefused({ kept }: App, credentials: string): boolean {
  const refused = kept.get(REFUSED);
  if (refused.size === 0) return false;
  const until = refused.get(credentials);
  if (until === undefined) return false;
  if (performance.now() < until) return true;
  refused.delete(credentials);
  return false;
}

/** Shares the requests that can be answered among the callers, while the event loop is late. */
export class Admission {
  /** The requests between the last two measurements, by caller. */
  #counts = new Map<string, number>();
  #admitted = 0;
  /** The requests that each caller may have until the next measurement. */
  #share = Number.POSITIVE_INFINITY;

  /** Takes a measurement of the event loop. */
  measure(late_ms: number): void {
    const callers = this.#counts.size;
    if (late_ms <= MAX_LATE_MS) this.#share = Number.POSITIVE_INFINITY;
    else {
      // As many as would have taken the time that is allowed.
      const possible = (this.#admitted * MAX_LATE_MS) / late_ms;
      this.#share = Math.max(FEW, Math.floor(possible / Math.max(callers, 1)));
    }
    this.#counts = new Map();
    this.#admitted = 0;
  }

  /** Counts a request. @returns whether it may be answered */
  admits(caller: string): boolean {
    const before = this.#counts.get(caller) ?? 0;
    if (before >= this.#share) return false;
    if (before > 0 || this.#counts.size < MAX_CALLERS) this.#counts.set(caller, before + 1);
    this.#admitted += 1;
    return true;
  }
}

interface Overload {
  readonly refusalOf: (request: FastifyRequest) => ApiError | null;
  readonly stop: () => void;
}

/** Requests that end something, and must not wait for better times. */
const ENDS = /^\/_tieline\/deauthorize\b/;
const SHEDDABLE = /^\/(?:2010-04-01|v1|_tieline)\//;

/**
 * Refuses requests of the API while the event loop is so late that they would wait too long, those
 * of the callers with the most requests first. Pages, health and whatever ends access are answered.
 */
export function openOverload(app: App): Overload {
  const { metrics } = app;
  const admission = new Admission();
  const watch = new LoopWatch((late) => admission.measure(late));
  const beats = watch.start();
  return {
    refusalOf({ originalUrl: url, method, headers, ip }) {
      if (method === 'DELETE' || !SHEDDABLE.test(url) || ENDS.test(url)) return null;
      const { authorization } = headers;
      const isLateWrite = method === 'POST' && authorization && isRefused(app, authorization);
      if (!isLateWrite && admission.admits(authorization ?? ip)) return null;
      metrics.add(SHED, { by: isLateWrite ? 'writes' : 'event_loop' });
      return busy();
    },
    stop: () => beats[Symbol.dispose](),
  };
}
