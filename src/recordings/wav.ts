import { Readable } from 'node:stream';
import type { Recording } from './recording.ts';

/** Samples in a second, as in telephony, with 16 bits each. */
export const SAMPLE_RATE = 8_000;
const SAMPLE_BYTES = 2;
const HEADER_BYTES = 44;
const PCM = 1;
/** A low loudness; the greatest is 32767. */
const LOUDNESS = 2_000;
/**
 * The tones of a second, in hertz. They are whole numbers, so that their waves fit into a second.
 */
const TONES = [220, 247, 262, 294, 330, 349, 392, 440] as const;

export type Recorded = Pick<Recording, 'sid' | 'channels'> & { readonly seconds: number };

/** The length of a recording's file, in bytes. */
export function wavBytes({ channels, seconds }: Recorded): number {
  return HEADER_BYTES + seconds * SAMPLE_RATE * SAMPLE_BYTES * channels;
}

/**
 * The sound of a simulated recording as a WAV file: a tone for each second, chosen by the digits of
 * its SID, in reverse order in a second channel. It is made while it is sent, a second at a time,
 * so that a recording of hours needs no more memory than a short one.
 */
export function wavOf(recording: Recorded): Readable {
  return Readable.from(chunksOf(recording), { objectMode: false });
}

function* chunksOf(recording: Recorded): Generator<Buffer> {
  yield headerOf(recording);
  yield* secondsOf(recording);
}

/** The samples of a recording, a second in each. */
export function* secondsOf({ sid, channels, seconds }: Recorded): Generator<Buffer> {
  const digits = Array.from(sid.slice(2), (digit) => Number.parseInt(digit, 16));
  for (let second = 0; second < seconds; second += 1) {
    const tone = digits[second % digits.length] ?? 0;
    const other = digits[digits.length - 1 - (second % digits.length)] ?? 0;
    yield secondOf(channels === 2 ? [tone, other] : [tone]);
  }
}

function headerOf(recording: Recorded): Buffer {
  const { channels } = recording;
  const header = Buffer.alloc(HEADER_BYTES);
  const bytes = wavBytes(recording);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(bytes - 8, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(PCM, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(SAMPLE_RATE, 24);
  header.writeUInt32LE(SAMPLE_RATE * SAMPLE_BYTES * channels, 28);
  header.writeUInt16LE(SAMPLE_BYTES * channels, 32);
  header.writeUInt16LE(SAMPLE_BYTES * 8, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(bytes - HEADER_BYTES, 40);
  return header;
}

/**
 * One second with a tone in each channel. It fades in and out, so that no second begins with a
 * click.
 */
function secondOf(tones: readonly number[]): Buffer {
  const samples = Buffer.alloc(SAMPLE_RATE * SAMPLE_BYTES * tones.length);
  const hertz = tones.map((tone) => TONES[tone % TONES.length] ?? TONES[0]);
  let place = 0;
  for (let at = 0; at < SAMPLE_RATE; at += 1) {
    const swell = Math.sin((Math.PI * at) / SAMPLE_RATE);
    for (const one of hertz) {
      const wave = Math.sin((2 * Math.PI * one * at) / SAMPLE_RATE);
      place = samples.writeInt16LE(Math.round(LOUDNESS * swell * wave), place);
    }
  }
  return samples;
}
