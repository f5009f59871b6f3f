import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Config } from '../config.ts';
import { isLoopbackAddress } from '../kit/loopback.ts';

/**
 * The settings that decide which addresses may be called. The ports are in addition to 80 and 443.
 */
export type ReceiverPolicy = Pick<Config, 'mode' | 'publicUrl' | 'webhookPorts'>;

const PORTS: readonly number[] = [80, 443];

/** The part of IPv6 that networks get addresses from; special ranges inside it are refused too. */
const GLOBAL_UNICAST: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];

/**
 * Whether a text is an address of the public internet (`docs/threats.md`, T27).
 */
export function isPublicAddress(address: string): boolean {
  // A zone names an interface of this machine. No receiver needs one.
  if (isIP(address) === 0 || address.includes('%')) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || parsed.match(GLOBAL_UNICAST);
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
  if (isPublicAddress(address)) return refusePort(policy, receiver.port);
  const allowed = development ? 'public addresses and this machine' : 'public addresses';
  return `${receiver.host} leads to a forbidden address: webhooks are sent only to ${allowed}.`;
}

/**
 * The error in production for a name without a public address. It is the same for a name that does
 * not exist and for one in the operator's network, so that strangers do not learn which names
 * exist.
 */
export function noPublicAddress(host: string): string {
  return (
    `${host} leads to no public address; check its spelling and its A and AAAA records. ` +
    'Webhooks are sent to public addresses only.'
  );
}

function refusePort(policy: ReceiverPolicy, port: number): string | null {
  const ports = [...PORTS, ...policy.webhookPorts];
  if (ports.includes(port)) return null;
  return `Webhooks are not sent to port ${port}; the receiver can listen on ${ports.join(' or ')}.`;
}
