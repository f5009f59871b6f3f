/** Width and height of an image, in pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

export const PNG_START = Buffer.from('89504e470d0a1a0a', 'hex');

/** Reads the size of a PNG from its first chunk (PNG, third edition, §11.2.1); null: there is none. */
export function sizeOfPng(bytes: Buffer): ImageSize | null {
  const start = PNG_START.length;
  if (bytes.length < start + 16 || bytes.toString('latin1', start + 4, start + 8) !== 'IHDR') {
    return null;
  }
  return { width: bytes.readUInt32BE(start + 8), height: bytes.readUInt32BE(start + 12) };
}

/** Reads the size of a JPEG from its frame header (ITU-T T.81, §B.2.2); null: there is none. */
export function sizeOfJpeg(bytes: Buffer): ImageSize | null {
  for (let at = 2; at + 9 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return null;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    // C4, C8 and CC are among the markers of frames, and begin something else.
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) };
    const hasNoLength = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd9);
    if (hasNoLength || marker === 0xda) return null;
    at += 2 + Math.max(2, bytes.readUInt16BE(at + 2));
  }
  return null;
}

/** Reads the size of a WebP from its first chunk (RFC 9649 §2.5–2.7); null: there is none. */
export function sizeOfWebp(bytes: Buffer): ImageSize | null {
  if (bytes.length < 30) return null;
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return {
        width: bytes.readUInt16LE(26) & 0x3fff,
        height: bytes.readUInt16LE(28) & 0x3fff,
      };
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
    default:
      return null;
  }
}
