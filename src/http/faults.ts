import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import { ApiError, NotFound, unauthenticated } from '../kit/api-error.ts';
import { Slot } from '../kit/kept.ts';
import { STATUS_CODES } from '../kit/node-http.ts';
import { type Location, locationOf } from './location.ts';
import type { PathGlob } from './path-glob.ts';

/** The most faults that can exist. A fault that has struck its full number of times counts too. */
export const MAX_FAULTS = 100;
/** One draw uses this many hexadecimal digits of a digest: 48 bits. */
const DRAW_DIGITS = 12;
/** The header that names the fault which struck the request. */
const FAULT_HEADER = 'tieline-fault';

/** A failure that a developer asks for, and the requests of the API that it applies to. */
export interface FaultRule {
  /** Null: any method. */
  readonly method: string | null;
  /** A pattern (`PathGlob`); null: every path of the API. */
  readonly path: string | null;
  /** The status of the error that answers the request; null: the request is carried out. */
  readonly status: number | null;
  /** The time that the request waits before any other step. */
  readonly delay_ms: number;
  /** Ends the connection without an answer, before or after the request is carried out. */
  readonly cut: 'before' | 'after' | null;
  /** The fault strikes this many times at most; null: without a limit. */
  readonly times: number | null;
  /** The probability that the fault strikes, for each request that matches. */
  readonly probability: number;
  /** The same seed strikes the same requests again. */
  readonly seed: number;
}

export interface Fault extends FaultRule {
  readonly id: string;
  /** The number of requests that matched while the fault could strike. */
  readonly matched: number;
  /** The number of matched requests that the fault struck. */
  readonly struck: number;
}

/**
 * The faults of one server. They live in its process: another process on the same database has its
 * own faults, and a restart removes them.
 */
class Faults {
  readonly #faults: (Fault & { readonly pattern: PathGlob | null })[] = [];
  #made = 0;

  get list(): readonly Fault[] {
    return this.#faults;
  }

  add(rule: FaultRule, pattern: PathGlob | null): Fault {
    this.#made += 1;
    const fault = { ...rule, id: `F${this.#made}`, matched: 0, struck: 0, pattern };
    this.#faults.push(fault);
    return fault;
  }

  /** @param id null: all faults. @returns whether any fault was removed. */
  remove(id: string | null): boolean {
    const before = this.#faults.length;
    const kept = id === null ? [] : this.#faults.filter((fault) => fault.id !== id);
    this.#faults.splice(0, before, ...kept);
    return kept.length < before;
  }

  /** The first fault that strikes a request; null when none does. */
  strike(method: string, { path, route }: Location): Fault | null {
    for (const [index, fault] of this.#faults.entries()) {
      const { times, struck, matched, probability, seed, pattern } = fault;
      if (times !== null && struck >= times) continue;
      if (fault.method !== null && fault.method !== method) continue;
      if (pattern && !pattern.fits(path) && !pattern.fits(route)) continue;
      const strikes = drawOf(seed, matched) < probability;
      const counted = { ...fault, matched: matched + 1, struck: struck + (strikes ? 1 : 0) };
      this.#faults[index] = counted;
      if (strikes) return counted;
    }
    return null;
  }
}

/**
 * A number from 0 to below 1. The same seed and the same place in the order give the same number.
 */
function drawOf(seed: number, place: number): number {
  const digits = hash('sha256', `${seed}:${place}`).slice(0, DRAW_DIGITS);
  return Number.parseInt(digits, 16) / 16 ** DRAW_DIGITS;
}

const FAULTS = new Slot(() => new Faults());

function faultsOf(app: App): Faults {
  return app.kept.get(FAULTS);
}

/** Every fault of this server, in the order in which they were made and are tried. */
export function listFaults(app: App): readonly Fault[] {
  return faultsOf(app).list;
}

/** @returns null when `MAX_FAULTS` exist already. */
export async function addFault(app: App, rule: FaultRule): Promise<Fault | null> {
  const faults = faultsOf(app);
  const pattern = rule.path === null ? null : await openGlob(rule.path);
  return faults.list.length < MAX_FAULTS ? faults.add(rule, pattern) : null;
}

/** Loads the patterns for the first fault that names a path. Most servers never need them. */
async function openGlob(path: string): Promise<PathGlob> {
  const { PathGlob: Glob } = await import('./path-glob.ts');
  return new Glob(path);
}

/** @returns whether a fault had this id. */
export function removeFault(app: App, id: string): boolean {
  return faultsOf(app).remove(id);
}

/** Removes every fault. */
export function clearFaults(app: App): void {
  faultsOf(app).remove(null);
}

/**
 * Lets faults strike the requests of the API. A fault strikes after the request has arrived in full
 * and before its sender is identified, so no request is half done. A request that is refused, or
 * cut `before`, has had no effect. The effect of a request that is cut `after` is durable.
 */
export function serveFaults(server: FastifyInstance, app: App): void {
  const faults = faultsOf(app);
  // A route that answers "not found" goes through the hooks twice.
  const asked = new WeakSet<FastifyRequest['raw']>();
  const closing = new AbortController();
  server.addHook('preClose', (done) => {
    closing.abort();
    done();
  });
  server.addHook('preHandler', (request, reply, done) => {
    if (faults.list.length === 0 || asked.has(request.raw) || !isOfApi(request)) return done();
    asked.add(request.raw);
    const fault = faults.strike(request.method, locationOf(request.raw));
    if (!fault) return done();
    reply.header(FAULT_HEADER, fault.id);
    if (fault.cut === 'after') cutAnswer(reply);
    const go = (): void => done(refusalBy(fault, request) ?? undefined);
    if (fault.delay_ms === 0) return go();
    // A server that closes does not wait for the end of a delay.
    const waiting = sleep(fault.delay_ms, undefined, { signal: closing.signal });
    void waiting.then(go, go);
  });
}

/**
 * Ends the connection when the answer would begin. A hook before sending could do this too, but it
 * would make every answer of the server asynchronous.
 */
function cutAnswer({ raw }: FastifyReply): void {
  raw.writeHead = () => {
    raw.socket?.destroy();
    return raw;
  };
}

/** Whether this is a request of the API. A browser's preflight request is not one. */
function isOfApi({ method, raw }: FastifyRequest): boolean {
  const { route } = locationOf(raw);
  return method !== 'OPTIONS' && /^\/(?:2010-04-01|v1)(?:\/|$)/.test(route);
}

/** The error that ends the request; null when the request goes on. The answer to a cut request is never sent. */
function refusalBy({ cut, status }: Fault, { raw }: FastifyRequest): ApiError | null {
  if (cut === 'before') {
    raw.socket.destroy();
    return errorOf(503);
  }
  return status === null ? null : errorOf(status);
}

/** The error of a status: docs/contract/errors.md, "Codes" */
function errorOf(status: number): ApiError {
  if (status === 401) return unauthenticated();
  if (status === 404) return new NotFound();
  const headers: Record<string, string> =
    status === 429 || status === 503 ? { 'Retry-After': '1' } : {};
  const code = CODES[status] ?? 20_000 + status;
  return new ApiError(status, code, STATUS_CODES[status] ?? 'Error', { headers });
}

/** The codes that are not 20,000 plus the status. */
const CODES: Readonly<Record<number, number>> = { 400: 20001, 405: 20004, 414: 20001, 415: 20001 };
