import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { basic } from '../support/test-app.ts';
import { type RunningTieline, startTieline } from '../support/tieline-process.ts';

suite('the end of a server', { concurrency: true }, () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${signal} lets the request under way finish, and frees the port`, async () => {
      using folder = temporaryFolder();
      await using server = await startTieline([], { cwd: folder.path });
      const request = await halfRequest(server);
      server.signal(signal);
      await until(() => server.stderr().includes('closing'));
      request.finish();
      assert.match(await request.answer, /^HTTP\/1\.1 201 /);
      assert.equal((await server.end()).status, 0);
      await listenOnce(server.port);

      await using again = await startTieline([], { cwd: folder.path });
      const accounts = await again.fetch('/2010-04-01/Accounts.json');
      assert.match(await accounts.text(), /Half and half/);
    });
  }

  test('an idle connection does not hold the server up', async () => {
    using folder = temporaryFolder();
    await using server = await startTieline(['--data', ':memory:'], { cwd: folder.path });
    await (await server.fetch('/')).text();
    const silent = connect(server.port, '127.0.0.1');
    await once(silent, 'connect');
    const started = Date.now();
    const { status } = await server.end('SIGTERM');
    assert.equal(status, 0);
    assert.ok(Date.now() - started < 3_000, `it took ${Date.now() - started} ms`);
    silent.destroy();
  });

  test('a second signal ends it at once', async () => {
    using folder = temporaryFolder();
    await using server = await startTieline(['--data', ':memory:'], { cwd: folder.path });
    const request = await halfRequest(server);
    server.signal('SIGINT');
    await until(() => server.stderr().includes('closing'));
    const started = Date.now();
    const { status } = await server.end('SIGTERM');
    assert.equal(status, 1);
    assert.ok(Date.now() - started < 3_000, `it took ${Date.now() - started} ms`);
    request.drop();
  });

  test('a signal right after the start has the same effect', async () => {
    using folder = temporaryFolder();
    await using server = await startTieline(['--data', ':memory:'], { cwd: folder.path });
    assert.equal((await server.end('SIGTERM')).status, 0);
  });
});

/** A request for a subaccount whose end the server has not seen. */
async function halfRequest({ port, developer }: RunningTieline) {
  const form = 'FriendlyName=Half+and+half';
  const head = [
    'POST /2010-04-01/Accounts.json HTTP/1.1',
    `Host: localhost:${port}`,
    `Authorization: ${basic(developer)}`,
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${form.length}`,
    'Expect: 100-continue',
  ];
  const socket = connect(port, '127.0.0.1');
  const answer = textOf(socket);
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  // The server has accepted the request when it asks for the rest.
  await once(socket, 'data');
  socket.write(form.slice(0, 10));
  return {
    answer: answer.then((text) => text.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '')),
    finish: () => void socket.write(form.slice(10)),
    drop: () => void socket.destroy(),
  };
}

async function textOf(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  socket.on('error', () => {});
  await once(socket, 'close');
  return text;
}

async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 10) {
    assert.ok(waited < 5_000, 'waited in vain for a log line');
    await sleep(10);
  }
}

/** @throws when the port is not free. */
async function listenOnce(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  server.close();
}
