import type { Config } from '../config.ts';
import { ConfigError } from '../config.ts';
import { revealAccount } from '../control/first-world.ts';
import type { EpochMs } from '../kit/utc.ts';
import { type RunningServer, start } from '../main.ts';
import { type Authority, makePassingAuthority, openAuthority } from './authority.ts';
import { type Env, variablesFor } from './environment.ts';
import { type Proxy, startProxy } from './proxy.ts';
import { type TrustFiles, writeTrustFiles } from './trust-files.ts';
import { readUpstream } from './upstream.ts';

/** What to serve, and how to stand in for Twilio. */
export interface InterceptSettings {
  readonly config: Config;
  /** 0 lets the system choose a free port. */
  readonly proxy_port: number;
  readonly offline: boolean;
  /** Where the CA of this user is kept. */
  readonly ca_folder: string;
  /** The environment that programs would have without Tieline. */
  readonly env: Env;
  /** Told what the user should know, in sentences. */
  readonly notice: (sentence: string) => void;
}

/** A Tieline that stands in for Twilio. */
export interface Intercepting {
  readonly server: RunningServer;
  readonly proxy: Proxy;
  readonly trust: TrustFiles;
  readonly authority: Authority;
  /** What a program's environment is to have, besides what it had. */
  readonly variables: Readonly<Record<string, string>>;
  close(): Promise<void>;
  /** What must not stay when the process ends before `close` could. */
  discard(): void;
}

/**
 * Starts a Tieline, its proxy, and all that programs need to trust it.
 * @throws ConfigError with one sentence when a setting, the data, a port or the CA cannot be used
 */
export async function startIntercepting(settings: InterceptSettings): Promise<Intercepting> {
  const { config, env, notice } = settings;
  const upstream = readUpstream(env);
  const server = await start(config);
  let trust: TrustFiles | undefined;
  try {
    const { realNow } = server.app;
    const account = await developerOf(server);
    const authority = await authorityFor(settings.ca_folder, realNow(), notice);
    trust = writeTrustFiles(authority.ca.certificate, env);
    for (const sentence of trust.notices) notice(sentence);
    const { offline, proxy_port: port } = settings;
    const accept: RunningServer['accept'] = (connection) => server.accept(connection);
    const parts = { authority, now: realNow, port, offline, upstream, accept, notice };
    const proxy = await startProxy(parts).catch((error: unknown) => {
      throw proxyError(error, port);
    });
    const place = { proxy_port: proxy.port, origin: server.origin, trust };
    const discard = () => trust?.[Symbol.dispose]();
    return {
      server,
      proxy,
      trust,
      authority,
      variables: variablesFor({ ...place, ...account }, env),
      discard,
      async close() {
        await proxy.close();
        await server.close();
        discard();
      },
    };
  } catch (error) {
    trust?.[Symbol.dispose]();
    await server.close();
    throw error;
  }
}

async function developerOf({ app, world }: RunningServer) {
  const developer = world && (await revealAccount(app, world.developer_account_sid));
  if (!developer) {
    throw new ConfigError(
      'This data has no developer account of a development world: take other data with --data.',
    );
  }
  return { account_sid: developer.sid, auth_token: developer.auth_token };
}

/** Where the user's folder cannot be written, as in a container, a CA for this run does as well. */
async function authorityFor(
  folder: string,
  now: EpochMs,
  notice: (sentence: string) => void,
): Promise<Authority> {
  try {
    return await openAuthority(folder, now);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof ConfigError || code === undefined) throw error;
    notice(`The CA cannot be kept in ${folder} (${code}); this run has one of its own.`);
    return await makePassingAuthority(now);
  }
}

function proxyError(error: unknown, port: number): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return error;
  return new ConfigError(
    `Port ${port} cannot be the proxy's (${code}): choose another with --proxy-port.`,
  );
}
