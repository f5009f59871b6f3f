import { isIP } from 'node:net';

/** Whether an address is this machine's own: 127.0.0.0/8, `::1`, or the former written as IPv6. */
export function isLoopbackAddress(address: string): boolean {
  const plain = address.replace(/^::ffff:/i, '');
  return isIP(plain) === 4 ? plain.startsWith('127.') : plain === '::1';
}

/** Whether a host, as a URL or a `Host` header names it, can only be this machine (RFC 6761, 6.3). */
export function isLoopbackHost(host: string): boolean {
  const name = hostName(host);
  return name === 'localhost' || name.endsWith('.localhost') || isLoopbackAddress(name);
}

/** The name in a `Host` header: without its port, without brackets, in lower case. */
export function hostName(host: string): string {
  return host
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();
}
