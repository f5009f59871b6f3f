import { BlockList, isIP } from 'node:net';

/** The addresses of `localhost`. */
export const LOCALHOST_ADDRESSES: readonly string[] = ['127.0.0.1', '::1'];

/**
 * `localhost` or an address of this machine, as a program connects to it. `app.localhost` does not
 * fit, because the program's system may ask a name server for it.
 */
export const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

// Two lists, because a list with both finds IPv4 addresses that are written as IPv6, too.
const LOOPBACK_IPV4 = new BlockList();
LOOPBACK_IPV4.addSubnet('127.0.0.0', 8);
const LOOPBACK_IPV6 = new BlockList();
LOOPBACK_IPV6.addAddress('::1', 'ipv6');

/** Whether an address is in 127.0.0.0/8 or is `::1`. */
export function isLoopbackAddress(address: string): boolean {
  const [plain = ''] = address.split('%');
  if (isIP(plain) === 4) return LOOPBACK_IPV4.check(plain);
  return isIP(plain) === 6 && LOOPBACK_IPV6.check(plain, 'ipv6');
}

/** Whether a peer is this machine. An IPv6 socket writes an IPv4 peer as `::ffff:127.0.0.1`. */
export function isLoopbackPeer(address: string): boolean {
  return isLoopbackAddress(address.replace(/^::ffff:/i, ''));
}

/**
 * Whether a name is `localhost` or ends with `.localhost`, which is always this machine (RFC 6761
 * §6.3).
 */
export function isLocalhost(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

/** Whether a host in a URL or a `Host` header can only be this machine. */
export function isLoopbackHost(host: string): boolean {
  const name = hostName(host);
  return isLocalhost(name) || isLoopbackPeer(name);
}

/** The name in a `Host` header, without port and brackets, in lower case. */
export function hostName(host: string): string {
  return host
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();
}
