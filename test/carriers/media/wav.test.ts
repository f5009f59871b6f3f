import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { suite, test } from 'node:test';
import { encode } from '../../../src/carriers/media/g711.ts';
import { SoundError, secondsOf } from '../../../src/carriers/media/sound.ts';
import { tone } from '../../../src/carriers/media/tones.ts';
import { readWav, WAV_MAX_BYTES } from '../../../src/carriers/media/wav.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { loudness, shareOf } from './loudest.ts';
import { chunk, sine, wavFile } from './wav-file.ts';

const hasSox = spawnSync('sox', ['--version']).status === 0;

suite('a WAV file', () => {
  for (const bits of [8, 16, 24]) {
    for (const channels of [1, 2]) {
      for (const rate of [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_001]) {
        test(`of ${bits} bits, ${channels} channels and ${rate} samples a second is heard`, async () => {
          const shape = { bits, channels, rate };
          const sound = await readWav(wavFile({ ...shape, data: sine(440, shape) }));
          assert.ok(Math.abs(secondsOf(sound.length) - 0.5) < 0.01);
          const middle = sound.subarray(400, 3_600);
          assert.ok(shareOf(middle, 440) > 0.97, `${shareOf(middle, 440)} of it has 440 Hz`);
          assert.ok(Math.abs(loudness(middle) - 0.25 * 32_767 * Math.SQRT1_2) < 300);
        });
      }
    }
  }

  test('of G.711 is heard', async () => {
    for (const [code, form] of [[6, 'pcma'] as const, [7, 'pcmu'] as const]) {
      const samples = tone([700], 0.5);
      const data = Buffer.alloc(samples.length);
      encode(form, samples, data);
      const sound = await readWav(wavFile({ code, rate: 8_000, bits: 8, data }));
      assert.equal(sound.length, samples.length);
      assert.ok(shareOf(sound, 700) > 0.97, form);
    }
  });

  test('gets no false tone from what a call cannot carry', async () => {
    const shape = { rate: 48_000, bits: 16 };
    const sound = await readWav(wavFile({ ...shape, data: sine(7_000, shape) }));
    // Without a filter, 7,000 Hz would sound as 1,000 Hz.
    assert.ok(loudness(sound.subarray(400, 3_600)) < 30);
  });

  test('from a pipe, which says no true length, is heard to its end', async () => {
    const shape = { rate: 8_000, bits: 16 };
    const file = wavFile({ ...shape, data: sine(440, shape), said_length: 0xff_ff_ff_ff });
    assert.ok(shareOf(await readWav(file), 440) > 0.97);
  });

  test('that cannot be played is refused with the reason', async () => {
    const shape = { rate: 8_000, bits: 16, data: sine(440, { rate: 8_000, bits: 16 }) };
    const good = wavFile(shape);
    const cases: readonly (readonly [Buffer, RegExp])[] = [
      [Buffer.from('ID3 an MP3 file'), /no WAV file; convert it to WAV/],
      [Buffer.alloc(0), /no WAV file/],
      [Buffer.alloc(WAV_MAX_BYTES + 1), /more than 16777216 bytes/],
      [good.subarray(0, -100), /ends early/],
      [good.subarray(0, 30), /ends early|no samples/],
      [wavFile({ ...shape, data: Buffer.alloc(0) }), /holds no sound/],
      [wavFile({ ...shape, code: 85 }), /format that is not played/],
      [wavFile({ ...shape, bits: 12 }), /format that is not played/],
      [wavFile({ ...shape, code: 7 }), /format that is not played/],
      [wavFile({ ...shape, channels: 0 }), /has 0 channels/],
      [wavFile({ ...shape, channels: 9 }), /has 9 channels/],
      [wavFile({ ...shape, rate: 0 }), /has 0 samples a second/],
      [wavFile({ ...shape, rate: 4_000_000_000 }), /4000000000 samples a second/],
      [wavFile({ ...shape, bits: 8, rate: 4_000, data: Buffer.alloc(4_804_000) }), /longer than/],
      [
        Buffer.concat([good.subarray(0, 12), chunk('data', Buffer.alloc(9))]),
        /before their format/,
      ],
      [Buffer.concat([good.subarray(0, 12), Buffer.alloc(8 * 500)]), /has no samples/],
    ];
    for (const [file, reason] of cases) {
      await assert.rejects(readWav(file), (error: Error) => {
        assert.ok(error instanceof SoundError, String(error));
        assert.match(error.message, reason);
        return true;
      });
    }
  });

  test('that is damaged anywhere is read or refused, and nothing else', async () => {
    const random = seededRandom(20);
    const shape = { rate: 16_000, bits: 16, channels: 2 };
    const good = wavFile({ ...shape, data: sine(440, shape, 0.01) });
    for (let round = 0; round < 1_500; round += 1) {
      const file = Buffer.from(good.subarray(0, 1 + random(good.length)));
      for (let change = random(4); change > 0; change -= 1) {
        file[random(Math.min(file.length, 80))] = random(256);
      }
      await readWav(file).catch((error) => assert.ok(error instanceof SoundError, String(error)));
    }
  });

  test('that SoX wrote is heard', { skip: hasSox ? false : 'sox is not installed' }, async () => {
    for (const encoding of [
      ['-b', '24'],
      ['-b', '16'],
      ['-e', 'mu-law'],
      ['-e', 'a-law'],
      ['-b', '8'],
    ]) {
      const made = ['-n', '-r', '44100', '-c', '2', ...encoding, '-t', 'wav', '-'];
      const { stdout } = spawnSync('sox', [...made, 'synth', '0.5', 'sine', '523', 'gain', '-12']);
      const sound = await readWav(stdout);
      assert.ok(shareOf(sound.subarray(400, 3_600), 523) > 0.97, encoding.join(' '));
    }
  });
});
