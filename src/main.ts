import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { type App, type Outside, openApp } from './app.ts';
import { callsInto } from './calls/live/come-in.ts';
import { measureCarriers } from './carriers/carrier-health.ts';
import { openCarriers, rereadCarriers, stopCarriers } from './carriers/line-up.ts';
import { type Config, ConfigError } from './config.ts';
import {
  type FirstWorld,
  hashWorldPassword,
  lacksFirstPeople,
  openFirstWorld,
  refuseFirstWorld,
} from './control/first-world.ts';
import { refuseMovedClock } from './control/follow-clock.ts';
import { buildServer } from './http/server.ts';
import { movedText } from './kit/clock.ts';
import { listenProblem } from './kit/listen-problem.ts';
import { LOCALHOST_ADDRESSES } from './kit/loopback.ts';
import { inboundOf } from './messages/wire/come-in.ts';
import { ROUTES } from './routes.ts';
import { logUnpriced } from './usage/unpriced.ts';
import { startWorkers } from './workers.ts';

/** The time that a closing server waits for running requests. */
const CLOSING_MS = 4_000;
/** The pause between two looks of a closing server for idle connections. */
const SWEEP_MS = 50;

/** A running server. */
export interface RunningServer {
  readonly app: App;
  /** Its address: the public URL, or the address it listens on. */
  readonly origin: string;
  /** The example accounts of a development database; null when there are none. */
  readonly world: FirstWorld | null;
  /**
   * Answers on a connection that came in elsewhere: a socket after its TLS, or a stream in memory.
   */
  accept(connection: Duplex): void;
  /** Reads the file of carriers again. */
  rereadCarriers(): void;
  /** Finishes the running requests, then closes everything. */
  close(): Promise<void>;
}

/**
 * Opens the database, brings it up to date and serves.
 * @throws ConfigError with one sentence when a setting, the data or the port cannot be used.
 */
export async function start(config: Config, outside: Outside = {}): Promise<RunningServer> {
  const app = await openApp(config, outside);
  try {
    openCarriers(app, everythingInto(app));
    measureCarriers(app);
    if (config.mode === 'production') {
      await refuseFirstWorld(app);
      refuseMovedClock(app);
      await logUnpriced(app);
      return await serve(app, outside, null);
    }
    const moved = movedText(app.clock);
    if (moved !== null) app.log.warn(moved);
    const hashing = (await lacksFirstPeople(app)) ? hashWorldPassword(app) : null;
    hashing?.catch(() => undefined);
    return await serve(app, outside, (origin) => openFirstWorld(app, origin, hashing));
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** The product's side of the carriers. */
function everythingInto(app: App) {
  return { ...inboundOf(app), ...callsInto(app) };
}

/** @param openWorld makes or finds the world of a development server; requests wait for it */
async function serve(
  app: App,
  { listens_at }: Outside,
  openWorld: ((origin: string) => Promise<FirstWorld | null>) | null,
): Promise<RunningServer> {
  const server = buildServer(app, ROUTES);
  // The demo app needs the server's address, which is known when the server listens.
  const world = Promise.withResolvers<FirstWorld | null>();
  world.promise.catch(() => undefined);
  if (openWorld) server.addHook('onRequest', async () => void (await world.promise));
  try {
    const origin = await listen(server, app.config, listens_at);
    const closeOps = await listenForOps(server, app.config);
    app.home.origin = origin;
    world.resolve(openWorld ? await openWorld(origin) : null);
    const workers = startWorkers(app);
    return {
      app,
      origin,
      world: await world.promise,
      rereadCarriers: () => rereadCarriers(app, everythingInto(app)),
      accept: (connection) => void server.server.emit('connection', connection),
      async close() {
        // A connection becomes idle after the answer to its request, and can then be closed.
        const sweep = setInterval(() => server.server.closeIdleConnections(), SWEEP_MS);
        const late = setTimeout(() => server.server.closeAllConnections(), CLOSING_MS);
        await Promise.all([server.close(), closeOps(), workers.stop()]);
        await stopCarriers(app);
        clearInterval(sweep);
        clearTimeout(late);
        await app.close();
      },
    };
  } catch (error) {
    world.reject(error);
    await server.close();
    throw error;
  }
}

/** Opens the second port if one is set. @returns a function that closes it */
async function listenForOps(
  server: FastifyInstance,
  { host, opsPort }: Config,
): Promise<() => Promise<void>> {
  if (opsPort === null) return async () => {};
  const { opsServerOf } = await import('./http/guards/ops-port.ts');
  const ops = opsServerOf(server).listen(opsPort, host);
  try {
    await once(ops, 'listening');
  } catch (error) {
    const problem = listenProblem(error, { host, port: opsPort, option: '--ops-port' });
    throw problem === null ? error : new ConfigError(problem);
  }
  return async () => {
    ops.closeAllConnections();
    await new Promise((resolve) => ops.close(resolve));
  };
}

/**
 * The connections that the system keeps until the server accepts them; Linux allows 4,096 as a rule.
 * Those of a larger rush come again after a second or more.
 */
const BACKLOG = 4_096;

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
    await server.listen({ host, port, backlog: BACKLOG });
  } catch (error) {
    const problem = listenProblem(error, { host, port, option: '--port' });
    throw problem === null ? error : new ConfigError(problem);
  }
  const { port: bound } = server.server.address() as AddressInfo;
  const isWildcard = host === '0.0.0.0' || host === '::';
  const isLocalhost = host === 'localhost' || LOCALHOST_ADDRESSES.includes(host);
  const name = isWildcard || isLocalhost ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return publicUrl ?? `http://${name}:${bound}`;
}
