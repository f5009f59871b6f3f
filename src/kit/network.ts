import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The number of bits of an address that name its network, for each kind of address. */
export interface NetworkBits {
  readonly ipv4: number;
  readonly ipv6: number;
}

/** One peer: an IPv4 address, or the /64 network of an IPv6 address. */
export const PEER_BITS: NetworkBits = { ipv4: 32, ipv6: 64 };

/** The network of an address. All texts that are not addresses count as one network. */
export function networkOf(address: string | undefined, bits: NetworkBits): string {
  // Each API request asks for the network of its peer, and the library takes ten times as long.
  if (address !== undefined && isIPv4(address)) return networkOfIpv4(address, bits.ipv4);
  if (address === undefined || !ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  const kind = parsed.kind();
  const cidr = `${parsed.toString()}/${bits[kind]}`;
  const network =
    kind === 'ipv4'
      ? ipaddr.IPv4.networkAddressFromCIDR(cidr)
      : ipaddr.IPv6.networkAddressFromCIDR(cidr);
  return `${network.toString()}/${bits[kind]}`;
}

function networkOfIpv4(address: string, bits: number): string {
  const parts = address.split('.').map((part, index) => {
    const kept = Math.min(Math.max(bits - index * 8, 0), 8);
    return Number(part) & (0xff << (8 - kept));
  });
  return `${parts.join('.')}/${bits}`;
}

/** Whether an address is IPv6. Its owner usually has a whole network of addresses. */
export function isIpv6(address: string | undefined): boolean {
  return (
    address !== undefined && ipaddr.isValid(address) && ipaddr.process(address).kind() === 'ipv6'
  );
}

/**
 * Whether an address lies in a network in CIDR notation. A network without bits is one address. An
 * IPv4 address that is written as IPv6 counts as IPv4.
 */
export function isInNetwork(network: string, address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  const [base = '', bits] = network.split('/');
  const of = bits === undefined ? ipaddr.process(base) : ipaddr.parse(base);
  const length = bits === undefined ? of.toByteArray().length * 8 : Number(bits);
  return of.kind() === parsed.kind() && parsed.match(of, length);
}

const SHARED_RANGES: ReadonlySet<string> = new Set([
  'loopback',
  'private',
  'linkLocal',
  'uniqueLocal',
  'carrierGradeNat',
]);

/** Whether an address is private or missing. It then often belongs to a proxy for many people. */
export function isShared(address: string): boolean {
  return !ipaddr.isValid(address) || SHARED_RANGES.has(ipaddr.process(address).range());
}
