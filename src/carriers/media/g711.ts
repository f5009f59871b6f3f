/** The two forms of ITU-T G.711. */
export type G711 = 'pcmu' | 'pcma';

/** The octet of silence. */
export const SILENT_OCTET: Readonly<Record<G711, number>> = { pcmu: 0xff, pcma: 0xd5 };

const ULAW_BIAS = 132;
const ULAW_MOST = 32_635;

const DECODED: Readonly<Record<G711, Int16Array>> = {
  pcmu: Int16Array.from({ length: 256 }, (_, octet) => linearOfUlaw(octet)),
  pcma: Int16Array.from({ length: 256 }, (_, octet) => linearOfAlaw(octet)),
};

/** The octet of every sample, at the index sample + 32,768. Both tables take 128 KiB. */
const ENCODED: Readonly<Record<G711, Uint8Array>> = {
  pcmu: Uint8Array.from({ length: 65_536 }, (_, index) => ulawOf(index - 32_768)),
  pcma: Uint8Array.from({ length: 65_536 }, (_, index) => alawOf(index - 32_768)),
};

/** Writes samples as octets, from the beginning of `into`. */
export function encode(form: G711, samples: Int16Array, into: Uint8Array): void {
  const table = ENCODED[form];
  for (let at = 0; at < samples.length; at += 1) {
    into[at] = table[(samples[at] as number) + 32_768] as number;
  }
}

export function decode(form: G711, octets: Uint8Array): Int16Array {
  const table = DECODED[form];
  const samples = new Int16Array(octets.length);
  for (let at = 0; at < octets.length; at += 1) samples[at] = table[octets[at] as number] as number;
  return samples;
}

function ulawOf(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const size = Math.min(Math.abs(sample), ULAW_MOST) + ULAW_BIAS;
  const exponent = 24 - Math.clz32(size);
  const mantissa = (size >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

function linearOfUlaw(octet: number): number {
  const bits = ~octet & 0xff;
  const exponent = (bits >> 4) & 7;
  const size = ((((bits & 0x0f) << 3) + ULAW_BIAS) << exponent) - ULAW_BIAS;
  return bits & 0x80 ? -size : size;
}

function alawOf(sample: number): number {
  const sign = sample >= 0 ? 0x80 : 0;
  // Thirteen bits with the sign; a negative sample counts from -1 down.
  const size = (sample >= 0 ? sample : ~sample) >> 3;
  const exponent = Math.max(0, 27 - Math.clz32(size));
  const mantissa = exponent === 0 ? size >> 1 : size >> exponent;
  return (sign | (exponent << 4) | (mantissa & 0x0f)) ^ 0x55;
}

function linearOfAlaw(octet: number): number {
  const bits = octet ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const mantissa = bits & 0x0f;
  const size = exponent === 0 ? (mantissa << 4) + 8 : ((mantissa << 4) + 0x108) << (exponent - 1);
  return bits & 0x80 ? size : -size;
}
