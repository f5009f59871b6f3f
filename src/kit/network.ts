import ipaddr from 'ipaddr.js';

/** How many bits of an address name its network, for each kind of address. */
export interface NetworkBits {
  readonly ipv4: number;
  readonly ipv6: number;
}

/** One peer: an address of IPv4, or the network of IPv6 that comes with one. */
export const PEER_BITS: NetworkBits = { ipv4: 32, ipv6: 64 };

/** The network of an address; all that is no address is one network. */
export function networkOf(address: string | undefined, bits: NetworkBits): string {
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

/** Whether an address is one of IPv6: who has one there has a network of many. */
export function isIpv6(address: string | undefined): boolean {
  return (
    address !== undefined && ipaddr.isValid(address) && ipaddr.process(address).kind() === 'ipv6'
  );
}

const SHARED_RANGES: ReadonlySet<string> = new Set([
  'loopback',
  'private',
  'linkLocal',
  'uniqueLocal',
  'carrierGradeNat',
]);

/** Whether an address is inside of a network of its own, or none: often a proxy's, and then everybody's. */
export function isShared(address: string): boolean {
  return !ipaddr.isValid(address) || SHARED_RANGES.has(ipaddr.process(address).range());
}
