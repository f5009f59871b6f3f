import { type DefaultAlphabet, octetsOf } from './alphabet.ts';
import { TLV } from './pdu.ts';

/** The ways of dividing a long text. */
export const SPLITS = ['udh8', 'udh16', 'sar', 'payload'] as const;
export type Split = (typeof SPLITS)[number];

/** One part of a text, ready for `submit_sm`. */
export interface Part {
  readonly data_coding: number;
  readonly esm_class: number;
  readonly short_message: Buffer;
  readonly tlvs: ReadonlyMap<number, Buffer>;
}

const UDH_INDICATOR = 0x40;
const UCS2_CODING = 8;
/** Places of a text of one part, and of each part behind a header of 6 or of 7 octets. */
const PLACES = {
  gsm: { single: 160, udh8: 153, udh16: 152 },
  ucs2: { single: 70, udh8: 67, udh16: 66 },
} as const;
/** A header counts the parts in one octet. */
export const MAX_PARTS = 255;

/**
 * The parts of a text. A letter of two places is never divided. A centre whose default alphabet
 * lacks a letter gets UCS-2.
 * @param reference a number that differs between messages to one recipient
 * @throws RangeError for a text of more than 255 parts
 */
export function partsOf(
  text: string,
  how: { readonly split: Split; readonly alphabet: DefaultAlphabet },
  reference: number,
): Part[] {
  const letters = [...text];
  const fits = letters.every((letter) => octetsOf(letter, 'gsm') && octetsOf(letter, how.alphabet));
  const alphabet = fits ? how.alphabet : 'ucs2';
  const places = PLACES[fits ? 'gsm' : 'ucs2'];
  const widthOf = (letter: string) =>
    fits ? (octetsOf(letter, 'gsm')?.length ?? 1) : letter.length;
  const octets = (part: readonly string[]) =>
    Buffer.concat(part.map((letter) => octetsOf(letter, alphabet) ?? Buffer.alloc(0)));
  const coding = fits ? 0 : UCS2_CODING;
  const total = letters.reduce((sum, letter) => sum + widthOf(letter), 0);
  if (total <= places.single) return [plain(coding, octets(letters))];
  if (how.split === 'payload') return [payload(coding, octets(letters))];
  // The centre adds a header of 6 octets by itself for SAR.
  const each = how.split === 'udh16' ? places.udh16 : places.udh8;
  const groups = divide(letters, widthOf, each).map(octets);
  if (groups.length > MAX_PARTS) throw new RangeError(`The text has ${groups.length} parts`);
  return groups.map((group, index) => {
    const place = { reference, total: groups.length, number: index + 1 };
    return how.split === 'sar'
      ? withSar(coding, group, place)
      : withUdh(coding, group, place, how.split);
  });
}

interface Place {
  readonly reference: number;
  readonly total: number;
  readonly number: number;
}

function divide(letters: readonly string[], widthOf: (letter: string) => number, each: number) {
  const groups: string[][] = [[]];
  let used = 0;
  for (const letter of letters) {
    const width = widthOf(letter);
    if (used + width > each) {
      groups.push([]);
      used = 0;
    }
    groups.at(-1)?.push(letter);
    used += width;
  }
  return groups;
}

function plain(coding: number, octets: Buffer): Part {
  return { data_coding: coding, esm_class: 0, short_message: octets, tlvs: new Map() };
}

function payload(coding: number, octets: Buffer): Part {
  const tlvs = new Map([[TLV.message_payload as number, octets]]);
  return { data_coding: coding, esm_class: 0, short_message: Buffer.alloc(0), tlvs };
}

function withSar(coding: number, octets: Buffer, place: Place): Part {
  const reference = Buffer.alloc(2);
  reference.writeUInt16BE(place.reference & 0xffff);
  const tlvs = new Map<number, Buffer>([
    [TLV.sar_msg_ref_num, reference],
    [TLV.sar_total_segments, Buffer.of(place.total)],
    [TLV.sar_segment_seqnum, Buffer.of(place.number)],
  ]);
  return { ...plain(coding, octets), tlvs };
}

/** The header of 3GPP TS 23.040, 9.2.3.24.1 (8 bits of reference) or 9.2.3.24.8 (16 bits). */
function withUdh(coding: number, octets: Buffer, place: Place, split: Split): Part {
  const { reference, total, number } = place;
  const header =
    split === 'udh16'
      ? [6, 0x08, 4, (reference >> 8) & 0xff, reference & 0xff, total, number]
      : [5, 0x00, 3, reference & 0xff, total, number];
  const message = Buffer.concat([Buffer.from(header), octets]);
  return { ...plain(coding, message), esm_class: UDH_INDICATOR };
}
