import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import { elapsedMs, locationOf } from './location.ts';
import { routeOf } from './route-table.ts';

/** The SIDs of a request's sender, as far as they are known. */
export interface Sender {
  readonly account?: string | undefined;
  /** The Connect app that sent the request. */
  readonly app?: string | undefined;
  readonly person?: string | undefined;
}

const SENDERS = new WeakMap<IncomingMessage, Sender>();

/** Stores a request's sender for the request's line in the log. */
export function noteSender({ raw }: Pick<FastifyRequest, 'raw'>, sender: Sender): void {
  SENDERS.set(raw, sender);
}

/**
 * Writes one line for each answer: at the level `info` in production, at `debug` in development.
 * The line names the route but no values from the path, as they may be secrets. It holds nothing of
 * the query, the headers or the body.
 */
export function openRequestLog({ config, log }: Pick<App, 'config' | 'log'>) {
  const level = config.mode === 'production' ? 'info' : 'debug';
  const isLogged = log.isLevelEnabled(level);
  const hasPath = log.isLevelEnabled('debug');
  return (request: FastifyRequest, status: number): void => {
    if (!isLogged) return;
    const { id: request_id, method, raw, ip: address } = request;
    const route = routeOf(raw)?.path ?? null;
    const ms = Math.round(elapsedMs(raw));
    const path = hasPath && { path: openPathOf(raw) };
    const sender = SENDERS.get(raw);
    log[level]({ request_id, method, route, ...path, status, ms, ...sender, address }, 'request');
  };
}

/** The path without its query; not for one-time links, whose paths are secrets. */
function openPathOf(raw: IncomingMessage): string {
  return locationOf(raw).path.replace(/^(\/links\/).*$/s, '$1…');
}
