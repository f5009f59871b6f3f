import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { type App, type Outside, openApp } from './app.ts';
import { type Config, ConfigError } from './config.ts';
import {
  type FirstWorld,
  hashFirstPassword,
  openFirstWorld,
  refuseFirstWorld,
} from './control/first-world.ts';
import { refuseMovedClock } from './control/follow-clock.ts';
import { buildServer } from './http/server.ts';
import { listenProblem } from './kit/listen-problem.ts';
import { ROUTES } from './routes.ts';
import { startWorkers } from './workers.ts';

/** How often a closing server looks for connections that have become idle. */
const SWEEP_MS = 50;

/** A server that listens. */
export interface RunningServer {
  readonly app: App;
  /** Where it can be reached: the public URL, or the address it listens on. */
  readonly origin: string;
  /** The example accounts of a development database; null where there are none. */
  readonly world: FirstWorld | null;
  /** Answers on a connection that came in elsewhere: a socket after its TLS, or one of memory. */
  accept(connection: Duplex): void;
  /** Finishes the requests under way, then closes everything. */
  close(): Promise<void>;
}

/**
 * Opens the database, brings it up to date and serves.
 * @throws ConfigError with one sentence when a setting, the data or the port cannot be used.
 */
export async function start(config: Config, outside: Outside = {}): Promise<RunningServer> {
  const app = await openApp(config, outside);
  try {
    if (config.mode === 'production') {
      await refuseFirstWorld(app);
      refuseMovedClock(app);
    }
    const isDevelopment = config.mode === 'development';
    // It takes a while, on another core.
    const password = isDevelopment ? hashFirstPassword(app) : null;
    const server = buildServer(app, ROUTES);
    const origin = await listen(server, config, outside.listens_at);
    app.home.origin = origin;
    const world = isDevelopment ? await openFirstWorld(app, origin, await password) : null;
    const workers = startWorkers(app);
    return {
      app,
      origin,
      world,
      accept: (connection) => void server.server.emit('connection', connection),
      async close() {
        // A connection whose request is under way is idle, and can be closed, after its answer.
        const sweep = setInterval(() => server.server.closeIdleConnections(), SWEEP_MS);
        await server.close();
        clearInterval(sweep);
        await workers.stop();
        await app.close();
      },
    };
  } catch (error) {
    await app.close();
    throw error;
  }
}

async function listen(
  server: FastifyInstance,
  { host, port, publicUrl }: Config,
  listens_at: string | undefined,
): Promise<string> {
  if (listens_at !== undefined) {
    await server.ready();
    return publicUrl ?? listens_at;
  }
  try {
    await server.listen({ host, port });
  } catch (error) {
    const problem = listenProblem(error, host, port);
    throw problem === null ? error : new ConfigError(problem);
  }
  const { port: bound } = server.server.address() as AddressInfo;
  const isWildcard = host === '0.0.0.0' || host === '::';
  const isLoopback = host === '127.0.0.1' || host === '::1' || host === 'localhost';
  const name = isWildcard || isLoopback ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return publicUrl ?? `http://${name}:${bound}`;
}
