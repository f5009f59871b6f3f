import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Config } from '../config.ts';
import { isLoopbackAddress } from '../kit/loopback.ts';

/** The settings that decide who may be called; the ports are those beside 80 and 443. */
export type ReceiverPolicy = Pick<Config, 'mode' | 'publicUrl' | 'webhookPorts'>;

const PORTS: readonly number[] = [80, 443];

/** All of IPv6 that is given out to networks; special ranges inside it are refused as well. */
const GLOBAL_UNICAST: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];

/**
 * Whether an address belongs to the public internet (`docs/threats.md`, T27). Anything else is not
 * public, text that is no address included.
 */
export function isPublicAddress(address: string): boolean {
  // Zones name an interface of this machine, which no receiver has any business with.
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
 * Why a URL must not be called, before its name is looked up; null: nothing speaks against it.
 * In production the public host is refused, since a webhook to it could call itself without end.
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
 * Why a connection to an address must not be made; null: it may. The sentence does not say which
 * address it was, since names may lead strangers into the operator's network.
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
  return `${receiver.host} leads to an address that webhooks are not sent to; only ${allowed} are.`;
}

/**
 * What is said in production of a name that leads to no public address, whether there is no such
 * name or it leads into the operator's network: strangers are not to learn which names are there.
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
