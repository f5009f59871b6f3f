import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, afterEach, suite, test } from 'node:test';
import { type Line, Media, MediaError } from '../../../src/carriers/media/media.ts';
import type { Far } from '../../../src/carriers/media/messages.ts';
import { FRAME_SAMPLES, silence, soundOf } from '../../../src/carriers/media/sound.ts';
import { tone } from '../../../src/carriers/media/tones.ts';
import { loudness, shareOf } from './loudest.ts';
import { keyPacket, packetsOf, RtpPeer } from './rtp-peer.ts';

const ANY_PORT = { host: '127.0.0.1', first: 0, last: 0 };
const ALWAYS = new AbortController().signal;

suite('the sound of a call', () => {
  const media = new Media({ randomBytes });
  const open: { close(): void }[] = [];
  const keys: string[] = [];

  afterEach(() => {
    for (const one of open.splice(0)) one.close();
    keys.splice(0);
  });
  after(() => media.stop());

  async function peerOf(host?: string): Promise<RtpPeer> {
    const peer = await RtpPeer.open(host);
    open.push(peer);
    return peer;
  }

  async function lineTo(far: Far, ports = ANY_PORT): Promise<Line> {
    const line = await media.openLine(ports, {
      key: (key) => keys.push(key),
      failed: (reason) => assert.fail(reason),
    });
    open.push(line);
    line.start(far);
    return line;
  }

  for (const codec of ['pcmu', 'pcma'] as const) {
    test(`arrives as a tone in ${codec}, packet after packet`, async () => {
      const peer = await peerOf();
      const line = await lineTo(peer.far(codec));
      const heard = await line.play(soundOf(tone([440], 1)), ALWAYS);
      assert.deepEqual(heard, { seconds: 1, is_whole: true });
      await peer.until((packets) => packets.length > 55);
      assert.ok(shareOf(peer.heard(codec), 440) > 0.95, 'the tone has 440 Hz');
      assert.ok(shareOf(peer.heard(codec), 880) < 0.01);
      const [first] = peer.packets;
      assert.ok(first);
      for (const [index, packet] of peer.packets.entries()) {
        assert.equal(packet.sequence, (first.sequence + index) & 0xff_ff);
        assert.equal(packet.payload.length, FRAME_SAMPLES);
        assert.equal(packet.source, first.source);
      }
    });
  }

  test('goes on while the server is held up', async () => {
    const peer = await peerOf();
    const line = await lineTo(peer.far());
    const played = line.play(soundOf(tone([440], 1)), ALWAYS);
    await peer.until((packets) => packets.length > 5);
    // Nothing else runs in this thread for 300 ms, the time of 15 packets.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    await played;
    await peer.until((packets) => packets.length > 55);
    const steps = peer.packets.slice(1).map(({ timestamp }, index) => {
      return (timestamp - (peer.packets[index]?.timestamp ?? 0)) >>> 0;
    });
    assert.ok(Math.max(...steps) < 12 * FRAME_SAMPLES, `a gap of ${Math.max(...steps)} samples`);
    assert.ok(Math.abs(peer.heard().length - 8_000) < 2 * FRAME_SAMPLES);
  });

  test('is one prompt after the other, and stops when it is told to', async () => {
    const peer = await peerOf();
    const line = await lineTo(peer.far());
    const stop = new AbortController();
    const first = line.play(soundOf(tone([440], 0.2)), ALWAYS);
    const pause = line.play(silence(0.1), ALWAYS);
    const endless = line.play({ ...soundOf(tone([1_000], 0.5)), loops: 1_000 }, stop.signal);
    assert.equal((await first).is_whole, true);
    assert.deepEqual(await pause, { seconds: 0.1, is_whole: true });
    // More than one time of the sound.
    await peer.until((packets) => packets.length > 60);
    stop.abort();
    const { seconds, is_whole } = await endless;
    assert.equal(is_whole, false);
    assert.ok(seconds > 0.5 && seconds < 500, `${seconds} seconds were heard`);
    assert.ok(shareOf(peer.heard().subarray(0, 1_600), 440) > 0.9);
    assert.ok(shareOf(peer.heard().subarray(-3_200), 1_000) > 0.9);
  });

  test('goes from one leg to another, and is silence without a bridge', async () => {
    const [one, other] = [await peerOf(), await peerOf()];
    const [near, far] = [await lineTo(one.far()), await lineTo(other.far('pcma'))];
    near.bridge(far);
    await other.until((packets) => packets.length > 2);
    for (const packet of packetsOf(tone([600], 1))) {
      const { length } = one.packets;
      // One packet for each that arrives here keeps the pace of the line.
      await one.until((packets) => packets.length > length);
      await one.send(near.port, packet);
    }
    await other.until((packets) => packets.length > 60);
    assert.ok(shareOf(other.heard('pcma'), 600) > 0.8, 'the other leg hears 600 Hz');
    assert.equal(loudness(one.heard()), 0, 'nobody hears itself');
    near.bridge(null);
  });

  test('ends at once when the line is closed', async () => {
    const line = await lineTo((await peerOf()).far());
    const playing = line.play(silence(60), ALWAYS);
    line.close();
    assert.equal((await playing).is_whole, false);
    assert.deepEqual(await line.play(silence(1), ALWAYS), { seconds: 0, is_whole: false });
  });

  test('is heard only from the host that was agreed on', async () => {
    const [phone, stranger] = [await peerOf(), await peerOf('127.0.0.2')];
    const line = await lineTo(phone.far());
    const before = (await media.counts())?.refused ?? 0;
    const [packet] = packetsOf(tone([440], 0.02));
    assert.ok(packet);
    await stranger.send(line.port, packet);
    await stranger.send(line.port, keyPacket(1, 2, 3));
    await phone.send(line.port, keyPacket(5, 1, 160));
    await phone.until((packets) => packets.length > 10);
    assert.deepEqual(keys, ['5']);
    assert.equal(stranger.packets.length, 0, 'a stranger gets no sound');
    assert.equal(((await media.counts())?.refused ?? 0) - before, 2);
  });

  test('is heard from the host that the call was agreed with, and goes to the agreed address', async () => {
    const [phone, peer] = [await peerOf(), await peerOf('127.0.0.2')];
    const line = await lineTo({ ...phone.far(), peer: '127.0.0.2' });
    await peer.send(line.port, keyPacket(7, 1, 160));
    await phone.until((packets) => packets.length > 10);
    assert.deepEqual(keys, ['7']);
    assert.equal(peer.packets.length, 0);
  });

  test('goes to the port that the far side really sends from, and stays there', async () => {
    const [named, real] = [await peerOf(), await peerOf()];
    const line = await lineTo(named.far());
    await real.send(line.port, packetsOf(tone([440], 0.02))[0] as Buffer);
    await real.until((packets) => packets.length > 3);
    const { length } = named.packets;
    await named.send(line.port, packetsOf(tone([440], 0.02))[0] as Buffer);
    await real.until((packets) => packets.length > 10);
    assert.ok(named.packets.length <= length + 1);
  });

  test('knows a key by its first packet, and counts it once', async () => {
    const peer = await peerOf();
    const line = await lineTo(peer.far());
    for (const [index, key] of [5, 5, 5, 11].entries()) {
      await peer.send(line.port, keyPacket(key, index, key * 1_000));
      const { length } = peer.packets;
      await peer.until((packets) => packets.length > length + 2);
    }
    assert.deepEqual(keys, ['5', '#']);
  });

  test('survives a flood and damaged packets', async () => {
    const peer = await peerOf();
    const line = await lineTo(peer.far());
    const good = packetsOf(tone([440], 0.02))[0] as Buffer;
    const before = (await media.counts())?.refused ?? 0;
    const bad = [Buffer.alloc(0), Buffer.alloc(11), Buffer.alloc(200), Buffer.alloc(1_600, 0x80)];
    for (const octets of bad) await peer.send(line.port, octets);
    for (let count = 0; count < 2_000; count += 1) await peer.send(line.port, good);
    assert.equal((await line.play(soundOf(tone([440], 0.2)), ALWAYS)).is_whole, true);
    assert.ok(((await media.counts())?.refused ?? 0) - before >= bad.length);
  });

  test('takes the even ports of its range, each for one call at a time', async () => {
    const peer = await peerOf();
    const { port } = await lineTo(peer.far());
    const first = port + (port % 2);
    // Another address of this machine, whose ports no other test uses.
    const ports = { host: '127.0.0.9', first: first + 2, last: first + 5 };
    const lines = [await lineTo(peer.far(), ports), await lineTo(peer.far(), ports)];
    assert.deepEqual(
      lines.map((line) => line.port),
      [first + 2, first + 4],
    );
    await assert.rejects(lineTo(peer.far(), ports), /widen the range/);
    lines[0]?.close();
    // The port rests, so that late packets do not reach the next call.
    await assert.rejects(lineTo(peer.far(), ports), MediaError);
  });

  test('ends on every line when its thread dies, and other calls have a new one', async () => {
    const reasons: string[] = [];
    const hear = { key: () => {}, failed: (reason: string) => reasons.push(reason) };
    const line = await media.openLine({ host: '127.0.0.1', first: 0, last: 0 }, hear);
    const playing = line.play(silence(60), ALWAYS);
    const far = (await peerOf()).far();
    // Nothing of the product gives such a format, so the thread fails over it.
    line.start({ ...far, format: 1n as unknown as number });
    assert.equal((await playing).is_whole, false);
    assert.equal(reasons.length, 1);
    assert.match(reasons[0] ?? '', /^The thread of sound has ended: /);
    const peer = await peerOf();
    await lineTo(peer.far());
    await peer.until((packets) => packets.length > 2);
  });

  test('is refused for an address that never gets sound, and on a foreign interface', async () => {
    const peer = await peerOf();
    for (const address of ['224.0.0.1', '0.0.0.0', '255.255.255.255', 'ff02::1', '::', 'name']) {
      await assert.rejects(lineTo({ ...peer.far(), address }), MediaError, address);
    }
    await assert.rejects(lineTo({ ...peer.far(), port: 0 }), MediaError);
    await assert.rejects(
      lineTo(peer.far(), { host: '192.0.2.1', first: 0, last: 0 }),
      /No port for sound can be opened/,
    );
  });

  test('is not sent to a far side that holds the call, and its time passes', async () => {
    const peer = await peerOf();
    const line = await lineTo({ ...peer.far(), direction: 'recvonly' });
    assert.equal((await line.play(soundOf(tone([440], 0.1)), ALWAYS)).is_whole, true);
    assert.equal(peer.packets.length, 0);
    line.start(peer.far());
    await peer.until((packets) => packets.length > 2);
  });
});
