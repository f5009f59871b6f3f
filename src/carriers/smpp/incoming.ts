import { fromWire } from './address.ts';
import { type DefaultAlphabet, decodeText } from './alphabet.ts';
import { octetOf, type Pdu, TLV, textOf, tlvNumber } from './pdu.ts';

/** A message, or one part of a longer one, that the centre brings. */
export interface InPart {
  readonly from: string;
  readonly to: string;
  readonly text: string;
  /** The place in a longer message; null for a message of one part. */
  readonly of: {
    readonly reference: number;
    readonly total: number;
    readonly number: number;
  } | null;
}

export interface Reading {
  readonly alphabet: DefaultAlphabet;
  /** The country of national numbers, such as `49`; null leaves them as they are. */
  readonly country_code: string | null;
}

const UDH_INDICATOR = 0x40;

/** Reads a `deliver_sm` or `data_sm`. Everything that it may hold reads as something. */
export function readPart(pdu: Pdu, how: Reading): InPart {
  const payload = pdu.tlvs.get(TLV.message_payload);
  const octets = pdu.short_message.length > 0 ? pdu.short_message : (payload ?? Buffer.alloc(0));
  const hasHeader = (octetOf(pdu, 'esm_class') & UDH_INDICATOR) !== 0 && octets.length > 0;
  const headerEnd = hasHeader ? Math.min(1 + (octets[0] ?? 0), octets.length) : 0;
  const of = hasHeader ? placeInHeader(octets.subarray(1, headerEnd)) : placeInTlvs(pdu);
  const coding = octetOf(pdu, 'data_coding');
  return {
    from: addressOf(pdu, 'source', how),
    to: addressOf(pdu, 'dest', how),
    text: decodeText(octets.subarray(headerEnd), coding, how.alphabet),
    of: of && of.total > 1 && of.number >= 1 && of.number <= of.total ? of : null,
  };
}

function addressOf(pdu: Pdu, side: 'source' | 'dest', how: Reading): string {
  const address = textOf(pdu, side === 'source' ? 'source_addr' : 'destination_addr');
  const ton = octetOf(pdu, `${side}_addr_ton`);
  const npi = octetOf(pdu, `${side}_addr_npi`);
  return fromWire({ ton, npi, address }, how.country_code);
}

/** The part's place by the user data header: element 0 or 8 of 3GPP TS 23.040, 9.2.3.24. */
function placeInHeader(header: Buffer): InPart['of'] {
  for (let at = 0; at + 2 <= header.length; ) {
    const length = header[at + 1] ?? 0;
    const value = header.subarray(at + 2, at + 2 + length);
    const [a = 0, b = 0, c = 0, d = 0] = value;
    if (header[at] === 0x00 && value.length === 3) return { reference: a, total: b, number: c };
    if (header[at] === 0x08 && value.length === 4) {
      return { reference: a * 256 + b, total: c, number: d };
    }
    at += 2 + length;
  }
  return null;
}

function placeInTlvs(pdu: Pdu): InPart['of'] {
  const reference = tlvNumber(pdu, TLV.sar_msg_ref_num);
  const total = tlvNumber(pdu, TLV.sar_total_segments);
  const number = tlvNumber(pdu, TLV.sar_segment_seqnum);
  if (reference === null || total === null || number === null) return null;
  return { reference, total, number };
}
