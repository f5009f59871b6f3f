import { GSM_BASIC, GSM_EXTENSION } from '../carriers/gsm-letters.ts';

/** The encoding of a text: GSM 03.38, or UCS-2 for a text with other letters. */
export type Encoding = 'GSM-7' | 'UCS-2';

/** The letters of GSM 03.38, and those that take two places. */
const BASIC = new Set(GSM_BASIC);
const EXTENSION = new Set(GSM_EXTENSION);

/** Places in a message of one segment, and in each segment of a longer one, after its header. */
const PLACES = { 'GSM-7': { single: 160, each: 153 }, 'UCS-2': { single: 70, each: 67 } } as const;

export function encodingOf(text: string): Encoding {
  for (const letter of text) {
    if (!BASIC.has(letter) && !EXTENSION.has(letter)) return 'UCS-2';
  }
  return 'GSM-7';
}

/**
 * The number of segments of a text; an empty text has one. A letter of two places (of the extension
 * table, or outside of the basic plane) is never divided between two segments.
 */
export function segmentsOf(text: string): number {
  const encoding = encodingOf(text);
  const { single, each } = PLACES[encoding];
  let total = 0;
  let segments = 1;
  let inLast = 0;
  for (const letter of text) {
    const places = encoding === 'GSM-7' ? (EXTENSION.has(letter) ? 2 : 1) : letter.length;
    total += places;
    if (inLast + places > each) {
      segments += 1;
      inLast = 0;
    }
    inLast += places;
  }
  return total <= single ? 1 : segments;
}

/** Typographic characters that have a plain look-alike in GSM 03.38. */
const PLAIN: readonly (readonly [characters: RegExp, plain: string])[] = [
  [/[“”„‟«»″]/g, '"'],
  [/[‘’‚‛′`´]/g, "'"],
  [/[‐‑‒–—―−]/g, '-'],
  [/…/g, '...'],
  [/[\u00A0\u2000-\u200A\u202F\u205F\u3000]/g, ' '],
  [/[\u200B\uFEFF]/g, ''],
  [/[•‣]/g, '*'],
];

/** `SmartEncoded`: quotes, dashes and spaces as GSM 03.38 has them. */
export function smartEncode(text: string): string {
  return PLAIN.reduce((plain, [characters, look]) => plain.replace(characters, look), text);
}
