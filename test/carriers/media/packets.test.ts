import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Ear } from '../../../src/carriers/media/ear.ts';
import { decode, encode } from '../../../src/carriers/media/g711.ts';
import { KeyTones } from '../../../src/carriers/media/key-tones.ts';
import type { Far } from '../../../src/carriers/media/messages.ts';
import { PortPool } from '../../../src/carriers/media/port-pool.ts';
import { readKeyEvent, readRtp } from '../../../src/carriers/media/rtp.ts';
import { Schedule } from '../../../src/carriers/media/schedule.ts';
import { FRAME_SAMPLES, samplesOf } from '../../../src/carriers/media/sound.ts';
import { keyTones, tone } from '../../../src/carriers/media/tones.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { shareOf } from './loudest.ts';
import { keyPacket, packetsOf } from './rtp-peer.ts';

const FAR: Far = {
  address: '127.0.0.1',
  port: 4_000,
  codec: 'pcmu',
  format: 0,
  key_format: 101,
  direction: 'sendrecv',
};
/** The frames between the arrival of a packet and its turn. */
const DELAY_FRAMES = 2;

/** The frames that an ear gives when these packets arrive, those of each frame together. */
function heardOf(ear: Ear, arrivals: readonly (readonly Buffer[])[]): Int16Array {
  const frames = [...arrivals, ...Array.from({ length: DELAY_FRAMES }, () => [])].map((packets) => {
    for (const packet of packets) ear.take(packet, FAR);
    return [...ear.next()];
  });
  return Int16Array.from(frames.flat()).subarray(DELAY_FRAMES * FRAME_SAMPLES);
}

/** The sound as G.711 carries it. */
function carried(samples: Int16Array): Int16Array {
  const octets = new Uint8Array(samples.length);
  encode('pcmu', samples, octets);
  return decode('pcmu', octets);
}

suite('packets of sound', () => {
  const sound = tone([440], 1);

  test('are heard as they were sent, around the ends of both counters', () => {
    const ear = new Ear(() => {});
    const heard = heardOf(
      ear,
      packetsOf(sound).map((packet) => [packet]),
    );
    assert.deepEqual(heard, carried(sound));
    assert.deepEqual([ear.received, ear.lost, ear.late, ear.refused], [50, 0, 0, 0]);
  });

  test('that come in another order, or twice, change nothing', () => {
    const ear = new Ear(() => {});
    const packets = packetsOf(sound);
    const pairs = packets.map((packet, index) => {
      if (index % 2 === 1) return [];
      const next = packets[index + 1] as Buffer;
      return [packet, next, packet, next].toReversed();
    });
    // The first one begins, so it is not late.
    pairs[0]?.reverse();
    assert.deepEqual(heardOf(ear, pairs), carried(sound));
    assert.deepEqual([ear.received, ear.lost, ear.late], [100, 0, 50]);
  });

  test('that are lost leave silence, and are counted', () => {
    const ear = new Ear(() => {});
    const isLost = (index: number) => index % 10 === 5;
    const heard = heardOf(
      ear,
      packetsOf(sound).map((packet, index) => (isLost(index) ? [] : [packet])),
    );
    const expected = carried(sound);
    for (let frame = 5; frame < 50; frame += 10) {
      expected.fill(0, frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES);
    }
    assert.deepEqual(heard, expected);
    assert.equal(ear.lost, 5);
  });

  test('that come too late are counted, and the next ones are heard', () => {
    const ear = new Ear(() => {});
    const packets = packetsOf(sound);
    const arrivals = packets.map((packet, index) => (index === 20 ? [] : [packet]));
    arrivals[30]?.push(packets[20] as Buffer);
    assert.ok(shareOf(heardOf(ear, arrivals), 440) > 0.9);
    assert.deepEqual([ear.lost, ear.late], [0, 1]);
  });

  test('of a far side that is silent in between begin again where it says', () => {
    const ear = new Ear(() => {});
    const first = packetsOf(sound.subarray(0, 1_600), { sequence: 1, timestamp: 0 });
    // Two seconds later, with a time that stood still.
    const second = packetsOf(sound.subarray(0, 1_600), { sequence: 11, timestamp: 1_600 });
    const pause = Array.from({ length: 100 }, () => []);
    const heard = heardOf(ear, [
      ...first.map((one) => [one]),
      ...pause,
      ...second.map((one) => [one]),
    ]);
    assert.deepEqual(heard.subarray(-1_600), carried(sound.subarray(0, 1_600)));
    assert.equal(ear.lost, 0);
  });

  test('of another source are heard once two of them follow each other', () => {
    const ear = new Ear(() => {});
    const [one] = packetsOf(sound);
    const other = packetsOf(sound, { source: 9, sequence: 100, timestamp: 77 });
    heardOf(ear, [[one as Buffer]]);
    const heard = heardOf(
      ear,
      other.map((packet) => [packet]),
    );
    assert.deepEqual(heard.subarray(FRAME_SAMPLES), carried(sound).subarray(FRAME_SAMPLES));
  });

  test('in a flood are not read', () => {
    const ear = new Ear(() => {});
    heardOf(ear, [Array.from({ length: 1_000 }, () => packetsOf(sound)[0] as Buffer)]);
    assert.deepEqual([ear.received, ear.refused], [50, 950]);
    const more = Array.from({ length: 10 }, () => packetsOf(sound)[0] as Buffer);
    heardOf(
      ear,
      Array.from({ length: 100 }, () => more),
    );
    assert.ok(ear.refused > 950, 'it is not read when it goes on, either');
  });

  test('that are damaged are refused, and end nothing', () => {
    const random = seededRandom(4);
    const ear = new Ear((key) => assert.match(key, /^[0-9*#A-D]$/));
    const good = packetsOf(sound)[0] as Buffer;
    for (let round = 0; round < 20_000; round += 1) {
      const packet = Buffer.from(good.subarray(0, random(good.length + 1)));
      for (let change = random(5); change > 0 && packet.length > 0; change -= 1) {
        packet[random(Math.min(16, packet.length))] = random(256);
      }
      readRtp(packet);
      ear.take(packet, FAR);
      assert.equal(ear.next().length, FRAME_SAMPLES);
    }
  });

  test('are read with extensions, sources and padding', () => {
    const head = Buffer.alloc(12);
    // Version 2, padding, an extension and two sources (RFC 3550 §5.1).
    head[0] = 0xb2;
    const extension = Buffer.from('beef0001aabbccdd', 'hex');
    const padding = Buffer.from([0, 0, 0, 4]);
    const packet = Buffer.concat([head, Buffer.alloc(8), extension, Buffer.from('sound'), padding]);
    assert.equal(readRtp(packet)?.payload.toString(), 'sound');
    packet[packet.length - 1] = 60;
    assert.equal(readRtp(packet), null);
    packet[0] = 0x72;
    assert.equal(readRtp(packet), null);
    assert.equal(readKeyEvent(Buffer.from([16, 0, 0, 160])), null);
    assert.equal(readKeyEvent(Buffer.from([1, 0])), null);
    assert.deepEqual(readKeyEvent(Buffer.from([11, 0x8a, 3, 32])), {
      key: '#',
      is_end: true,
      duration: 800,
    });
  });
});

suite('keys in packets', () => {
  test('count once each, though packets come twice, late and around the end of their time', () => {
    const keys: string[] = [];
    const ear = new Ear((key) => keys.push(key));
    const press = (key: number, sequence: number, timestamp: number) => {
      ear.take(keyPacket(key, sequence, timestamp), FAR);
      ear.next();
    };
    const last = 4_294_967_200;
    press(1, 1, last);
    press(1, 2, last);
    press(2, 5, 100);
    press(1, 3, last);
    press(2, 6, 100);
    press(2, 7, 1_700);
    assert.deepEqual(keys, ['1', '2', '2']);
    // A process that was held up reads the packets of many frames at once.
    for (let at = 0; at < 12; at += 1) {
      ear.take(keyPacket(at < 6 ? 8 : 9, 10 + at, at < 6 ? 5_000 : 7_000), FAR);
    }
    assert.deepEqual(keys.splice(3), ['8', '9']);
    // The telephone begins anew, and its time with it.
    press(3, 30_000, 50);
    press(3, 30_001, 50);
    assert.deepEqual(keys, ['1', '2', '2', '3']);
  });
});

suite('keys as tones', () => {
  /** The keys that are found in a sound, with the frames at any place of it. */
  function keysIn(sound: Int16Array, shift = 0): string {
    let keys = '';
    const tones = new KeyTones((key) => {
      keys += key;
    });
    const padded = new Int16Array(shift + sound.length + 3 * FRAME_SAMPLES);
    padded.set(carried(sound), shift);
    for (let at = 0; at + FRAME_SAMPLES <= padded.length; at += FRAME_SAMPLES) {
      tones.hear(padded.subarray(at, at + FRAME_SAMPLES));
    }
    return keys;
  }

  test('are found one by one, wherever the frames begin', () => {
    const all = '0123456789*#ABCD1122';
    for (const shift of [0, 31, 80, 159]) assert.equal(keysIn(keyTones(all), shift), all);
    const short = keyTones('7').subarray(0, samplesOf(0.045));
    for (const shift of [0, 31, 80, 159]) assert.equal(keysIn(short, shift), '7');
  });

  test('are not heard in other sounds', () => {
    const random = seededRandom(5);
    const noise = Int16Array.from({ length: 80_000 }, () => random(20_000) - 10_000);
    for (const other of [noise, tone([440], 2), tone([697], 2), tone([697, 1_000, 1_209], 2)]) {
      assert.equal(keysIn(other), '');
    }
  });
});

suite('the clock of sound', () => {
  test('does not drift, and leaves out what nobody waits for', () => {
    const clock = new Schedule(1_000);
    assert.deepEqual(clock.take(1_019), { frames: 0, skipped: 0 });
    assert.equal(clock.wait(1_019), 1);
    assert.deepEqual(clock.take(1_047), { frames: 2, skipped: 0 });
    // The next one is due 60 ms after the beginning, whenever the last ones came.
    assert.equal(clock.wait(1_047), 13);
    assert.deepEqual(clock.take(1_340), { frames: 3, skipped: 12 });
    assert.equal(clock.wait(1_340), 20);
    let frames = 0;
    for (let now = 1_340; now < 3_601_340; now += 23.7) frames += clock.take(now).frames;
    assert.equal(frames, 180_000 - 1);
  });

  test('lets a port rest before another call takes it', () => {
    let now = 0;
    const pool = new PortPool({ first: 20_001, last: 20_005 }, () => now);
    assert.deepEqual([pool.take(), pool.take(), pool.take()], [20_002, 20_004, null]);
    pool.give(20_004);
    assert.equal(pool.take(), null);
    now = 10_000;
    assert.equal(pool.take(), 20_004);
  });
});

suite('G.711', () => {
  test('gives each octet back, and is near to each sample', () => {
    const every = Int16Array.from({ length: 65_536 }, (_, index) => index - 32_768);
    for (const form of ['pcmu', 'pcma'] as const) {
      const octets = new Uint8Array(256).map((_, index) => index);
      const again = new Uint8Array(256);
      encode(form, decode(form, octets), again);
      // µ-law has two zeros.
      if (form === 'pcmu') again[127] = 127;
      assert.deepEqual(again, octets);
      const coded = new Uint8Array(every.length);
      encode(form, every, coded);
      const near = decode(form, coded);
      for (const [index, sample] of every.entries()) {
        const distance = Math.abs((near[index] as number) - sample);
        assert.ok(distance <= 16 + Math.abs(sample) / 16, `${form} ${sample}`);
      }
    }
  });

  test('carries known values', () => {
    const samples = Int16Array.of(0, 1_000, -1_000, 32_767, -32_768);
    const octets = new Uint8Array(5);
    encode('pcmu', samples, octets);
    assert.deepEqual([...octets], [0xff, 0xce, 0x4e, 0x80, 0x00]);
    encode('pcma', samples, octets);
    assert.deepEqual([...octets], [0xd5, 0xfa, 0x7a, 0xaa, 0x2a]);
  });
});

test('Keys sound as two frequencies each, and wait where they should', () => {
  const sound = keyTones('5wD');
  assert.equal(sound.length, 1_600 + 4_000 + 1_600);
  for (const [begin, pair] of [[0, [770, 1_336]] as const, [5_600, [941, 1_633]] as const]) {
    const key = sound.subarray(begin, begin + 800);
    for (const frequency of pair) assert.ok(shareOf(key, frequency) > 0.4, String(frequency));
  }
});
