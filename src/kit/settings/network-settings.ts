import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { ConfigError } from '../config-error.ts';

type Env = Readonly<Record<string, string | undefined>>;
type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

const MAX_WEBHOOK_NETWORKS = 100;

/** The ranges of an operator's own networks. */
const PRIVATE_RANGES = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::1/128',
  'fc00::/7',
];
const PRIVATE = PRIVATE_RANGES.map((network) => ipaddr.parseCIDR(network));

/** Hosts here give a machine its secrets, so each is named alone. */
const LINK_LOCAL = ipaddr.parseCIDR('169.254.0.0/16');

/**
 * Reads the private networks that webhooks may go to.
 * @returns the networks in CIDR notation, a single address with all its bits
 */
export function readWebhookNetworks(name: string, env: Env): readonly string[] {
  const networks = readNetworks(name, env).map((network) => {
    if (network.includes('/')) return network;
    return `${network}/${isIP(network) === 4 ? 32 : 128}`;
  });
  if (networks.length > MAX_WEBHOOK_NETWORKS || !networks.every(isPrivate)) {
    throw new ConfigError(
      `${name} must be networks within ${PRIVATE_RANGES.join(', ')}, ` +
        `or single addresses of 169.254.0.0/16, at most ${MAX_WEBHOOK_NETWORKS} of them. ` +
        'Webhooks go to public addresses without it.',
    );
  }
  return networks;
}

function isPrivate(text: string): boolean {
  if (text.includes('%')) return false;
  const network: Network = ipaddr.parseCIDR(text);
  if (text.endsWith('/32') && isWithin(network, LINK_LOCAL)) return true;
  return PRIVATE.some((range) => isWithin(network, range));
}

function isWithin([address, bits]: Network, [range, most]: Network): boolean {
  if (address.kind() !== range.kind() || bits < most) return false;
  return address.match([range, most] as [ipaddr.IPv6, number]);
}

/** Reads addresses or networks in CIDR notation, separated by commas. */
export function readNetworks(name: string, env: Env): readonly string[] {
  const text = env[name];
  if (text === undefined || text === '') return [];
  const proxies = text.split(',').map((part) => part.trim());
  const isNetwork = (proxy: string) => {
    const [address = '', bits, ...more] = proxy.split('/');
    const family = isIP(address);
    const most = family === 4 ? 32 : 128;
    const fits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
    return family !== 0 && fits && more.length === 0;
  };
  if (!proxies.every(isNetwork)) {
    throw new ConfigError(
      `${name} must be addresses or networks such as 10.0.0.0/8, separated by commas.`,
    );
  }
  return proxies;
}
