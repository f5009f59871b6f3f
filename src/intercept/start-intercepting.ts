import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { App } from '../app.ts';
import { type Config, ConfigError, SECRET_KEY_BYTES } from '../config.ts';
import { worldNames } from '../control/world-names.ts';
import { movedText } from '../kit/clock.ts';
import { listenProblem } from '../kit/listen-problem.ts';
import { KeyRing } from '../kit/seal.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { RunningServer } from '../main.ts';
import { type Authority, makePassingAuthority, openAuthority } from './authority.ts';
import { openEntry } from './entry.ts';
import { directHosts, type Env, proxyUrl, type Surroundings, variablesFor } from './environment.ts';
import { type FrontDoor, openFrontDoor } from './front-door.ts';
import { isLoopback } from './hosts.ts';
import type { Isolation } from './isolation.ts';
import { writeNodePreload } from './node-preload.ts';
import { PROXY_HOST, type Proxy, startProxy } from './proxy.ts';
import { type TrustFiles, writeTrustFiles } from './trust-files.ts';
import { readUpstream, type Upstream } from './upstream.ts';

/** The settings of the server, and of standing in for Twilio. */
export interface InterceptSettings {
  readonly config: Config;
  /** 0 lets the system choose a free port. */
  readonly proxy_port: number;
  readonly offline: boolean;
  /** Whether programs get a network with only Tieline in it. It includes `offline`. */
  readonly isolate: boolean;
  /** Whether the proxy stays open, and admits programs of its own user only. */
  readonly keep_out_others?: boolean;
  /** The folder of this user's CA; null when it cannot be kept. */
  readonly ca_folder: string | null;
  /** Real time. Certificates are made and renewed by it. */
  readonly now: () => EpochMs;
  /** The environment that programs would have without Tieline. */
  readonly env: Env;
  /** Receives notices for the user, as sentences. */
  readonly notice: (sentence: string) => void;
}

/** A Tieline that stands in for Twilio. */
export interface Intercepting {
  /** Tieline's own origin. */
  readonly origin: string;
  /** Resolves when Tieline answers. Earlier connections wait, so programs can start before. */
  readonly ready: Promise<RunningServer>;
  readonly proxy: Proxy;
  /** The proxy's address, with the credentials that it asks for. */
  readonly proxy_url: string;
  readonly trust: TrustFiles;
  readonly authority: Authority;
  /** Variables to add to a program's environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** The network of programs; null when it is this machine's. */
  readonly isolation: Isolation | null;
  /** Closes everything, even after a failed start. */
  close(): Promise<void>;
}

/** Everything that is open so far, so that it can be closed after a failed start too. */
interface Opened {
  readonly door: FrontDoor;
  trust?: TrustFiles;
  proxy?: Proxy;
  isolation?: Isolation;
  ready?: Promise<RunningServer>;
}

/**
 * Stands in for Twilio: opens the listeners, starts Tieline behind them, and writes the files by
 * which programs trust it. Data on disk holds its own developer, so the start waits until it is
 * open.
 * @throws ConfigError with one sentence when a setting, the data, a port or the CA cannot be used
 */
export async function startIntercepting(settings: InterceptSettings): Promise<Intercepting> {
  const upstream = readUpstream(settings.env);
  const config = withWorld(settings.config);
  const opened: Opened = { door: await openFrontDoor(config) };
  try {
    return await openAll(opened, { ...settings, config }, upstream);
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

async function openAll(
  opened: Opened,
  settings: InterceptSettings,
  upstream: Upstream | null,
): Promise<Intercepting> {
  const { door } = opened;
  const { config, env, notice, now, ca_folder, proxy_port: port } = settings;
  const offline = settings.offline || settings.isolate;
  const reachLocal = settings.isolate
    ? async (to: number) => await (opened.isolation as Isolation).reach(to)
    : null;
  const authority = await authorityFor(ca_folder, now(), notice);
  const trust = writeTrustFiles(authority.ca.certificate, env);
  opened.trust = trust;
  // These files must go even when the process ends without closing.
  process.on('exit', () => trust[Symbol.dispose]());
  for (const sentence of trust.notices) notice(sentence);
  const { accept } = door;
  const entry = settings.keep_out_others ? openEntry() : null;
  const parts = { entry, authority, now, port, offline, upstream, accept, notice, reachLocal };
  const proxy = await startProxy(parts).catch((error: unknown) => {
    throw proxyError(error, port);
  });
  opened.proxy = proxy;
  refuseLoop(upstream, proxy.port);
  if (settings.isolate) opened.isolation = await isolationFor(door, proxy, env['PATH'] ?? '');
  const ready = startBehind(door, config, reachLocal);
  opened.ready = ready;
  // A failure reaches the caller by `ready`.
  void ready.then(({ app }) => tellMoved(app, notice)).catch(() => undefined);
  const known = knownBeforehand(config) ?? (await worldOf(await ready));
  const { port: proxy_port, tls_port } = proxy;
  const direct = directHosts(env);
  const place = {
    proxy_port,
    proxy_credentials: entry?.credentials ?? null,
    tls_port,
    node_option: writeNodePreload(trust.folder, { tls_port, offline, direct }),
    origin: door.origin,
    ...known,
    trust,
  };
  return {
    origin: door.origin,
    ready,
    proxy_url: proxyUrl(place),
    proxy,
    trust,
    authority,
    variables: variablesFor(place, env),
    isolation: opened.isolation ?? null,
    close: () => closeAll(opened),
  };
}

function tellMoved({ clock }: App, notice: InterceptSettings['notice']): void {
  const moved = movedText(clock);
  if (moved !== null) notice(`${moved} tieline clock --help says how it is put back.`);
}

async function closeAll({ door, trust, proxy, isolation, ready }: Opened): Promise<void> {
  await proxy?.close();
  await door.close();
  const server = await ready?.catch(() => null);
  await server?.close();
  isolation?.close();
  trust?.[Symbol.dispose]();
}

/** A world in memory gets its developer and key from the settings. Data on disk has its own. */
function withWorld(config: Config): Config {
  if (config.data.engine !== 'memory') return config;
  const hex = () => randomBytes(16).toString('hex');
  return {
    ...config,
    developer: config.developer ?? { accountSid: `AC${hex()}`, authToken: hex() },
    secretKeys: config.secretKeys ?? [{ id: 'run', bytes: randomBytes(SECRET_KEY_BYTES) }],
  };
}

type World = Pick<Surroundings, 'account_sid' | 'auth_token' | 'world'>;

/**
 * The facts for programs about a world that is still to be made; null when it must be opened first.
 */
function knownBeforehand({ data, developer, secretKeys }: Config): World | null {
  if (data.engine !== 'memory' || !developer || !secretKeys) return null;
  return {
    account_sid: developer.accountSid,
    auth_token: developer.authToken,
    world: worldNames(new KeyRing(secretKeys, randomBytes)),
  };
}

/** The listeners in the network of programs, on the ports that they have here. */
async function isolationFor(
  { port, accept }: FrontDoor,
  { port: proxy_port, tls_port, enter }: Proxy,
  path: string,
): Promise<Isolation> {
  const { openIsolation } = await import('./isolation.ts');
  const { readNameservers } = await import('./isolation-names.ts');
  return await openIsolation({
    ports: { [port]: accept, [proxy_port]: enter.proxy, [tls_port]: enter.host },
    web: enter.host,
    nameservers: readNameservers(),
    path,
  });
}

/** Starts Tieline behind a listener. Loading takes a while; the rest has started before it. */
async function startBehind(
  door: FrontDoor,
  config: Config,
  reachLocal: App['reachLocal'],
): Promise<RunningServer> {
  await setImmediate();
  const { start } = await import('../main.ts');
  const server = await start(
    { ...config, port: door.port },
    { listens_at: door.origin, reachLocal },
  );
  door.openTo((connection) => server.accept(connection));
  return server;
}

async function worldOf({ app, world }: RunningServer): Promise<World> {
  const { revealAccount, worldPassword } = await import('../control/first-world.ts');
  const developer = world && (await revealAccount(app, world.developer_account_sid));
  if (!developer) {
    throw new ConfigError(
      'This data has no developer account of a development world: take other data with --data.',
    );
  }
  return {
    account_sid: developer.sid,
    auth_token: developer.auth_token,
    world: { ...world, password: worldPassword(app) },
  };
}

/** The user's CA, or one for this run when the folder cannot be written, as in a container. */
async function authorityFor(
  folder: string | null,
  now: EpochMs,
  notice: (sentence: string) => void,
): Promise<Authority> {
  if (folder === null) {
    notice('There is no home to keep the CA in; this run has one of its own. HOME can name one.');
    return await makePassingAuthority(now);
  }
  try {
    return await openAuthority(folder, now);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof ConfigError || code === undefined) throw error;
    notice(`The CA cannot be kept in ${folder} (${code}); this run has one of its own.`);
    return await makePassingAuthority(now);
  }
}

/** Refuses a proxy variable that names this port, left in the shell by an earlier run. */
function refuseLoop(upstream: Upstream | null, port: number): void {
  if (!upstream || !isLoopback(upstream.host) || upstream.port !== port) return;
  throw new ConfigError(
    `${upstream.variable} names port ${port}, which is this proxy's own: unset the variables of ` +
      'proxies, or open another shell.',
  );
}

function proxyError(error: unknown, port: number): unknown {
  const problem = listenProblem(error, { host: PROXY_HOST, port, option: '--proxy-port' });
  return problem === null ? error : new ConfigError(problem);
}
