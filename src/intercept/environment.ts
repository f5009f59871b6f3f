import { delimiter } from 'node:path';
import { CUSTOMER_EMAIL, DEVELOPER_EMAIL, type WorldNames } from '../control/world-names.ts';
import { LOCALHOST_ADDRESSES } from '../kit/loopback.ts';
import { HTTPS_PORT, PLAIN_HOSTS } from './hosts.ts';
import type { TrustFiles } from './trust-files.ts';
import { covers, NO_PROXY_NAMES, readNoProxy } from './upstream.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** The facts that a program learns from its environment. */
export interface Surroundings {
  readonly proxy_port: number;
  /** `user:password` for the proxy; null when it asks for none. */
  readonly proxy_credentials?: string | null;
  /** The port for connections to intercepted hosts that do not use the proxy. */
  readonly tls_port: number;
  /** The option that makes Node send connections to that port. */
  readonly node_option: string;
  /** The origin of Tieline itself. */
  readonly origin: string;
  readonly account_sid: string;
  readonly auth_token: string;
  readonly world: WorldNames;
  readonly trust: Omit<TrustFiles, typeof Symbol.dispose>;
}

const PROXY_NAMES = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'] as const;
/** Hosts that are always reached without the proxy. */
const LOCAL = ['localhost', ...LOCALHOST_ADDRESSES];

/** The address of the proxy, as programs receive it. */
export function proxyUrl({
  proxy_port,
  proxy_credentials = null,
}: Pick<Surroundings, 'proxy_port' | 'proxy_credentials'>): string {
  const user = proxy_credentials === null ? '' : `${proxy_credentials}@`;
  return `http://${user}127.0.0.1:${proxy_port}`;
}

/**
 * The variables that lead an unmodified program, in any language, to Tieline instead of Twilio.
 * Their earlier values stay, except those that would lead past Tieline.
 * @param env the environment before, without the variables of npx
 */
export function variablesFor(
  {
    proxy_port,
    proxy_credentials = null,
    tls_port,
    node_option,
    origin,
    account_sid,
    auth_token,
    world,
    trust,
  }: Surroundings,
  env: Env,
): Record<string, string> {
  const proxy = proxyUrl({ proxy_port, proxy_credentials });
  const direct = directHosts(env);
  return {
    ...Object.fromEntries(PROXY_NAMES.map((name) => [name, proxy])),
    ...Object.fromEntries(NO_PROXY_NAMES.map((name) => [name, direct.join(',')])),
    ...trust.variables,
    NODE_USE_ENV_PROXY: '1',
    // The program's own options come last, so a module that it loads may replace more.
    NODE_OPTIONS: joined([node_option, env['NODE_OPTIONS']], ' '),
    TIELINE_TLS_DOOR: `127.0.0.1:${tls_port}`,
    JAVA_TOOL_OPTIONS: joined(
      [env['JAVA_TOOL_OPTIONS'], javaOptions(proxy_port, direct, trust)],
      ' ',
    ),
    PYTHONPATH: joined([trust.python, env['PYTHONPATH']], delimiter),
    // An empty first part stands for the folder that PHP was built with.
    PHP_INI_SCAN_DIR: [env['PHP_INI_SCAN_DIR'] ?? '', trust.php].join(delimiter),
    TWILIO_ACCOUNT_SID: account_sid,
    TWILIO_AUTH_TOKEN: auth_token,
    TIELINE_URL: origin,
    TIELINE_DEVELOPER_EMAIL: DEVELOPER_EMAIL,
    TIELINE_CUSTOMER_EMAIL: CUSTOMER_EMAIL,
    TIELINE_PASSWORD: world.password,
    TIELINE_CUSTOMER_ACCOUNT_SID: world.customer_account_sid,
    TIELINE_CONNECT_APP_SID: world.connect_app_sid,
  };
}

/** The hosts that are reached without the proxy: this machine, and the user's own list. */
export function directHosts(env: Env): string[] {
  const others = readNoProxy(env).filter((entry) => !LOCAL.includes(entry) && !isInTheWay(entry));
  return [...LOCAL, ...others];
}

/** Whether an entry of `NO_PROXY` would lead programs past the proxy to Twilio itself. */
function isInTheWay(entry: string): boolean {
  const regional = 'api.dublin.ie1.twilio.com';
  return (
    [...PLAIN_HOSTS, regional].some((host) => covers(entry, host, HTTPS_PORT)) ||
    /(?:^|\.)twilio\.com(?::\d+)?$/i.test(entry)
  );
}

/** Java reads no variables of proxies, and trusts one store only. */
function javaOptions(
  port: number,
  direct: readonly string[],
  { trust_store }: Surroundings['trust'],
): string {
  const hosts = direct.map((entry) => entry.replace(/^\*?\./, '*.').replace(/^::1$/, '[::1]'));
  return [
    '-Dhttp.proxyHost=127.0.0.1',
    `-Dhttp.proxyPort=${port}`,
    '-Dhttps.proxyHost=127.0.0.1',
    `-Dhttps.proxyPort=${port}`,
    `-Dhttp.nonProxyHosts=${hosts.join('|')}`,
    quoted(`-Djavax.net.ssl.trustStore=${trust_store}`),
    '-Djavax.net.ssl.trustStoreType=PKCS12',
  ].join(' ');
}

/** Java splits the variable at spaces that are not between quotes. */
function quoted(option: string): string {
  return /\s/.test(option) ? `"${option}"` : option;
}

function joined(parts: readonly (string | undefined)[], separator: string): string {
  return parts.filter((part) => part !== undefined && part !== '').join(separator);
}
