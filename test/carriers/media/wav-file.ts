/** How a WAV file is written. */
export interface WavShape {
  readonly code?: number;
  readonly channels?: number;
  readonly rate: number;
  readonly bits: number;
  readonly data: Buffer;
  /** Whether it has a chunk before the samples, as many programs write it. It has one by default. */
  readonly has_list?: boolean;
  /** The length that the file says; the real one without it. */
  readonly said_length?: number;
}

/** A chunk of a WAV file. */
export function chunk(name: string, content: Buffer, said_length = content.length): Buffer {
  const head = Buffer.alloc(8);
  head.write(name, 'latin1');
  head.writeUInt32LE(said_length >>> 0, 4);
  return Buffer.concat([head, content, Buffer.alloc(content.length % 2)]);
}

/** A WAV file. */
export function wavFile({
  code = 1,
  channels = 1,
  rate,
  bits,
  data,
  said_length,
  has_list = true,
}: WavShape): Buffer {
  const format = Buffer.alloc(16);
  format.writeUInt16LE(code, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(rate, 4);
  format.writeUInt32LE(((rate * channels * bits) / 8) >>> 0, 8);
  format.writeUInt16LE((channels * bits) / 8, 12);
  format.writeUInt16LE(bits, 14);
  const parts = [
    Buffer.from('WAVE'),
    ...(has_list ? [chunk('LIST', Buffer.from('INFO odd'))] : []),
    chunk('fmt ', format),
    chunk('data', data, said_length),
  ];
  return chunk('RIFF', Buffer.concat(parts));
}

/** A sine at any rate as PCM, the same on each channel. */
export function sine(frequency: number, shape: Omit<WavShape, 'data'>, seconds = 0.5): Buffer {
  const { channels = 1, rate, bits } = shape;
  const width = bits / 8;
  const data = Buffer.alloc(Math.round(rate * seconds) * channels * width);
  for (let at = 0; at < data.length / width; at += 1) {
    const place = Math.floor(at / channels);
    const value = 0.25 * Math.sin((2 * Math.PI * frequency * place) / rate);
    if (bits === 8) data[at] = 128 + Math.round(value * 127);
    else data.writeIntLE(Math.round(value * (2 ** (bits - 1) - 1)), at * width, width);
  }
  return data;
}
