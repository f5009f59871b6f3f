import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import { ApiError, NotFound, unauthenticated } from '../kit/api-error.ts';
import { Slot } from '../kit/kept.ts';
import { STATUS_CODES } from '../kit/node-http.ts';
import { type Location, locationOf } from './location.ts';
import type { PathGlob } from './path-glob.ts';

/** Faults that are there at once; those that have struck as often as they may count as well. */
export const MAX_FAULTS = 100;
/** How much of a digest is one draw: 48 bits. */
const DRAW_DIGITS = 12;
/** What the answer names the fault by that struck its request. */
const FAULT_HEADER = 'tieline-fault';

/** What a developer asks to go wrong, and for which requests of the API. */
export interface FaultRule {
  /** Null: any. */
  readonly method: string | null;
  /** A pattern (`PathGlob`); null: every path of the API. */
  readonly path: string | null;
  /** The error to be answered with; null: the request is done. */
  readonly status: number | null;
  /** How long the request waits before anything else happens to it. */
  readonly delay_ms: number;
  /** Ends the connection without an answer, before the request is done or after it. */
  readonly cut: 'before' | 'after' | null;
  /** How often it strikes at most; null: always. */
  readonly times: number | null;
  /** Of its striking, for each request that fits. */
  readonly probability: number;
  /** Draws the same requests again. */
  readonly seed: number;
}

export interface Fault extends FaultRule {
  readonly id: string;
  /** Requests that fitted while it could strike. */
  readonly matched: number;
  /** Those among them that it struck. */
  readonly struck: number;
}

/**
 * The faults of one server. They live in its process, as a test's tools do: another process of the
 * same database has its own, and a restart has none.
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

  /** @param id null: all of them. @returns whether there was one. */
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

/** From 0 up to 1: the same for the same seed and the same place in the order of requests. */
function drawOf(seed: number, place: number): number {
  const digits = hash('sha256', `${seed}:${place}`).slice(0, DRAW_DIGITS);
  return Number.parseInt(digits, 16) / 16 ** DRAW_DIGITS;
}

const FAULTS = new Slot(() => new Faults());

function faultsOf(app: App): Faults {
  return app.kept.get(FAULTS);
}

/** Every fault of this server, in the order in which they were made and are asked. */
export function listFaults(app: App): readonly Fault[] {
  return faultsOf(app).list;
}

/** @returns null when there are `MAX_FAULTS` already. */
export async function addFault(app: App, rule: FaultRule): Promise<Fault | null> {
  const faults = faultsOf(app);
  const pattern = rule.path === null ? null : await openGlob(rule.path);
  return faults.list.length < MAX_FAULTS ? faults.add(rule, pattern) : null;
}

/** Loaded for the first fault that names a path: a server without faults needs no patterns. */
async function openGlob(path: string): Promise<PathGlob> {
  const { PathGlob: Glob } = await import('./path-glob.ts');
  return new Glob(path);
}

/** @returns whether there was one of this id. */
export function removeFault(app: App, id: string): boolean {
  return faultsOf(app).remove(id);
}

/** Takes every fault away. */
export function clearFaults(app: App): void {
  faultsOf(app).remove(null);
}

/**
 * Has faults strike the requests of the API, when they have arrived whole and before anybody asks
 * who sent them, so that nothing is half done: a request that is refused or cut `before` was not
 * looked at, and one that is cut `after` is done and durable.
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
    // A server that closes waits for nothing.
    const waiting = sleep(fault.delay_ms, undefined, { signal: closing.signal });
    void waiting.then(go, go);
  });
}

/**
 * Ends the connection where its answer would begin. No hook does this: one before sending would
 * make every answer of the server an asynchronous one.
 */
function cutAnswer({ raw }: FastifyReply): void {
  raw.writeHead = () => {
    raw.socket?.destroy();
    return raw;
  };
}

/** A browser's question whether it may ask is no request of a client. */
function isOfApi({ method, raw }: FastifyRequest): boolean {
  const { route } = locationOf(raw);
  return method !== 'OPTIONS' && /^\/(?:2010-04-01|v1)(?:\/|$)/.test(route);
}

/** What the request ends with; null: it goes on. The answer to a cut one reaches nobody. */
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
  return new ApiError(status, code, STATUS_CODES[status] ?? 'Error', headers);
}

/** Where the code is not made of the status. */
const CODES: Readonly<Record<number, number>> = { 400: 20001, 405: 20004, 414: 20001, 415: 20001 };
