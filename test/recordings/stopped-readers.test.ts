import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { test } from 'node:test';
import { aCaller, aFinishedCall, type Caller } from '../support/calls.ts';
import { onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';

/** Longer than the buffers of a connection hold, as WAV. */
const LONG_SECONDS = 1_200;
/** Longer than the buffers of a stream hold, as MP3. */
const MP3_SECONDS = 120;
/** A time for tests after which a connection that takes nothing is closed. */
const SOON_MS = 100;
const PLACES = 8;

const basicOf = ({ login }: Caller) =>
  `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;

/** @returns the path of a recording, without a suffix */
async function aRecording(app: TestApp, caller: Caller, seconds: number): Promise<string> {
  const Twiml = `<Response><Pause length="${seconds}"/></Response>`;
  await aFinishedCall(app, caller, { Twiml, Record: 'true', TimeLimit: String(seconds) });
  const list = caller.calls.replace(/Calls$/, 'Recordings');
  const { json } = await app.get(`${list}.json`, caller.login);
  return `${list}/${json.recordings[0].sid}`;
}

/** Asks over a connection of its own, and stops reading after the first bytes. */
async function askAndStop(origin: string, path: string, caller: Caller): Promise<Socket> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${basicOf(caller)}\r\n\r\n`,
  );
  const [first] = (await once(socket, 'data')) as [Buffer];
  socket.pause();
  assert.match(first.toString('latin1'), /^HTTP\/1.1 200/);
  return socket;
}

/** The next connection, as the server sees it. */
async function nextConnection(app: TestApp): Promise<Socket> {
  const [socket] = (await once(app.server.server, 'connection')) as [Socket];
  return socket;
}

onEveryEngine('a client that stops reading', (engine) => {
  test('loses its connection, and one that reads on gets the whole file', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const path = await aRecording(app, caller, LONG_SECONDS);
    const origin = await app.listen();
    app.server.server.setTimeout(SOON_MS);
    const accepted = nextConnection(app);
    const stopped = await askAndStop(origin, `${path}.wav`, caller);
    const served = await accepted;
    if (!served.closed) await once(served, 'close');
    assert.ok(served.bytesWritten < LONG_SECONDS * 16_000, 'the file was not made to its end');
    stopped.destroy();
    const whole = await fetch(`${origin}${path}.wav`, {
      headers: { authorization: basicOf(caller) },
    });
    const bytes = await whole.arrayBuffer();
    assert.equal(bytes.byteLength, Number(whole.headers.get('content-length')));
  });

  test('is told from one whose answer takes long to make', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const origin = await app.listen();
    app.server.server.setTimeout(SOON_MS);
    const { database } = app.app;
    const write: typeof database.write = database.write.bind(database);
    const mayWrite = Promise.withResolvers<void>();
    database.write = async (...parts) => {
      await mayWrite.promise;
      return await write(...parts);
    };
    const accepted = nextConnection(app);
    const { hostname, port } = new URL(origin);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /2010-04-01/Accounts/${caller.login.username}.json HTTP/1.1\r\nHost: localhost\r\n` +
        `Authorization: ${basicOf(caller)}\r\nConnection: close\r\nContent-Length: 17\r\n` +
        'Content-Type: application/x-www-form-urlencoded\r\n\r\nFriendlyName=Slow',
    );
    await once(await accepted, 'timeout');
    mayWrite.resolve();
    assert.match(await text(socket), /^HTTP\/1.1 200/);
  });

  test('holds no place for MP3 files that another one needs', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const path = await aRecording(app, caller, MP3_SECONDS);
    const short = await aRecording(app, caller, 3);
    const headers = { authorization: basicOf(caller) };
    const ask = (url: string) =>
      app.server.inject({ method: 'GET', url, headers, payloadAsStream: true });
    const stopped: Readable[] = [];
    for (let place = 0; place < PLACES; place += 1) {
      const { statusCode, stream } = await ask(`${path}.mp3`);
      assert.equal(statusCode, 200);
      stopped.push(stream().on('error', () => {}));
    }
    let reply = await ask(`${short}.mp3`);
    while (reply.statusCode === 503) {
      assert.match(await text(reply.stream()), /Too many MP3 files/);
      reply = await ask(`${short}.mp3`);
    }
    assert.equal(reply.statusCode, 200);
    assert.ok((await buffer(reply.stream())).length > 10_000, 'three seconds of 32 kbit/s');
    // The others go on when their readers do, and are made to their end.
    const [first, ...others] = stopped;
    assert.ok(first?.errored || first?.destroyed, 'the one that stopped first is cut off');
    const bytes = await Promise.all(others.map((other) => buffer(other)));
    for (const { length } of bytes) assert.ok(length > MP3_SECONDS * 3_900);
  });
});
