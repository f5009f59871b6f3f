import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { bitsOf } from './kit/bits-of.ts';
import { ConfigError } from './kit/config-error.ts';
import type { LogFormat, LogLevel } from './kit/log-level.ts';
import { isLoopbackHost } from './kit/loopback.ts';
import type { SealingKey } from './kit/seal.ts';
import {
  type OverloadSetting,
  readOverload,
  readRequestsPerSecond,
} from './kit/settings/load-settings.ts';
import { readLogFormat, readLogLevel } from './kit/settings/log-settings.ts';
import { readNetworks, readWebhookNetworks } from './kit/settings/network-settings.ts';
import { type PostgresSettings, readPostgresSettings } from './kit/settings/postgres-settings.ts';
import { type Retention, readRetention } from './kit/settings/retention-settings.ts';
import { isTestToken } from './kit/test-token.ts';
import { hasUserInfo } from './kit/user-info.ts';

/** The place of the data: a folder with an SQLite file, this process's memory, or PostgreSQL. */
export type DataLocation =
  | { readonly engine: 'sqlite'; readonly folder: string }
  | { readonly engine: 'memory' }
  | ({ readonly engine: 'postgres'; readonly url: string } & PostgresSettings);

export interface Config {
  readonly mode: 'development' | 'production';
  readonly host: string;
  /** 0 lets the system choose a free port. */
  readonly port: number;
  readonly data: DataLocation;
  /** The address that users see, without a trailing slash; null takes it from each request. */
  readonly publicUrl: string | null;
  /** The keys that seal secrets, newest first; null makes one and keeps it in the data folder. */
  readonly secretKeys: readonly SealingKey[] | null;
  /** The bearer token of the control API; null admits requests from loopback only. */
  readonly adminToken: string | null;
  readonly logLevel: LogLevel;
  /** Null means the form for people on a terminal, and JSON elsewhere. */
  readonly logFormat: LogFormat | null;
  /** The developer account of a development world; null derives it from the secret key. */
  readonly developer: { readonly accountSid: string; readonly authToken: string } | null;
  /**
   * The most API requests of one account in a second; 0 for no limit; null for the mode's default.
   */
  readonly requestsPerSecond: number | null;
  /** The treatment of API requests that would wait too long. */
  readonly overload: OverloadSetting;
  /** The ports that webhooks may use besides 80 and 443. */
  readonly webhookPorts: readonly number[];
  /** The networks, in CIDR notation, that webhooks may go to besides public addresses. */
  readonly webhookNetworks: readonly string[];
  /** The proxies, as addresses or networks, whose `X-Forwarded-For` is trusted. */
  readonly trustedProxies: readonly string[];
  /** More names of this server that requests may use. */
  readonly allowedHosts: readonly string[];
  /** The networks that may read metrics and the control API's description in production. */
  readonly opsNetworks: readonly string[];
  /** A second port for health, metrics and the control API's description; null for none. */
  readonly opsPort: number | null;
  /** The operator's file of carriers and routes; null for none. */
  readonly carriersFile: string | null;
  /** Reads a variable that the carriers file names for a secret. */
  readonly environment: (name: string) => string | undefined;
  /** The days for which messages, recordings and audit logs are kept. */
  readonly retention: Retention;
}

/** Command-line flags, as text. A flag overrides its environment variable. */
export interface Options {
  readonly port?: string | undefined;
  readonly host?: string | undefined;
  readonly data?: string | undefined;
  readonly publicUrl?: string | undefined;
  readonly allowHost?: readonly string[] | undefined;
  readonly opsPort?: string | undefined;
  readonly carriers?: string | undefined;
  readonly production?: boolean | undefined;
  readonly logLevel?: string | undefined;
}

export { ConfigError } from './kit/config-error.ts';

export const DEFAULT_PORT = 4010;
export const DEFAULT_FOLDER = './tieline-data';
const DATABASE_FILE = 'tieline.db';
export const SECRET_KEY_BYTES = 32;
const ADMIN_TOKEN_MIN_LENGTH = 16;
const ADMIN_TOKEN_MIN_BITS = 40;
const MAX_PORT = 65_535;
const MAX_ALLOWED_HOSTS = 100;
const HOST_NAME = /^[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?$/;
const MAX_WEBHOOK_PORTS = 100;

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings: flags, then environment variables, then defaults. Nothing else reads the
 * environment.
 * @throws ConfigError that names the flag or variable and its allowed values
 */
export function readConfig(options: Options, env: Env): Config {
  const config: Config = {
    mode: options.production ? 'production' : 'development',
    host: options.host ?? '127.0.0.1',
    port: readPort(options.port ?? env['PORT']),
    data: readDataLocation(
      options.data ?? env['TIELINE_DATA'] ?? env['DATABASE_URL'],
      readPostgresSettings(env),
    ),
    publicUrl: readPublicUrl(options.publicUrl ?? env['TIELINE_PUBLIC_URL']),
    secretKeys: readSecretKeys(env['TIELINE_SECRET_KEY']),
    adminToken: readAdminToken(env['TIELINE_ADMIN_TOKEN']),
    logLevel: readLogLevel(options.logLevel ?? env['TIELINE_LOG_LEVEL']),
    logFormat: readLogFormat(env['TIELINE_LOG_FORMAT']),
    developer: readDeveloper(env['TWILIO_ACCOUNT_SID'], env['TWILIO_AUTH_TOKEN']),
    requestsPerSecond: readRequestsPerSecond(env['TIELINE_REQUESTS_PER_SECOND']),
    overload: readOverload(env['TIELINE_OVERLOAD'], options.production === true),
    webhookPorts: readWebhookPorts(env['TIELINE_WEBHOOK_PORTS']),
    webhookNetworks: readWebhookNetworks('TIELINE_WEBHOOK_NETWORKS', env),
    trustedProxies: readNetworks('TIELINE_TRUSTED_PROXIES', env),
    allowedHosts: readAllowedHosts(options.allowHost, env['TIELINE_ALLOWED_HOSTS']),
    opsNetworks: readNetworks('TIELINE_OPS_NETWORKS', env),
    opsPort: readOpsPort(options.opsPort ?? env['TIELINE_OPS_PORT']),
    carriersFile: (options.carriers ?? env['TIELINE_CARRIERS']) || null,
    environment: (name) => env[name],
    retention: readRetention(env),
  };
  if (config.mode === 'production') demandProduction(config);
  return config;
}

function demandProduction(config: Config): void {
  const missing = [
    config.publicUrl === null && 'a public URL (--public-url or TIELINE_PUBLIC_URL)',
    config.secretKeys === null &&
      'a secret key (TIELINE_SECRET_KEY, made with: openssl rand -base64 32)',
    config.publicUrl?.startsWith('http:') &&
      !isLoopbackHost(new URL(config.publicUrl).host) &&
      'a public URL that begins with https: (TLS may end at a proxy in front of Tieline)',
    config.data.engine === 'memory' && 'a place to keep data (--data DIR or --data postgres://…)',
  ].filter((part) => typeof part === 'string');
  if (missing.length > 0) {
    throw new ConfigError(`Production mode needs ${missing.join(', and ')}.`);
  }
}

function readPort(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_PORT;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) {
    throw new ConfigError(`The port must be a number from 0 to 65535, not "${text}".`);
  }
  return port;
}

/** Reads `--data`: a folder, `:memory:`, or a `postgres://` URL. */
function readDataLocation(text: string | undefined, settings: PostgresSettings): DataLocation {
  if (text === undefined || text === '') return { engine: 'sqlite', folder: DEFAULT_FOLDER };
  if (text === ':memory:') return { engine: 'memory' };
  if (/^postgres(ql)?:/.test(text)) {
    if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text)) {
      throw new ConfigError(
        'The database URL cannot be read; it looks like postgres://user:password@host:5432/name.',
      );
    }
    return { engine: 'postgres', url: text, ...settings };
  }
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(text);
  if (scheme) {
    throw new ConfigError(
      `Data can live in a folder, in :memory: or at postgres://…, not at ${scheme[1]}://.`,
    );
  }
  return { engine: 'sqlite', folder: text };
}

/** The SQLite file of a data folder. */
export function databaseFile(folder: string): string {
  return join(resolve(folder), DATABASE_FILE);
}

function readPublicUrl(text: string | undefined): string | null {
  if (text === undefined || text === '') return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || hasUserInfo(url)) {
    throw new ConfigError(
      `The public URL must be an http or https address such as https://api.example.com, not "${text}".`,
    );
  }
  return url.href.replace(/\/+$/, '');
}

/**
 * Reads `TIELINE_SECRET_KEY`: one key, or several separated by commas, newest first.
 * A key is 32 bytes in base64, base64url or hexadecimal, with an optional name before a colon.
 */
function readSecretKeys(text: string | undefined): readonly SealingKey[] | null {
  if (text === undefined || text === '') return null;
  const keys = text.split(',').map((part) => {
    const [, id = 'k1', encoded = ''] =
      /^(?:([A-Za-z0-9_-]{1,32}):)?(.*)$/s.exec(part.trim()) ?? [];
    const bytes = Buffer.from(encoded, /^[0-9a-f]{64}$/i.test(encoded) ? 'hex' : 'base64');
    if (bytes.length !== SECRET_KEY_BYTES) {
      throw new ConfigError(
        'TIELINE_SECRET_KEY must hold keys of 32 bytes in base64; make one with: openssl rand -base64 32',
      );
    }
    return { id, bytes };
  });
  if (new Set(keys.map((key) => key.id)).size < keys.length) {
    throw new ConfigError(
      'TIELINE_SECRET_KEY names two keys alike; write them as newname:KEY,oldname:KEY.',
    );
  }
  return keys;
}

/** Reads `--allow-host`, which may be repeated, or the variable with names separated by commas. */
function readAllowedHosts(
  flags: readonly string[] | undefined,
  text: string | undefined,
): readonly string[] {
  const names = flags ?? (text === undefined || text === '' ? [] : text.split(','));
  const hosts = names.map((name) => name.trim().toLowerCase());
  if (
    hosts.length > MAX_ALLOWED_HOSTS ||
    !hosts.every((host) => HOST_NAME.test(host) || isIP(host) !== 0)
  ) {
    throw new ConfigError(
      '--allow-host (TIELINE_ALLOWED_HOSTS) must name hosts such as tieline.internal, without a port, ' +
        `at most ${MAX_ALLOWED_HOSTS} of them.`,
    );
  }
  return hosts;
}

function readOpsPort(text: string | undefined): number | null {
  if (text === undefined || text === '') return null;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= MAX_PORT)) {
    throw new ConfigError(
      `The port of --ops-port (TIELINE_OPS_PORT) must be a number from 0 to ${MAX_PORT}, not "${text}".`,
    );
  }
  return port;
}

function readAdminToken(text: string | undefined): string | null {
  if (text === undefined || text === '') return null;
  if (text.length < ADMIN_TOKEN_MIN_LENGTH || bitsOf(text) < ADMIN_TOKEN_MIN_BITS) {
    throw new ConfigError(
      `TIELINE_ADMIN_TOKEN must be at least ${ADMIN_TOKEN_MIN_LENGTH} characters long and hard to ` +
        'guess; make one with: openssl rand -hex 32',
    );
  }
  return text;
}

function readDeveloper(accountSid = '', authToken = ''): Config['developer'] {
  if (accountSid === '' && authToken === '') return null;
  // A machine may have these two variables for the real service, or only one of them. A development
  // world uses them only if both are valid.
  if (!/^AC[0-9a-fA-F]{32}$/.test(accountSid) || !isTestToken(authToken)) return null;
  return { accountSid, authToken };
}

function readWebhookPorts(text: string | undefined): readonly number[] {
  if (text === undefined || text === '') return [];
  const ports = text.split(',').map((part) => {
    const port = /^ *\d{1,5} *$/.test(part) ? Number(part) : 0;
    return port <= 65_535 ? port : 0;
  });
  if (ports.includes(0) || ports.length > MAX_WEBHOOK_PORTS) {
    throw new ConfigError(
      'TIELINE_WEBHOOK_PORTS must be ports from 1 to 65535 separated by commas, ' +
        `at most ${MAX_WEBHOOK_PORTS} of them.`,
    );
  }
  return ports;
}
