import { setImmediate } from 'node:timers/promises';
import { decode, type G711 } from './g711.ts';
import { toCallRate } from './resample.ts';
import { SoundError } from './sound.ts';

/** The largest file, and the longest sound. */
export const WAV_MAX_BYTES = 16 * 1_024 * 1_024;
const MAX_SECONDS = 1_200;
const MAX_CHANNELS = 8;
const LEAST_RATE = 4_000;
const MOST_RATE = 192_000;
/** The most chunks before the samples. */
const MAX_CHUNKS = 64;
/** A program that writes to a pipe does not know the length, and writes a huge one. */
const UNKNOWN_LENGTH = 0x7f_f0_00_00;
/** The samples that are decoded before others get their turn. */
const SLICE = 65_536;

/** The codes of formats (RFC 2361). The last one names its format in a part of its own. */
const PCM = 1;
const EXTENSIBLE = 0xff_fe;
const CODES: Readonly<Record<number, G711>> = { 6: 'pcma', 7: 'pcmu' };

interface Format {
  readonly code: number;
  readonly channels: number;
  readonly rate: number;
  readonly bits: number;
}

interface Part {
  readonly begin: number;
  readonly end: number;
}

/**
 * Reads a WAV file of PCM samples of 8, 16 or 24 bits, or of G.711, and gives its sound at the rate of
 * a call. It gives way to other work in between.
 * @throws SoundError
 */
export async function readWav(file: Buffer): Promise<Int16Array> {
  if (file.length > WAV_MAX_BYTES) {
    throw new SoundError(`The file has more than ${WAV_MAX_BYTES} bytes.`);
  }
  const { format, data } = partsOf(file);
  const width = (format.bits / 8) * format.channels;
  const length = Math.floor((data.end - data.begin) / width);
  if (length === 0) throw new SoundError('The WAV file holds no sound.');
  if (length > MAX_SECONDS * format.rate) {
    throw new SoundError(`The sound is longer than ${MAX_SECONDS} seconds.`);
  }
  const mono = await mixed(file.subarray(data.begin, data.begin + length * width), format, length);
  return toCallRate(mono, format.rate);
}

function partsOf(file: Buffer): { readonly format: Format; readonly data: Part } {
  if (file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE') {
    throw new SoundError('The file is no WAV file; convert it to WAV.');
  }
  let format: Format | null = null;
  let at = 12;
  for (let chunks = 0; chunks < MAX_CHUNKS && at + 8 <= file.length; chunks += 1) {
    const name = file.toString('latin1', at, at + 4);
    const size = file.readUInt32LE(at + 4);
    const begin = at + 8;
    if (name === 'data') {
      if (!format) throw new SoundError('The WAV file has its samples before their format.');
      return { format, data: { begin, end: endOf(file, begin, size) } };
    }
    if (begin + size > file.length) throw new SoundError('The WAV file ends early.');
    if (name === 'fmt ') format = formatOf(file.subarray(begin, begin + size));
    // A chunk begins at an even place.
    at = begin + size + (size % 2);
  }
  throw new SoundError('The WAV file has no samples.');
}

function endOf(file: Buffer, begin: number, size: number): number {
  if (size >= UNKNOWN_LENGTH) return file.length;
  if (begin + size > file.length) throw new SoundError('The WAV file ends early.');
  return begin + size;
}

function formatOf(chunk: Buffer): Format {
  if (chunk.length < 16) throw new SoundError('The format of the WAV file is damaged.');
  const written = chunk.readUInt16LE(0);
  const isExtended = written === EXTENSIBLE && chunk.length >= 26;
  const code = isExtended ? chunk.readUInt16LE(24) : written;
  const channels = chunk.readUInt16LE(2);
  const rate = chunk.readUInt32LE(4);
  const bits = chunk.readUInt16LE(14);
  const isPlain = code === PCM && (bits === 8 || bits === 16 || bits === 24);
  if (!isPlain && !(CODES[code] && bits === 8)) {
    throw new SoundError(
      'The WAV file has a format that is not played; take PCM of 8, 16 or 24 bits, or G.711.',
    );
  }
  if (channels < 1 || channels > MAX_CHANNELS) {
    throw new SoundError(
      `The WAV file has ${channels} channels; it must have 1 to ${MAX_CHANNELS}.`,
    );
  }
  if (rate < LEAST_RATE || rate > MOST_RATE) {
    throw new SoundError(
      `The WAV file has ${rate} samples a second; it must have ${LEAST_RATE} to ${MOST_RATE}.`,
    );
  }
  return { code, channels, rate, bits };
}

/** The mean of all channels. */
async function mixed(data: Buffer, format: Format, length: number): Promise<Int16Array> {
  const { channels } = format;
  const read = readerOf(data, format);
  const mono = new Int16Array(length);
  for (let at = 0; at < length; at += 1) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1) sum += read(at * channels + channel);
    mono[at] = Math.round(sum / channels);
    if (at % SLICE === SLICE - 1) await setImmediate();
  }
  return mono;
}

/** Reads the sample at an index, over all channels. */
function readerOf(data: Buffer, { code, bits }: Format): (index: number) => number {
  const form = CODES[code];
  if (form) {
    const samples = decode(form, data);
    return (index) => samples[index] ?? 0;
  }
  if (bits === 8) return (index) => ((data[index] ?? 128) - 128) << 8;
  if (bits === 16) return (index) => data.readInt16LE(index * 2);
  return (index) => data.readInt16LE(index * 3 + 1);
}
