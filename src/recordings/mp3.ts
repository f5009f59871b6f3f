import { Readable } from 'node:stream';
import { unavailable } from '../kit/api-error.ts';
import { type Recorded, SAMPLE_RATE, secondsOf } from './wav.ts';

/** Bits in a second: enough for the sound of a telephone. */
const BITRATE = 32_000;
/** The most files that are encoded at the same time, each in a thread of its own. */
const MAX_ENCODERS = 8;
/** A reader that takes nothing for this time may lose its place. */
const STOPPED_MS = 2_000;

/** A file that is being encoded. */
interface Encoder {
  /** Since when its reader takes nothing; null while it encodes. */
  waits_since: number | null;
  readonly end: () => void;
}

const encoders = new Set<Encoder>();

/**
 * The sound of a recording as an MP3 file. It is encoded while it is sent, a second at a time. While
 * too many files are encoded, it takes the place of the one whose reader has stopped for the longest.
 * @throws ApiError 503/20503 while too many files are encoded and no reader has stopped
 */
export function mp3Of(recorded: Recorded): Readable {
  if (encoders.size >= MAX_ENCODERS) endStopped();
  const encoder: Encoder = { waits_since: null, end: () => stream.destroy(new StoppedReader()) };
  const stream = Readable.from(framesOf(recorded, encoder), { objectMode: false });
  encoders.add(encoder);
  stream.once('close', () => encoders.delete(encoder));
  return stream;
}

class StoppedReader extends Error {
  override readonly message = 'The reader of an MP3 file stopped, and another one took its place.';
}

function endStopped(): void {
  const waiting = [...encoders].filter(({ waits_since }) => waits_since !== null);
  const [longest] = waiting.toSorted((a, b) => Number(a.waits_since) - Number(b.waits_since));
  const stood = performance.now() - Number(longest?.waits_since);
  if (!longest || stood < STOPPED_MS) {
    throw unavailable('Too many MP3 files are being made; try again shortly');
  }
  encoders.delete(longest);
  longest.end();
}

async function* framesOf(recorded: Recorded, encoder: Encoder): AsyncGenerator<Buffer> {
  const { AudioSample, AudioSampleSource, Mp3OutputFormat, Output, StreamTarget } = await import(
    'mediabunny'
  );
  const { registerMp3Encoder } = await import('@mediabunny/mp3-encoder');
  registerMp3Encoder();
  const made: Uint8Array[] = [];
  const file = new WritableStream<{ readonly data: Uint8Array }>({
    write: ({ data }) => void made.push(data),
  });
  // The header with the length is left out, because it can only be written after all the rest.
  const format = new Mp3OutputFormat({ xingHeader: false });
  const output = new Output({ format, target: new StreamTarget(file) });
  const sound = new AudioSampleSource({ codec: 'mp3', bitrate: BITRATE });
  output.addAudioTrack(sound);
  try {
    await output.start();
    let timestamp = 0;
    for (const data of secondsOf(recorded)) {
      const { channels: numberOfChannels } = recorded;
      const about = { format: 's16', numberOfChannels, sampleRate: SAMPLE_RATE } as const;
      const second = new AudioSample({ ...about, data, timestamp });
      await sound.add(second);
      second.close();
      timestamp += 1;
      if (made.length === 0) continue;
      encoder.waits_since = performance.now();
      yield Buffer.concat(made.splice(0));
      encoder.waits_since = null;
    }
    await output.finalize();
    if (made.length > 0) yield Buffer.concat(made.splice(0));
  } finally {
    if (output.state !== 'finalized') await output.cancel();
  }
}
