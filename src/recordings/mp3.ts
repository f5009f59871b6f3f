import { Readable } from 'node:stream';
import { unavailable } from '../kit/api-error.ts';
import { type Recorded, SAMPLE_RATE, secondsOf } from './wav.ts';

/** Bits in a second: enough for the sound of a telephone. */
const BITRATE = 32_000;
/** The most files that are encoded at the same time, each in a thread of its own. */
const MAX_ENCODERS = 8;

let encoders = 0;

/**
 * The sound of a recording as an MP3 file. It is encoded while it is sent, a second at a time.
 * @throws ApiError 503/20503 while too many files are encoded
 */
export function mp3Of(recorded: Recorded): Readable {
  if (encoders >= MAX_ENCODERS) throw unavailable('Too many MP3 files are being made; try again');
  encoders += 1;
  const stream = Readable.from(framesOf(recorded), { objectMode: false });
  stream.once('close', () => {
    encoders -= 1;
  });
  return stream;
}

async function* framesOf(recorded: Recorded): AsyncGenerator<Buffer> {
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
      if (made.length > 0) yield Buffer.concat(made.splice(0));
    }
    await output.finalize();
    if (made.length > 0) yield Buffer.concat(made.splice(0));
  } finally {
    if (output.state !== 'finalized') await output.cancel();
  }
}
