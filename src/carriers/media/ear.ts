import { Arrivals } from './arrivals.ts';
import { decode, type G711 } from './g711.ts';
import { JitterBuffer } from './jitter-buffer.ts';
import type { Far } from './messages.ts';
import { type RtpPacket, readKeyEvent, readRtp } from './rtp.ts';
import { SAMPLES_A_SECOND } from './sound.ts';

/** The packets of one line that are read in the time of a frame, in the long run. Packets of 10 ms need two. */
const PACKETS_A_FRAME = 8;
/** The packets, and the keys, that are read at once after a time without any: half a second brings as many. */
const MAX_BURST = 50;
const MAX_KEYS = 8;
/** The samples by which a packet of an older key may come late. */
const MAX_KEY_DELAY = 10 * SAMPLES_A_SECOND;
/** The formats that need no agreement on their number (RFC 3551 §6). */
const STATIC: Readonly<Record<number, G711>> = { 0: 'pcmu', 8: 'pcma' };

/** The receiving side of one line: it brings the packets of the far side into order. */
export class Ear {
  readonly #arrivals = new Arrivals();
  readonly #buffer = new JitterBuffer();
  readonly #heardKey: (key: string) => void;
  #packets_left = MAX_BURST;
  #keys_left = MAX_KEYS;
  #key_time: number | null = null;
  received = 0;
  refused = 0;
  #repeated = 0;

  constructor(heardKey: (key: string) => void) {
    this.#heardKey = heardKey;
  }

  get lost(): number {
    return this.#arrivals.lost;
  }

  get late(): number {
    return this.#buffer.dropped + this.#repeated;
  }

  /** Takes a datagram of the far side. @returns whether it is a packet of sound or of a key */
  take(octets: Buffer, far: Far): boolean {
    const packet = this.#packets_left > 0 ? readRtp(octets) : null;
    this.#packets_left = Math.max(0, this.#packets_left - 1);
    const form = packet && (packet.format === far.format ? far.codec : STATIC[packet.format]);
    if (!packet || (!form && packet.format !== far.key_format)) {
      this.refused += 1;
      return false;
    }
    const arrival = this.#arrivals.take(packet);
    if (arrival === 'stray') return false;
    this.received += 1;
    if (arrival === 'repeated') this.#repeated += 1;
    if (arrival === 'restart') this.#forget();
    if (arrival !== 'repeated') this.#hear(packet, form ?? null);
    return true;
  }

  /** The next frame of sound. */
  next(): Int16Array {
    this.#packets_left = Math.min(MAX_BURST, this.#packets_left + PACKETS_A_FRAME);
    this.#keys_left = Math.min(MAX_KEYS, this.#keys_left + 1);
    return this.#buffer.take();
  }

  #forget(): void {
    this.#buffer.clear();
    this.#key_time = null;
  }

  #hear(packet: RtpPacket, form: G711 | null): void {
    const { payload, timestamp, marker } = packet;
    if (form) this.#buffer.put(timestamp, decode(form, payload), { is_start: marker });
    else this.#hearKey(packet);
  }

  /**
   * A key counts with the first packet that has its time: the last one may be lost. Packets of an older
   * key that come late change nothing.
   */
  #hearKey({ payload, timestamp }: RtpPacket): void {
    const event = readKeyEvent(payload);
    if (!event || this.#isOld(timestamp) || this.#keys_left === 0) return;
    this.#key_time = timestamp;
    this.#keys_left -= 1;
    this.#heardKey(event.key);
  }

  #isOld(timestamp: number): boolean {
    if (this.#key_time === null) return false;
    const step = (timestamp - this.#key_time) | 0;
    return step <= 0 && step > -MAX_KEY_DELAY;
  }
}
