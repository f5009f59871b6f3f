import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import { elapsedMs, locationOf } from './location.ts';

/** The SIDs of who sent a request, as far as they are known. */
export interface Sender {
  readonly account?: string | undefined;
  /** The Connect app that acts there. */
  readonly app?: string | undefined;
  readonly person?: string | undefined;
}

const SENDERS = new WeakMap<IncomingMessage, Sender>();

/** Remembers for its line in the log who sent a request. */
export function noteSender({ raw }: Pick<FastifyRequest, 'raw'>, sender: Sender): void {
  SENDERS.set(raw, sender);
}

/**
 * Writes one line for each answer: in production for everybody to find, in development for who
 * asks for it. It names the route and not what stands in the path, which may be a secret, and
 * nothing of the query, the headers and the body.
 */
export function openRequestLog({ config, log }: Pick<App, 'config' | 'log'>) {
  const level = config.mode === 'production' ? 'info' : 'debug';
  const isLogged = log.isLevelEnabled(level);
  const hasPath = log.isLevelEnabled('debug');
  return (request: FastifyRequest, status: number): void => {
    if (!isLogged) return;
    const { id: request_id, method, raw, ip: address } = request;
    const route = request.routeOptions.url ?? null;
    const ms = Math.round(elapsedMs(raw));
    const path = hasPath && { path: openPathOf(raw) };
    const sender = SENDERS.get(raw);
    log[level]({ request_id, method, route, ...path, status, ms, ...sender, address }, 'request');
  };
}

/** The path alone, and not of one-time links, which are their paths. */
function openPathOf(raw: IncomingMessage): string {
  return locationOf(raw).path.replace(/^(\/links\/).*$/s, '$1…');
}
