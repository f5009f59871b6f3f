/** An address on the wire: type of number, numbering plan, and the address itself. */
export interface SmppAddress {
  readonly ton: number;
  readonly npi: number;
  readonly address: string;
}

const TON = { unknown: 0, international: 1, national: 2, network: 3, alphanumeric: 5 } as const;
const NPI = { unknown: 0, isdn: 1 } as const;
/** The most digits of a number in E.164, and the fewest that are taken as one without its type. */
const E164_MAX = 15;
const E164_MIN = 8;

/** An address of Tieline, as the wire has it: `+49…`, a short code, or a name of letters. */
export function toWire(address: string): SmppAddress {
  if (/^\+\d+$/.test(address)) {
    return { ton: TON.international, npi: NPI.isdn, address: address.slice(1) };
  }
  if (/^\d+$/.test(address)) return { ton: TON.network, npi: NPI.unknown, address };
  return { ton: TON.alphanumeric, npi: NPI.unknown, address };
}

/**
 * An address of the wire, as Tieline has it. Digits of unknown type are an international number
 * without its `+` when they are long enough to be one. A national number gets the country code of
 * the link, in place of its leading zero.
 */
export function fromWire(wire: SmppAddress, countryCode: string | null = null): string {
  const address = wire.address.trim();
  if (wire.ton === TON.alphanumeric) return address;
  const digits = address.replace(/^\+|^00/, '').replaceAll(/[\s().-]/g, '');
  if (!/^\d+$/.test(digits)) return address;
  const isMarked = /^\+|^00/.test(address);
  if (wire.ton === TON.international || isMarked) return `+${digits}`;
  if (wire.ton === TON.national && countryCode) return `+${countryCode}${digits.replace(/^0/, '')}`;
  const isLong = digits.length >= E164_MIN && digits.length <= E164_MAX && digits[0] !== '0';
  return wire.ton === TON.unknown && isLong ? `+${digits}` : digits;
}
