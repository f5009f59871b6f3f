import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, statSync, truncateSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROGRAM } from '../support/program/program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ENGINES } from '../support/test-app.ts';
import { runTieline, startTieline } from '../support/tieline-process.ts';
import { emptyPlace } from './place.ts';

/** Docker kills a process ten seconds after SIGTERM. */
const KILLED_AFTER_MS = 10_000;
/** The exit status for a disk that did not keep written data. */
const DISK_FAILED = 74;
const PATIENCE_MS = 15_000;
/** Options that make `strace` change answers of calls without a trace. */
const NO_TRACE = ['-o', '/dev/null', '-e', 'trace=fsync,fdatasync'];

suite('a server', { concurrency: 4 }, () => {
  test('ends in time after SIGTERM, although a receiver hangs', async () => {
    using folder = temporaryFolder();
    const called = Promise.withResolvers<void>();
    const receiver = createServer(() => called.resolve()).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    await using server = await startTieline([], { cwd: folder.path });
    const { port } = receiver.address() as { port: number };
    await server.fetch(`/2010-04-01/Accounts/${server.developer.username}/Messages.json`, {
      method: 'POST',
      body: new URLSearchParams({
        To: '+14155550100',
        From: await aNumber(server),
        Body: 'x',
        StatusCallback: `http://127.0.0.1:${port}/`,
      }),
      headers: { authorization: basicOf(server) },
    });
    await called.promise;
    const started = Date.now();
    assert.equal((await server.end('SIGTERM')).status, 0);
    assert.ok(Date.now() - started < KILLED_AFTER_MS);
    receiver.closeAllConnections();
    receiver.close();
  });

  test('ends with a special status when the disk does not keep written data', async () => {
    using folder = temporaryFolder();
    const inject = 'inject=fsync,fdatasync:error=EIO:when=60+';
    const command = [
      process.env['TEST_STRACE'] ?? 'strace',
      '-f',
      '-qq',
      ...NO_TRACE,
      '-e',
      inject,
      process.execPath,
      PROGRAM,
    ] as const;
    // strace counts the calls of each thread, and the commits wait for the disk in threads for files.
    const env = { UV_THREADPOOL_SIZE: '1' };
    await using server = await startTieline([], { cwd: folder.path, env, command: [...command] });
    const statuses: number[] = [];
    for (let number = 0; number < 100; number += 1) {
      const reply = await server
        .fetch('/2010-04-01/Accounts.json', {
          method: 'POST',
          body: new URLSearchParams({ FriendlyName: `${number}` }),
          headers: { authorization: basicOf(server) },
        })
        .catch(() => null);
      if (!reply) break;
      statuses.push(reply.status);
    }
    assert.equal((await server.end()).status, DISK_FAILED, statuses.join());
    assert.match(server.stderr(), /the disk did not keep what was written/);
    // Answered writes are stored.
    await using again = await startTieline([], { cwd: folder.path });
    const list = await again.fetch('/2010-04-01/Accounts.json?PageSize=1000');
    const { accounts } = (await list.json()) as { accounts: { friendly_name: string }[] };
    const names = new Set(accounts.map(({ friendly_name }) => friendly_name));
    for (const [number, status] of statuses.entries()) {
      if (status === 201) assert.ok(names.has(`${number}`), `account ${number} was answered`);
    }
  });

  test('is not ready when its data file was damaged, and says so', async () => {
    using folder = temporaryFolder();
    await using server = await startTieline(['--data', 'd'], { cwd: folder.path });
    assert.equal((await server.fetch('/readyz')).status, 200);
    const file = openSync(folder.at('d/tieline.db'), 'r+');
    writeSync(file, Buffer.alloc(4_096, 1), 0, 4_096, 0);
    closeSync(file);
    const answer = await server.fetch('/readyz');
    assert.equal(answer.status, 503);
    assert.match(await answer.text(), /the data file is damaged: restore a backup/);
  });

  test('treats an emptied data file as lost data and not as a new world', async () => {
    using folder = temporaryFolder();
    const at = { cwd: folder.path };
    await using server = await startTieline(['--data', 'd'], at);
    await server.end('SIGTERM');
    truncateSync(folder.at('d/tieline.db'), 0);
    for (const command of [['serve', '--port', '0'], ['migrate'], ['accounts', 'list']]) {
      const { status, stderr, stdout } = await runTieline([...command, '--data', 'd'], at);
      assert.equal(status, 2, stderr);
      assert.match(
        stderr,
        /^tieline: (.*tieline\.db is empty, but|There is no data in d)[^\n]*\n$/,
      );
      assert.equal(stdout, '');
    }
  });

  test('makes its files readable for its own user only, in any folder', async () => {
    using folder = temporaryFolder();
    execFileSync('mkdir', ['-m', '777', folder.at('d')]);
    await using server = await startTieline(['--data', 'd'], { cwd: folder.path });
    assert.equal((await server.fetch('/readyz')).status, 200);
    for (const name of ['tieline.db', 'tieline.db-wal', 'tieline.db-shm', 'writer.lock']) {
      assert.equal(statSync(folder.at(`d/${name}`)).mode & 0o777, 0o600, name);
    }
  });

  test('closes a connection whose headers or body stay half sent', async () => {
    using folder = temporaryFolder();
    await using server = await startTieline(['--data', ':memory:'], { cwd: folder.path });
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Half: ');
    let answer = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
    });
    const late = setTimeout(() => socket.destroy(new Error('late')), PATIENCE_MS);
    await once(socket, 'close');
    clearTimeout(late);
    assert.match(answer, /^HTTP\/1\.1 408 /);
    const [, id = 'none'] = /^twilio-request-id: (RQ[0-9a-f]{32})\r$/im.exec(answer) ?? [];
    await until(() => server.stderr().includes(id), server.stderr);
    const line =
      server
        .stderr()
        .split('\n')
        .find((text) => text.includes(id)) ?? '';
    assert.match(line, /"status":408,"reason":"ERR_HTTP_REQUEST_TIMEOUT","address":"127\.0\.0\.1"/);
  });

  test('says that it has no free file descriptors, and goes on when it has some again', async () => {
    using folder = temporaryFolder();
    const command = ['prlimit', '--nofile=48', process.execPath, PROGRAM] as const;
    await using server = await startTieline(['--data', ':memory:'], {
      cwd: folder.path,
      command: [...command],
    });
    const sockets = Array.from({ length: 80 }, () =>
      connect(server.port, '127.0.0.1').on('error', () => {}),
    );
    await until(() => /EMFILE|file descriptors/.test(server.stderr()), server.stderr);
    for (const socket of sockets) socket.destroy();
    await sleep(200);
    assert.equal((await server.fetch('/healthz')).status, 200);
  });

  test('started by npm ends when npm is killed', async () => {
    using folder = temporaryFolder();
    // A process named npm, with a shell below it, like npm.
    const script = `"${process.execPath}" "${PROGRAM}" serve --port 0 --data :memory: & wait`;
    const npm = spawn(
      process.execPath,
      [
        '-e',
        `require('child_process').spawn('sh',['-c',${JSON.stringify(script)}],{stdio:'inherit'});setInterval(()=>{},1e6)`,
        'npm',
      ],
      {
        cwd: folder.path,
        argv0: 'npm exec tieline serve',
        env: { ...process.env, npm_command: 'exec' },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let said = '';
    npm.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await until(
      () => /Tieline serves/.test(said),
      () => said,
    );
    const origin = /Tieline serves (\S+)/.exec(said)?.[1] ?? '';
    assert.equal((await fetch(`${origin}/healthz`)).status, 200);
    npm.kill('SIGKILL');
    await until(
      () =>
        fetch(`${origin}/healthz`).then(
          () => false,
          () => true,
        ),
      () => 'the server outlives npm',
    );
  });

  if (ENGINES.includes('postgres')) {
    test('starts with three others at once on an empty PostgreSQL', async () => {
      using folder = temporaryFolder();
      await using place = await emptyPlace('postgres', 'data');
      const at = { cwd: folder.path, env: { TIELINE_DATA: place.data, TIELINE_SECRET_KEY: KEY } };
      const servers = await Promise.all(Array.from({ length: 4 }, () => startTieline([], at)));
      const developers = new Set(servers.map(({ developer }) => developer.username));
      assert.equal(developers.size, 1);
      for (const server of servers) {
        assert.equal((await server.fetch('/2010-04-01/Accounts.json')).status, 200);
        assert.equal((await server.end('SIGTERM')).status, 0);
      }
    });
  }
});

const KEY = Buffer.alloc(32, 7).toString('base64');

type Server = Awaited<ReturnType<typeof startTieline>>;

const basicOf = ({ developer }: Server) =>
  `Basic ${btoa(`${developer.username}:${developer.password}`)}`;

async function aNumber(server: Server): Promise<string> {
  const path = `/2010-04-01/Accounts/${server.developer.username}/IncomingPhoneNumbers.json`;
  const made = await server.fetch(path, {
    method: 'POST',
    body: new URLSearchParams({ AreaCode: '415' }),
    headers: { authorization: basicOf(server) },
  });
  const { phone_number } = (await made.json()) as { phone_number: string };
  return phone_number;
}

async function until(holds: () => boolean | Promise<boolean>, tell: () => string): Promise<void> {
  for (let waited = 0; !(await holds()); waited += 50) {
    assert.ok(waited < PATIENCE_MS, tell());
    await sleep(50);
  }
}
