import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { suite, type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Frames } from '../../../src/carriers/sip/frames.ts';
import { BadMessage, type SipMessage } from '../../../src/carriers/sip/message.ts';
import type { Source } from '../../../src/carriers/sip/outside.ts';
import { MESSAGE } from '../../../src/carriers/sip/read-message.ts';
import { Transport, type TransportSettings } from '../../../src/carriers/sip/transport.ts';
import { answerTo, writeMessage } from '../../../src/carriers/sip/write-message.ts';
import { CERTIFICATE, PRIVATE_KEY } from '../../support/self-signed.ts';
import { realOutside } from './real-outside.ts';
import { request } from './sip-text.ts';

const HERE = '127.0.0.1';

async function opened(t: TestContext, more: Partial<TransportSettings> = {}) {
  const heard: { message: SipMessage; source: Source }[] = [];
  const waiting: (() => void)[] = [];
  const listen = (['udp', 'tcp'] as const).map((transport) => ({ transport, host: HERE, port: 0 }));
  const settings = { listen, public: null, tls: null, ...more };
  const transport = await Transport.open(settings, realOutside, {
    message: (message, source) => {
      heard.push({ message, source });
      for (const go of waiting.splice(0)) go();
    },
  });
  t.after(() => transport.close());
  const until = async (count: number) => {
    while (heard.length < count) await new Promise<void>((resolve) => void waiting.push(resolve));
  };
  return { transport, heard, until };
}

async function tcp(t: TestContext, port: number): Promise<Socket> {
  const socket = connect(port, HERE);
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

const whole = (method = 'OPTIONS') => request({ method, with: { 'Content-Length': '0' } });

suite('the transport of SIP', () => {
  test('answers a datagram to the port it came from when it asks for that, and notes both', async (t) => {
    const { transport, heard, until } = await opened(t);
    const socket = createSocket('udp4');
    t.after(() => socket.close());
    socket.bind(0, HERE);
    await once(socket, 'listening');
    const via = { Via: 'SIP/2.0/UDP nat.example:9;rport;branch=z9hG4bK1' };
    socket.send(request({ method: 'OPTIONS', with: via }), transport.addressOf('udp').port, HERE);
    await until(1);
    const [first] = heard;
    assert.ok(first && first.message.is === 'request');
    const { parameters } = first.message.vias[0];
    assert.equal(parameters.get('received'), HERE);
    assert.equal(parameters.get('rport'), String(socket.address().port));
    const came = once(socket, 'message');
    transport.answer(writeMessage(answerTo(first.message, 200, { tag: 'x' })), first.source);
    assert.match(String((await came)[0]), /^SIP\/2\.0 200 OK\r\n/);
  });

  test('tells the sender of an unreadable request why it is refused', async (t) => {
    const { transport } = await opened(t);
    const socket = createSocket('udp4');
    t.after(() => socket.close());
    socket.bind(0, HERE);
    await once(socket, 'listening');
    const came = once(socket, 'message');
    const via = { Via: 'SIP/2.0/UDP x.example;rport;branch=z9hG4bK1', CSeq: '7 BYE' };
    socket.send(request({ method: 'OPTIONS', with: via }), transport.addressOf('udp').port, HERE);
    assert.match(String((await came)[0]), /^SIP\/2\.0 400 The method in CSeq/);
  });

  test('hears at once that the port of a UDP target is closed', {
    skip: process.platform !== 'linux' && 'only Linux tells it',
  }, async (t) => {
    const { transport } = await opened(t);
    const closed = createSocket('udp4');
    closed.bind(0, HERE);
    await once(closed, 'listening');
    const { port } = closed.address();
    closed.close();
    await once(closed, 'close');
    const failed = Promise.withResolvers<string>();
    transport.send(whole(), { transport: 'udp', address: HERE, port }, failed.resolve);
    assert.match(await failed.promise, /ECONNREFUSED/);
  });

  test('cuts a stream into messages however it is divided, and answers on the same connection', async (t) => {
    const { transport, heard, until } = await opened(t);
    const socket = await tcp(t, transport.addressOf('tcp').port);
    const octets = Buffer.concat([whole(), Buffer.from('\r\n\r\n'), whole('INFO'), whole('BYE')]);
    for (let at = 0; at < octets.length; at += 97) {
      socket.write(octets.subarray(at, at + 97));
      await setImmediate();
    }
    await until(3);
    assert.deepEqual(
      heard.map(({ message }) => message.cseq.method),
      ['OPTIONS', 'INFO', 'BYE'],
    );
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const [first] = heard;
    assert.ok(first);
    transport.answer(writeMessage(answerTo(first.message, 200, { tag: 'x' })), first.source);
    while (!text.includes('200 OK')) await once(socket, 'data');
    assert.match(text, /^\r\n/);
  });

  test('ends a stream that loses its place, and goes on with others', async (t) => {
    const { transport, heard, until } = await opened(t);
    const { port } = transport.addressOf('tcp');
    for (const junk of [
      'a\r\n\r\n'.repeat(11_000),
      'x'.repeat(MESSAGE.head + 1),
      request().toString(),
    ]) {
      const socket = await tcp(t, port);
      socket.on('error', () => {});
      const ended = once(socket, 'close');
      socket.write(junk);
      socket.resume();
      await ended;
    }
    const socket = await tcp(t, port);
    socket.write('\r\n'.repeat(30_000));
    socket.write(whole());
    await until(1);
    assert.equal(heard.length, 1);
  });

  test('uses a connection that it made again, and tells when it cannot make one', async (t) => {
    const { transport, heard, until } = await opened(t);
    const { port } = transport.addressOf('tcp');
    const hop = { transport: 'tcp', address: HERE, port } as const;
    for (const method of ['OPTIONS', 'BYE']) transport.send(whole(method), hop, () => {});
    await until(2);
    assert.equal(heard[0]?.source.connection, heard[1]?.source.connection);
    const failed = Promise.withResolvers<string>();
    transport.send(whole(), { ...hop, port: 1 }, failed.resolve);
    assert.match(await failed.promise, /ECONNREFUSED/);
  });

  test('speaks TLS with a side whose certificate has the wanted name', async (t) => {
    const listen = [{ transport: 'tls', host: HERE, port: 0 }] as const;
    const tls = { cert: CERTIFICATE, key: PRIVATE_KEY, ca: CERTIFICATE };
    const { transport, until } = await opened(t, { listen, tls });
    const hop = { transport: 'tls', address: HERE, port: transport.addressOf('tls').port } as const;
    const failed = Promise.withResolvers<string>();
    transport.send(whole(), { ...hop, server_name: 'other.example.com' }, failed.resolve);
    assert.match(await failed.promise, /altnames/);
    transport.send(whole(), { ...hop, server_name: 'hooks.example.com' }, failed.resolve);
    await until(1);
  });

  test('shows its public address with the bound port', async (t) => {
    const { transport } = await opened(t, { public: { host: '203.0.113.5', port: null } });
    assert.equal(transport.addressOf('udp').host, '203.0.113.5');
    assert.ok(transport.addressOf('udp').port > 0);
  });
});

suite('a stream of SIP', () => {
  test('gives the same messages for every way of cutting it', () => {
    const octets = Buffer.concat([whole(), whole('BYE')]);
    for (let size = 1; size < octets.length; size += 1) {
      const frames = new Frames();
      let count = 0;
      for (let at = 0; at < octets.length; at += size) {
        for (const frame of frames.take(octets.subarray(at, at + size)))
          count += frame.is === 'message' ? 1 : 0;
      }
      assert.equal(count, 2, `pieces of ${size}`);
      assert.ok(!frames.isWithin);
    }
  });

  test('needs Content-Length', () => {
    assert.throws(() => [...new Frames().take(request())], BadMessage);
  });
});
