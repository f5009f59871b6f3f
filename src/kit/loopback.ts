import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The addresses that `localhost` has, for names that are resolved here and for programs. */
export const LOCALHOST_ADDRESSES: readonly string[] = ['127.0.0.1', '::1'];

/**
 * `localhost` or an address of this machine, as a program connects to it. The system resolves
 * the names of a program and may ask a name server for `app.localhost`, so that is none of them.
 */
export const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

/** Whether an address is in 127.0.0.0/8 or is `::1`. */
export function isLoopbackAddress(address: string): boolean {
  return isIP(address) !== 0 && ipaddr.parse(address).range() === 'loopback';
}

/** Whether a peer is this machine. A socket that listens on IPv6 writes IPv4 as `::ffff:127.0.0.1`. */
export function isLoopbackPeer(address: string): boolean {
  return isLoopbackAddress(address.replace(/^::ffff:/i, ''));
}

/** Whether a name is `localhost` or is below it: such a name has no other address (RFC 6761, 6.3). */
export function isLocalhost(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

/** Whether a host, as a URL or a `Host` header names it, can only be this machine. */
export function isLoopbackHost(host: string): boolean {
  const name = hostName(host);
  return isLocalhost(name) || isLoopbackPeer(name);
}

/** The name in a `Host` header: without its port, without brackets, in lower case. */
export function hostName(host: string): string {
  return host
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();
}
