import { BlockList, isIP } from 'node:net';
import { ConfigError } from '../config-error.ts';

type Env = Readonly<Record<string, string | undefined>>;

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

/** Hosts here give a machine its secrets, so each is named alone. */
const LINK_LOCAL = '169.254.0.0/16';

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

function isPrivate(network: string): boolean {
  if (network.includes('%')) return false;
  if (network.endsWith('/32') && isWithin(network, LINK_LOCAL)) return true;
  return PRIVATE_RANGES.some((range) => isWithin(network, range));
}

/** Whether a network lies in a range of the same kind of address. */
function isWithin(network: string, range: string): boolean {
  const [address, bits] = partsOf(network);
  const [start, most] = partsOf(range);
  if (isIP(address) !== isIP(start) || bits < most) return false;
  const kind = isIP(start) === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(start, most, kind);
  return list.check(address, kind);
}

function partsOf(network: string): readonly [address: string, bits: number] {
  const [address = '', bits] = network.split('/');
  return [address, Number(bits)];
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
