import type { Socket } from 'node:dgram';
import { Ear } from './ear.ts';
import { encode, SILENT_OCTET } from './g711.ts';
import { KeyTones } from './key-tones.ts';
import { type Far, type FromThread, SILENT_MS, type StreamBegin } from './messages.ts';
import { RTP_HEADER, writeRtpHeader } from './rtp.ts';
import { FRAME_MS, FRAME_SAMPLES, type Sound } from './sound.ts';
import { SoundQueue } from './sound-queue.ts';

const SILENT_FRAMES = SILENT_MS / FRAME_MS;

/** One line in the thread of sound: its socket, what it hears, and what it says. */
export class ThreadLine {
  readonly port: number;
  readonly ear: Ear;
  readonly #socket: Socket;
  readonly #queue: SoundQueue;
  readonly #source: number;
  #sequence: number;
  #timestamp: number;
  #far: Far | null = null;
  /** The address that the far side really sends from, once it has sent (RFC 4961). */
  #latched: { readonly address: string; readonly port: number } | null = null;
  #is_silent = true;
  /** The frames since the last packet of the far side. */
  #quiet = 0;
  readonly #left: () => void;
  readonly #tones: KeyTones;
  sent = 0;
  refused = 0;
  /** The frame that it heard last. */
  heard: Int16Array = new Int16Array(FRAME_SAMPLES);
  /** The line that hears this one. */
  bridged: ThreadLine | null = null;

  constructor(line: number, socket: Socket, begin: StreamBegin, tell: (told: FromThread) => void) {
    this.port = socket.address().port;
    this.#socket = socket;
    ({ source: this.#source, sequence: this.#sequence, timestamp: this.#timestamp } = begin);
    this.#queue = new SoundQueue((played) => tell({ is: 'ended', line, ...played }));
    this.#left = () => tell({ is: 'silent', line });
    this.ear = new Ear((key) => tell({ is: 'key', line, key, way: 'events' }));
    this.#tones = new KeyTones((key) => tell({ is: 'key', line, key, way: 'tones' }));
    socket.on('message', (octets, { address, port }) => this.#take(octets, address, port));
    // Errors of single datagrams, such as a closed port of the far side, end no call.
    socket.on('error', () => {});
  }

  /** Both sides agreed, at first or anew. */
  start(far: Far): void {
    if (far.address !== this.#far?.address || far.port !== this.#far.port) this.#latched = null;
    this.#far = far;
  }

  play(play: number, sound: Sound): void {
    this.#queue.add(play, sound);
  }

  stop(play: number): void {
    this.#queue.stop(play);
  }

  close(): void {
    if (this.bridged) this.bridged.bridged = null;
    this.bridged = null;
    this.#queue.stopAll();
    this.#socket.close();
  }

  /** Passes the time of frames that nobody sends. */
  skip(frames: number): void {
    this.#timestamp += frames * FRAME_SAMPLES;
    for (let frame = 0; frame < frames; frame += 1) this.ear.next();
  }

  listen(): void {
    this.heard = this.ear.next();
    if (this.#far?.key_format === null) this.#tones.hear(this.heard);
    // A far side that holds the call sends nothing, and may do so for long.
    this.#quiet = this.#far?.direction === 'sendrecv' ? this.#quiet + 1 : 0;
    if (this.#quiet === SILENT_FRAMES) this.#left();
  }

  /** Sends the next frame: a sound, else what the bridged line hears, else silence. */
  speak(): void {
    const far = this.#far;
    const timestamp = this.#timestamp;
    // Time passes for a far side that hears nothing too, so that a document never hangs.
    this.#timestamp = (timestamp + FRAME_SAMPLES) >>> 0;
    const sound = this.#queue.next() ?? this.bridged?.heard ?? null;
    if (!far || (far.direction !== 'sendrecv' && far.direction !== 'sendonly')) return;
    const packet = Buffer.allocUnsafe(RTP_HEADER + FRAME_SAMPLES);
    const marker = sound !== null && this.#is_silent;
    const { format } = far;
    const [sequence, source] = [this.#sequence, this.#source];
    writeRtpHeader(packet, { format, marker, sequence, timestamp, source });
    if (sound) encode(far.codec, sound, packet.subarray(RTP_HEADER));
    else packet.fill(SILENT_OCTET[far.codec], RTP_HEADER);
    this.#is_silent = sound === null;
    this.#sequence = (this.#sequence + 1) & 0xff_ff;
    this.sent += 1;
    const latched = this.#latched;
    const isThere = latched !== null && latched.address === plain(far.address);
    this.#socket.send(packet, isThere ? latched.port : far.port, far.address, () => {});
  }

  /**
   * Only the host that both sides agreed on is heard, or the one that the call was agreed with, and
   * from the first port that it sends from.
   */
  #take(octets: Buffer, from: string, port: number): void {
    const far = this.#far;
    const address = plain(from);
    const latched = this.#latched;
    const isFar = far !== null && [far.address, far.peer].some((one) => address === plain(one));
    const isOther = latched !== null && (latched.port !== port || latched.address !== address);
    if (!isFar || isOther) {
      this.refused += 1;
    } else if (this.ear.take(octets, far)) {
      this.#latched ??= { address, port };
      this.#quiet = 0;
    }
  }
}

/** An address of IPv4 as IPv6 writes it is that address. */
function plain(address = ''): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}
