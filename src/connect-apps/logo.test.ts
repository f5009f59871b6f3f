import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { ApiError } from '../kit/api-error.ts';
import { LOGO_SIZE, LOGO_UPLOAD_BYTES, readLogo, typeOfLogo } from './logo.ts';

type Format = 'png' | 'jpeg' | 'webp';

/** A red image whose metadata names the place where it was taken. */
function anImage(format: Format, width = 300, height = 100): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: 'red' } })
    .withExif({ IFD0: { Artist: 'CANARY' }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } })
    .toFormat(format)
    .toBuffer();
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32BE(data.length, 0);
  numbers.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([numbers.subarray(0, 4), body, numbers.subarray(4)]);
}

/** A PNG whose header declares this size, but whose data has only `rows` rows. */
function floodPng(width: number, height: number, rows: number): Buffer {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0]);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc((width + 1) * rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

async function assertRefused(bytes: Buffer, what: string, rule: RegExp): Promise<void> {
  await assert.rejects(readLogo(bytes), (error) => {
    assert.ok(error instanceof ApiError, `${what}: ${String(error)}`);
    assert.equal(error.status, 400, what);
    assert.match(error.message, /^Logo must be /, what);
    assert.match(error.message, rule, what);
    return true;
  });
}

const SCRIPT = Buffer.from('<script>alert(1)</script>');
const ONE_WHOLE = /one whole image/;
const A_FORMAT = /a PNG, JPEG or WebP image/;

suite('a logo', () => {
  test('is kept as it was uploaded without sharp, after a check of type, size and dimensions', async () => {
    const withoutSharp = () => Promise.resolve(null);
    const webps = await Promise.all([
      anImage('webp'),
      sharp({ create: { width: 9, height: 5, channels: 3, background: 'red' } })
        .webp({ lossless: true })
        .toBuffer(),
      sharp({ create: { width: 1_024, height: 1, channels: 3, background: 'red' } })
        .webp()
        .toBuffer(),
    ]);
    for (const upload of [await anImage('png'), await anImage('jpeg'), ...webps]) {
      assert.equal(await readLogo(upload, withoutSharp), upload);
      const { format } = await sharp(upload).metadata();
      assert.equal(typeOfLogo(upload), `image/${format}`);
    }
    for (const format of ['png', 'jpeg', 'webp'] as const) {
      for (const [width, height] of [
        [1_025, 10],
        [10, 1_025],
      ] as const) {
        const upload = await anImage(format, width, height);
        const refused = { status: 400, message: /^Logo must be at most 1024 × 1024 pixels/ };
        await assert.rejects(readLogo(upload, withoutSharp), refused, format);
      }
    }
    const headless = Buffer.concat([
      Buffer.from('89504e470d0a1a0a', 'hex'),
      chunk('IEND', Buffer.alloc(0)),
    ]);
    for (const broken of [headless, Buffer.from('ffd8ffffffffffd9', 'hex')]) {
      await assert.rejects(readLogo(broken, withoutSharp), { status: 400, message: ONE_WHOLE });
    }
  });

  for (const format of ['png', 'jpeg', 'webp'] as const) {
    test(`is redrawn from ${format}, without the metadata of the upload`, async () => {
      const upload = await anImage(format);
      const said = await sharp(upload).metadata();
      assert.ok(said.exif?.includes('CANARY'));

      const logo = await readLogo(upload);
      const { width, height, hasAlpha, exif, xmp, icc, iptc, ...found } =
        await sharp(logo).metadata();
      assert.deepEqual(
        [found.format, width, height, hasAlpha],
        ['png', LOGO_SIZE, LOGO_SIZE, true],
      );
      assert.deepEqual(
        { exif, xmp, icc, iptc },
        { exif: undefined, xmp: undefined, icc: undefined, iptc: undefined },
      );
      assert.ok(!logo.includes('CANARY'));
      const { data } = await sharp(logo).raw().toBuffer({ resolveWithObject: true });
      const pixel = (x: number, y: number) => [
        ...data.subarray((y * LOGO_SIZE + x) * 4).subarray(0, 4),
      ];
      assert.deepEqual(pixel(0, 0), [0, 0, 0, 0], 'above the image nothing is drawn');
      const [red = 0, green = 255, , alpha] = pixel(128, 128);
      assert.ok(red > 250 && green < 5 && alpha === 255);
    });

    test(`is refused when its ${format} is cut off, or has data after its end`, async () => {
      const upload = await anImage(format);
      for (let part = 1; part < 8; part += 1) {
        const length = Math.floor((upload.length * part) / 8);
        await assertRefused(upload.subarray(0, length), `${part}/8 of ${format}`, /Logo must be/);
      }
      await assertRefused(upload.subarray(0, -1), 'all but a byte', ONE_WHOLE);
      await assertRefused(Buffer.concat([upload, SCRIPT]), 'a script behind it', ONE_WHOLE);
      const end = upload.subarray(-12);
      const mended = Buffer.concat([upload.subarray(0, upload.length - 40), end]);
      await assertRefused(mended, 'an end put behind a part', ONE_WHOLE);
    });
  }

  test('is turned by the orientation in its metadata', async () => {
    const half = { create: { width: 64, height: 64, channels: 3, background: 'blue' } } as const;
    const upload = await sharp(half)
      .extend({ top: 64, background: 'red' })
      .withMetadata({ orientation: 3 })
      .jpeg()
      .toBuffer();
    const { data } = await sharp(await readLogo(upload))
      .raw()
      .toBuffer({ resolveWithObject: true });
    const [red = 255, , blue = 0] = data.subarray((10 * LOGO_SIZE + 128) * 4);
    assert.ok(blue > 200 && red < 50);
  });

  test('is the first frame of an animation', async () => {
    const frame = (background: string) =>
      sharp({ create: { width: 20, height: 20, channels: 3, background } })
        .png()
        .toBuffer();
    const frames = await Promise.all(['red', 'blue'].map(frame));
    const upload = await sharp(frames, { join: { animated: true } })
      .webp({ loop: 0 })
      .toBuffer();
    assert.equal((await sharp(upload).metadata()).pages, 2);
    const logo = sharp(await readLogo(upload));
    assert.equal((await logo.metadata()).pages, undefined);
    const [red = 0, , blue = 255] = await logo.raw().toBuffer();
    assert.ok(red > 200 && blue < 50);
  });

  test('holds no data that the upload hid in its chunks', async () => {
    const png = await anImage('png');
    const hidden = Buffer.concat([
      png.subarray(0, 33),
      chunk('tEXt', Buffer.concat([Buffer.from('Comment\0'), SCRIPT])),
      chunk('zzZz', Buffer.from('PK\u0003\u0004 %PDF-1.7')),
      png.subarray(33),
    ]);
    const logo = await readLogo(hidden);
    for (const trace of ['<script', 'PK\u0003\u0004', '%PDF']) assert.ok(!logo.includes(trace));
  });

  test('is refused in any other format, under any file name', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script/></svg>';
    const strangers: Record<string, Buffer> = {
      nothing: Buffer.alloc(0),
      text: Buffer.from('hello'),
      svg: Buffer.from(svg),
      'svg behind a declaration': Buffer.from(`<?xml version="1.0"?>\n${svg}`),
      gif: await sharp(await anImage('png'))
        .gif()
        .toBuffer(),
      tiff: await sharp(await anImage('png'))
        .tiff()
        .toBuffer(),
      heif: Buffer.from('0000001c66747970617669660000000061766966', 'hex'),
      pdf: Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF'),
      zip: Buffer.from('504b0506000000000000000000000000000000000000', 'hex'),
      'image behind a zip': Buffer.concat([Buffer.from('PK'), await anImage('png')]),
      riff: Buffer.from('RIFF\u0004\0\0\0WAVE', 'latin1'),
    };
    await readLogo(await anImage('png'));
    for (const [what, bytes] of Object.entries(strangers)) {
      await assertRefused(bytes, what, A_FORMAT);
      await assert.rejects(async () => sharp(bytes).metadata(), `${what} has no loader`);
    }
    const disguised: Record<string, Buffer> = {
      'svg named png': Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from(svg)]),
      'svg named jpeg': Buffer.concat([
        Buffer.from('ffd8ff', 'hex'),
        Buffer.from(svg),
        Buffer.from('ffd9', 'hex'),
      ]),
      'an empty webp': Buffer.from('RIFF\u0004\0\0\0WEBP', 'latin1'),
    };
    for (const [what, bytes] of Object.entries(disguised)) {
      await assertRefused(bytes, what, ONE_WHOLE);
    }
  });

  test('is refused when it is too large, before memory is used for its pixels', async () => {
    await assertRefused(Buffer.alloc(LOGO_UPLOAD_BYTES + 1), 'bytes', /at most 1 MiB/);
    await assertRefused(floodPng(30_000, 30_000, 1), 'pixels', /at most 16 million pixels/);
    await assertRefused(floodPng(4_001, 4_000, 4_000), 'just above', /at most 16 million pixels/);
    assert.ok((await readLogo(floodPng(4_000, 4_000, 4_000))).length > 0, 'just below');
    await assertRefused(floodPng(300, 300, 1), 'pixels that are not there', ONE_WHOLE);
  });

  test('waits for its turn, in a queue with a limit', async () => {
    const upload = await anImage('png');
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => readLogo(upload)));
    const read = outcomes.filter(({ status }) => status === 'fulfilled');
    assert.equal(read.length, 9);
    const [refused] = outcomes.flatMap((it) => (it.status === 'rejected' ? [it.reason] : []));
    assert.ok(refused instanceof ApiError && refused.status === 503);
    assert.ok((await readLogo(upload)).length > 0, 'afterwards there is room again');
  });
});
