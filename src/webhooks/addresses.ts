import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Config } from '../config.ts';
import { isLoopbackAddress } from '../kit/loopback.ts';
import { isInNetwork } from '../kit/network.ts';

/**
 * The settings that decide which addresses may be called. The ports are in addition to 80 and 443, the
 * networks to the public internet.
 */
export type ReceiverPolicy = Pick<
  Config,
  'mode' | 'publicUrl' | 'webhookPorts' | 'webhookNetworks'
>;

const PORTS: readonly number[] = [80, 443];

/** The part of IPv6 that networks get addresses from; special ranges inside it are refused too. */
const GLOBAL_UNICAST: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];

/** Public by its range, but every machine in Azure reaches its own host there. */
const AZURE_HOST = '168.63.129.16';

/** Here clouds give a machine its secrets, so a network opens only the one address that it names. */
const OF_THE_CLOUD = ['169.254.0.0/16', '100.100.100.200/32', 'fd00:ec2::/32', 'fd20:ce::/32'];

/**
 * Whether a text is an address of the public internet (`docs/threats.md`, T27).
 */
export function isPublicAddress(address: string): boolean {
  // A zone names an interface of this machine. No receiver needs one.
  if (isIP(address) === 0 || address.includes('%')) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast' || address === AZURE_HOST) return false;
  return parsed.kind() === 'ipv4' || parsed.match(GLOBAL_UNICAST);
}

/** Whether a text is an address of the public internet, or of a network that the operator names. */
export function isAllowedAddress(policy: ReceiverPolicy, address: string): boolean {
  return isPublicAddress(address) || isInNetworks(policy.webhookNetworks, address);
}

/**
 * Whether an address lies in one of an operator's networks, in CIDR notation. An address of a cloud's
 * secrets does only if a network names it alone.
 */
export function isInNetworks(networks: readonly string[], address: string): boolean {
  if (networks.length === 0 || isIP(address) === 0 || address.includes('%')) return false;
  // The parser takes this old form for an IPv4 address. A connection does not go there.
  if (/^::\d+\./.test(address)) return false;
  // A connection to an IPv4 address that is written as IPv6 goes to the IPv4 address.
  const isExact = OF_THE_CLOUD.some((network) => isInNetwork(network, address));
  const isOne = (network: string) => network.endsWith(network.includes(':') ? '/128' : '/32');
  return networks.some((network) => isInNetwork(network, address) && (!isExact || isOne(network)));
}

/** The host of a URL as a name or an address: without brackets, and without closing dots. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.+$/, '');
}

/** The port that a URL leads to. */
export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

/**
 * Checks a URL before its name is looked up. In production the server's own public host is refused,
 * because a webhook to it could call itself without end.
 * @returns the reason why the URL must not be called; null: it may be called.
 */
export function refuseUrl(policy: ReceiverPolicy, url: URL): string | null {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return 'Webhooks go to http and https addresses only.';
  }
  if (policy.mode === 'development') return null;
  if (policy.publicUrl !== null && hostOf(new URL(policy.publicUrl)) === hostOf(url)) {
    return 'This is the address of this server itself; give the address of your application.';
  }
  return refusePort(policy, portOf(url));
}

/**
 * The reason why a connection to an address must not be made; null: it may be made. The reason does
 * not name the address, so that strangers learn nothing about the operator's network.
 */
export function refuseAddress(
  policy: ReceiverPolicy,
  receiver: { readonly host: string; readonly port: number },
  address: string,
): string | null {
  const development = policy.mode === 'development';
  if (development && isLoopbackAddress(address)) return null;
  if (isAllowedAddress(policy, address)) return refusePort(policy, receiver.port);
  return `${receiver.host} leads to a forbidden address: webhooks are sent only to ${allowedIn(policy)}.`;
}

/**
 * The error in production for a name without an allowed address. It is the same for a name that does
 * not exist and for one in a closed part of the operator's network, so that strangers do not learn
 * which names exist.
 */
export function noPublicAddress(policy: ReceiverPolicy, host: string): string {
  return (
    `${host} leads to no public address; check its spelling and its A and AAAA records. ` +
    `Webhooks are sent to ${allowedIn(policy)} only.`
  );
}

function allowedIn({ mode, webhookNetworks }: ReceiverPolicy): string {
  const more = [
    ...(webhookNetworks.length > 0 ? ["the operator's networks"] : []),
    ...(mode === 'development' ? ['this machine'] : []),
  ];
  return ['public addresses', ...more].join(' and ');
}

function refusePort(policy: ReceiverPolicy, port: number): string | null {
  const ports = [...PORTS, ...policy.webhookPorts];
  if (ports.includes(port)) return null;
  return `Webhooks are not sent to port ${port}; the receiver can listen on ${ports.join(' or ')}.`;
}
