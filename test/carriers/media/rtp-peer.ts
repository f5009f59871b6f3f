import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { decode, encode, type G711, SILENT_OCTET } from '../../../src/carriers/media/g711.ts';
import type { Far } from '../../../src/carriers/media/messages.ts';
import {
  RTP_HEADER,
  type RtpPacket,
  readRtp,
  writeRtpHeader,
} from '../../../src/carriers/media/rtp.ts';
import { FRAME_SAMPLES } from '../../../src/carriers/media/sound.ts';

/** A telephone of sound alone, which keeps every packet that it gets. */
export class RtpPeer {
  readonly packets: RtpPacket[] = [];
  readonly #socket: Socket;
  readonly #waiting = new Set<() => void>();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (octets) => {
      const packet = readRtp(octets);
      if (packet) this.packets.push(packet);
      for (const look of this.#waiting) look();
    });
  }

  static async open(host = '127.0.0.1'): Promise<RtpPeer> {
    const socket = createSocket('udp4').bind(0, host);
    await once(socket, 'listening');
    return new RtpPeer(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** This peer as the far side of a line. */
  far(codec: G711 = 'pcmu'): Far {
    const format = codec === 'pcmu' ? 0 : 8;
    const { address, port } = this.#socket.address();
    return { address, port, codec, format, key_format: 101, direction: 'sendrecv' };
  }

  /** Waits until something holds of the packets so far. */
  until(holds: (packets: readonly RtpPacket[]) => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => {
      if (!holds(this.packets)) return;
      this.#waiting.delete(look);
      resolve();
    };
    this.#waiting.add(look);
    look();
    return promise;
  }

  /** Waits until it hears a sound in µ-law that is not silence. */
  untilSound(): Promise<void> {
    return this.until((packets) =>
      packets.some(({ payload }) => payload.some((octet) => octet !== SILENT_OCTET.pcmu)),
    );
  }

  /** The sound of all packets, without what stands for silence at both ends. */
  heard(codec: G711 = 'pcmu'): Int16Array {
    const samples = this.packets.flatMap(({ payload }) => [...decode(codec, payload)]);
    const isSound = (one: number) => Math.abs(one) > 8;
    return Int16Array.from(
      samples.slice(samples.findIndex(isSound), samples.findLastIndex(isSound) + 1),
    );
  }

  /** Sends octets as they are. */
  async send(port: number, octets: Buffer): Promise<void> {
    await new Promise((resolve) => this.#socket.send(octets, port, '127.0.0.1', resolve));
  }

  close(): void {
    this.#socket.close();
  }
}

/** The packets of a sound, 20 ms each. */
export function packetsOf(
  samples: Int16Array,
  { source = 7, sequence = 65_530, timestamp = 4_294_967_000 } = {},
): Buffer[] {
  return Array.from({ length: Math.floor(samples.length / FRAME_SAMPLES) }, (_, index) => {
    const packet = Buffer.alloc(RTP_HEADER + FRAME_SAMPLES);
    writeRtpHeader(packet, {
      format: 0,
      marker: index === 0,
      sequence: sequence + index,
      timestamp: timestamp + index * FRAME_SAMPLES,
      source,
    });
    const begin = index * FRAME_SAMPLES;
    encode('pcmu', samples.subarray(begin, begin + FRAME_SAMPLES), packet.subarray(RTP_HEADER));
    return packet;
  });
}

/** A packet that says that a key is pressed (RFC 4733 §2.3). */
export function keyPacket(
  key: number,
  sequence: number,
  timestamp: number,
  { is_end = false } = {},
): Buffer {
  const packet = Buffer.alloc(RTP_HEADER + 4);
  writeRtpHeader(packet, { format: 101, marker: true, sequence, timestamp, source: 7 });
  packet[RTP_HEADER] = key;
  packet[RTP_HEADER + 1] = is_end ? 0x8a : 0x0a;
  packet.writeUInt16BE(160, RTP_HEADER + 2);
  return packet;
}
