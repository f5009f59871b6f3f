import assert from 'node:assert/strict';
import { FRAME_SAMPLES } from '../../../src/carriers/media/sound.ts';
import { keyTones } from '../../../src/carriers/media/tones.ts';
import { header } from '../../../src/carriers/sip/headers.ts';
import { readSdp, writeSdp } from '../../../src/carriers/sip/sdp.ts';
import { keyPacket, packetsOf, RtpPeer } from '../media/rtp-peer.ts';
import { FarSide } from './far-side.ts';

const KEYS = '0123456789*#ABCD';
const EVENTS = { format: '101', codec: 'telephone-event/8000' };
const PCMU = { format: '0', codec: 'pcmu/8000' };

export type KeyWay = 'events' | 'info' | 'tones';

/** A telephone with sound, which answers at once. */
export class SoundPhone implements AsyncDisposable {
  readonly far: FarSide;
  readonly peer: RtpPeer;
  readonly #way: KeyWay;
  #over: Promise<unknown> | null = null;
  /** The place in its stream of sound. */
  #sequence = 100;
  #timestamp = 5_000;

  private constructor(far: FarSide, peer: RtpPeer, way: KeyWay) {
    this.far = far;
    this.peer = peer;
    this.#way = way;
  }

  /** @param way how it tells its keys */
  static async open(way: KeyWay = 'events'): Promise<SoundPhone> {
    const peer = await RtpPeer.open();
    const local = { address: '127.0.0.1', port: peer.port, session: 1, version: 1 };
    const formats = way === 'events' ? [PCMU, EVENTS] : [PCMU];
    const body = Buffer.from(writeSdp(local, { formats, direction: 'sendrecv' }));
    const headers = [header('Content-Type', 'application/sdp')];
    const far = await FarSide.open(() => [180, { status: 200, headers, body }]);
    return new SoundPhone(far, peer, way);
  }

  /** Waits until it hears a sound that is not silence. */
  untilSound(): Promise<void> {
    return this.peer.untilSound();
  }

  /** Presses keys, one after the other. */
  async press(keys: string): Promise<void> {
    for (const key of keys) {
      if (this.#way === 'info') this.far.press(key);
      else if (this.#way === 'tones') await this.say(keyTones(key));
      else await this.#sendEvents(KEYS.indexOf(key));
    }
  }

  /** Says a sound, at the pace of the packets that it gets. */
  async say(samples: Int16Array): Promise<void> {
    const begin = { sequence: this.#sequence, timestamp: this.#timestamp };
    const packets = packetsOf(samples, begin);
    for (const packet of packets) {
      await this.#turn();
      await this.#send(packet);
    }
    this.#sequence += packets.length;
    this.#timestamp += packets.length * FRAME_SAMPLES;
  }

  /** Each key comes as six packets of the same time, the last three with its end, in some disorder. */
  async #sendEvents(key: number): Promise<void> {
    const packets = Array.from({ length: 6 }, (_, index) =>
      keyPacket(key, this.#sequence + index, this.#timestamp, { is_end: index >= 3 }),
    );
    const [first, second, third, ...ends] = packets as [Buffer, Buffer, Buffer, ...Buffer[]];
    for (const packet of [first, third, second, ...ends]) {
      await this.#turn();
      await this.#send(packet);
    }
    this.#sequence += packets.length;
    this.#timestamp += 1_600;
  }

  /** Waits for the next packet, or for the end of the call. */
  async #turn(): Promise<void> {
    const { length } = this.peer.packets;
    const next = this.peer.until((got) => got.length > length);
    this.#over ??= this.far.request('BYE');
    await Promise.race([next, this.#over]);
  }

  #send(octets: Buffer): Promise<void> {
    const [invite] = this.far.requests('INVITE').toReversed();
    assert.ok(invite);
    return this.peer.send(readSdp(invite.body).media[0]?.port ?? 0, octets);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.peer.close();
    await this.far[Symbol.asyncDispose]();
  }
}
