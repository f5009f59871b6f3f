import type Sharp from 'sharp';
import { type ApiError, badParameter, unavailable } from '../kit/api-error.ts';
import { PNG_START, sizeOfJpeg, sizeOfPng, sizeOfWebp } from './image-size.ts';

/** The size limit of an uploaded file. */
export const LOGO_UPLOAD_BYTES = 1024 * 1024;
/** Width and height of a stored logo. */
export const LOGO_SIZE = 256;
const MAX_PIXELS = 16_000_000;
/** The most pixels on a side of a logo that is kept as it was uploaded. */
const MAX_SIDE = 1_024;
/** The time limit for decoding one image. */
const DECODE_SECONDS = 10;
/** Uploads that may wait while another is being read. Each keeps its bytes in memory. */
const MAX_WAITING = 8;

/** The only loaders that are not blocked. They read bytes in memory, not files. */
const LOADERS = [
  'VipsForeignLoadPngBuffer',
  'VipsForeignLoadJpegBuffer',
  'VipsForeignLoadWebpBuffer',
];

/**
 * Reads an uploaded logo and draws it anew. The result is a PNG of 256 × 256 pixels with the image
 * in the middle of a transparent background. Of an animation, only the first frame is used. The
 * result holds nothing else of the upload: no metadata, and no data hidden after the image
 * (docs/threats.md, T36, T40).
 *
 * One image is read at a time, across all uploads.
 *
 * Without the package sharp, the upload is kept as it is after a check of its type and size.
 *
 * @throws ApiError 400 "Logo must …" for anything but a whole PNG, JPEG or WebP image of at most 1
 *   MiB and 16 million pixels; 503 when too many others are waiting.
 */
export async function readLogo(bytes: Buffer, openSharp = loadSharp): Promise<Buffer> {
  if (bytes.length > LOGO_UPLOAD_BYTES) {
    throw mustBe('at most 1 MiB: make the image smaller, 512 × 512 pixels are plenty');
  }
  const format = formatOf(bytes);
  if (!format) throw mustBe('a PNG, JPEG or WebP image: save it as PNG and upload that');
  if (!FORMATS[format].isWhole(bytes)) throw notWhole();
  const sharp = await openSharp();
  return sharp ? inTurn(() => drawAnew(sharp, bytes, format)) : keep(bytes, format);
}

function mustBe(rule: string): ApiError {
  return badParameter('Logo', `must be ${rule}`);
}

function notWhole(): ApiError {
  return mustBe(
    'one whole image with nothing before or after it: open it in an image editor and save it ' +
      'as PNG again',
  );
}

type Format = keyof typeof FORMATS;

const PNG_END = Buffer.from('0000000049454e44ae426082', 'hex');
const JPEG_START = Buffer.from('ffd8ff', 'hex');
const JPEG_END = Buffer.from('ffd9', 'hex');
const RIFF_HEADER_BYTES = 8;
const WEBP_START = 'WEBP';

/**
 * Recognizes each format by its first bytes, and checks that the file ends where the image does.
 */
const FORMATS = {
  png: {
    begins: (bytes: Buffer) => bytes.subarray(0, PNG_START.length).equals(PNG_START),
    isWhole: (bytes: Buffer) => pngLength(bytes) === bytes.length,
    sizeOf: sizeOfPng,
  },
  jpeg: {
    begins: (bytes: Buffer) => bytes.subarray(0, JPEG_START.length).equals(JPEG_START),
    isWhole: (bytes: Buffer) => bytes.subarray(-JPEG_END.length).equals(JPEG_END),
    sizeOf: sizeOfJpeg,
  },
  webp: {
    begins: (bytes: Buffer) =>
      bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === WEBP_START,
    isWhole: (bytes: Buffer) => bytes.readUInt32LE(4) + RIFF_HEADER_BYTES === bytes.length,
    sizeOf: sizeOfWebp,
  },
};

function formatOf(bytes: Buffer): Format | undefined {
  return (Object.keys(FORMATS) as Format[]).find((format) => FORMATS[format].begins(bytes));
}

/**
 * The offset where a PNG's last chunk ends; null when it has none. A chunk: length, name, data, sum.
 */
function pngLength(bytes: Buffer): number | null {
  for (let at = PNG_START.length; at + PNG_END.length <= bytes.length; ) {
    const end = at + bytes.readUInt32BE(at) + PNG_END.length;
    if (bytes.subarray(at, at + PNG_END.length).equals(PNG_END)) return end;
    at = end;
  }
  return null;
}

let last: Promise<unknown> = Promise.resolve();
let waiting = 0;

/** @throws ApiError 503 when `MAX_WAITING` uploads wait already. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (waiting > MAX_WAITING) {
    return Promise.reject(unavailable('Too many logos are being uploaded; try again shortly'));
  }
  waiting += 1;
  const turn = last.then(work).finally(() => {
    waiting -= 1;
  });
  last = turn.catch(() => {});
  return turn;
}

/** The upload itself, if its header tells a size that suits a logo. */
function keep(bytes: Buffer, format: Format): Buffer {
  const size = FORMATS[format].sizeOf(bytes);
  if (!size || size.width < 1 || size.height < 1) throw notWhole();
  if (size.width > MAX_SIDE || size.height > MAX_SIDE) {
    throw mustBe(
      `at most ${MAX_SIDE} × ${MAX_SIDE} pixels, because this server has no sharp to make it ` +
        'smaller: 512 × 512 are plenty',
    );
  }
  return bytes;
}

/** The content type of a stored logo. */
export function typeOfLogo(bytes: Buffer): string {
  return `image/${formatOf(bytes) ?? 'png'}`;
}

async function drawAnew(sharp: typeof Sharp, bytes: Buffer, format: Format): Promise<Buffer> {
  const image = sharp(bytes, { limitInputPixels: MAX_PIXELS, pages: 1 });
  try {
    const found = await image.metadata();
    if (found.format !== format) throw notWhole();
    return await image
      .timeout({ seconds: DECODE_SECONDS })
      .autoOrient()
      .resize(LOGO_SIZE, LOGO_SIZE, {
        fit: 'contain',
        background: { r: 0, g: 0, b: 0, alpha: 0 },
      })
      .toColourspace('srgb')
      .png({ compressionLevel: 9 })
      .toBuffer();
  } catch (error) {
    const reason = error instanceof Error ? error.message : '';
    if (/pixel limit/.test(reason)) {
      throw mustBe('at most 16 million pixels: make the image smaller, 512 × 512 are plenty');
    }
    throw notWhole();
  }
}

let opened: Promise<typeof Sharp | null> | undefined;

/**
 * Loads the image library for the first logo; null when it is not installed, or not for this
 * platform. Loading it takes longer than the rest of a start.
 */
function loadSharp(): Promise<typeof Sharp | null> {
  return (opened ??= import('sharp').then(
    ({ default: sharp }) => {
      sharp.block({ operation: ['VipsForeignLoad'] });
      sharp.unblock({ operation: LOADERS });
      sharp.cache(false);
      sharp.concurrency(1);
      return sharp;
    },
    () => null,
  ));
}
