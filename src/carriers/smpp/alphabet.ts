import { GSM_BASIC, GSM_EXTENSION } from '../gsm-letters.ts';

const ESCAPE = 0x1b;
/** The codes of the extension table, in the order of its letters. */
const EXTENSION_CODES = [0x0a, 0x14, 0x28, 0x29, 0x2f, 0x3c, 0x3d, 0x3e, 0x40, 0x65];

const CODES = new Map<string, readonly number[]>();
const LETTERS = new Map<number, string>();
const EXTENDED = new Map<number, string>();
[...GSM_BASIC].forEach((letter, place) => {
  const code = place < ESCAPE ? place : place + 1;
  CODES.set(letter, [code]);
  LETTERS.set(code, letter);
});
[...GSM_EXTENSION].forEach((letter, place) => {
  const code = EXTENSION_CODES[place] ?? 0;
  CODES.set(letter, [ESCAPE, code]);
  EXTENDED.set(code, letter);
});

/** The alphabet that a centre reads under data coding 0. */
export type DefaultAlphabet = 'gsm' | 'latin1' | 'ascii';

/** The octets of one letter in an alphabet; null when the alphabet lacks it. */
export function octetsOf(letter: string, alphabet: DefaultAlphabet | 'ucs2'): Buffer | null {
  if (alphabet === 'ucs2') return Buffer.from(letter, 'utf16le').swap16();
  if (alphabet === 'gsm') {
    const codes = CODES.get(letter);
    return codes ? Buffer.from(codes) : null;
  }
  const code = letter.codePointAt(0) ?? 0;
  return code <= (alphabet === 'latin1' ? 0xff : 0x7f) ? Buffer.of(code) : null;
}

/** GSM 03.38, one octet a letter. An unknown extension reads as its basic letter (6.2.1.1). */
function decodeGsm(octets: Buffer): string {
  let text = '';
  for (let at = 0; at < octets.length; at += 1) {
    const code = octets[at] ?? 0;
    if (code !== ESCAPE) {
      text += LETTERS.get(code) ?? ' ';
      continue;
    }
    at += 1;
    const next = octets[at];
    if (next !== undefined) text += EXTENDED.get(next) ?? LETTERS.get(next) ?? ' ';
  }
  return text;
}

/** UTF-16 in network order. A last single octet is no letter; a pair may go on in the next part. */
function decodeUcs2(octets: Buffer): string {
  const even = Buffer.from(octets.subarray(0, octets.length & ~1));
  return even.swap16().toString('utf16le');
}

/**
 * The text of an incoming message by its data coding: 1 is ASCII, 3 is Latin-1, 8 is UCS-2, and
 * anything else the default alphabet of the centre. The message classes of GSM 03.38 (0xF0 to
 * 0xFF, and general data coding below 0x40) say their alphabet in bits of their own.
 */
export function decodeText(octets: Buffer, coding: number, alphabet: DefaultAlphabet): string {
  if (coding === 8 || (coding > 0x0f && coding < 0x40 && (coding & 0x0c) === 0x08)) {
    return decodeUcs2(octets);
  }
  if (coding === 1) return octets.toString('latin1').replaceAll(/[\u0080-\u00ff]/g, '\ufffd');
  if (coding === 3 || (coding === 0 && alphabet !== 'gsm')) return octets.toString('latin1');
  return decodeGsm(octets);
}
