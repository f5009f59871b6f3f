import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { suite, test } from 'node:test';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { gzipSync } from 'node:zlib';
import type { Outcome } from '../../src/webhooks/guarded-fetch.ts';
import { CERTIFICATE, PRIVATE_KEY } from '../support/self-signed.ts';
import { call, httpReceiver, rawReceiver, stubReceiver } from '../support/stub-receiver.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const PIECE_MS = 20;
/** The time limit of a request that a hostile receiver would never end. */
const PATIENCE_MS = 1_000;
/** The most bytes in buffers of sockets before a sender notices that nobody reads. */
const BUFFERS_MAX_BYTES = 32 * 1024 * 1024;

/** Sends one piece after the other, as long as the other side reads. */
async function pour(socket: Socket, piece: string, pause_ms = 0): Promise<void> {
  while (!socket.destroyed) {
    await new Promise((resolve) => void socket.write(piece, resolve));
    // The reader runs in this process and must get a turn, also without a pause.
    await (pause_ms > 0 ? setTimeout(pause_ms) : setImmediate());
  }
}

/** Ways in which receivers misbehave after a request. */
const HOSTILE: Readonly<Record<string, (socket: Socket) => unknown>> = {
  'never answers': () => {},
  'hangs up at once': (socket) => socket.destroy(),
  'resets the connection': (socket) => socket.resetAndDestroy(),
  'sends something else than HTTP': (socket) => socket.end('\x16\x03\x01\x02\x00 hello\r\n\r\n'),
  'sends endless lines of headers': (socket) => {
    socket.write(OK);
    return pour(socket, `X-Bomb: ${'x'.repeat(1_000)}\r\n`);
  },
  'sends one endless header': (socket) => {
    socket.write(`${OK}X-Bomb: `);
    return pour(socket, 'x'.repeat(10_000));
  },
  'drips its headers': (socket) => {
    socket.write(`${OK}X-Slow: `);
    return pour(socket, 'x', PIECE_MS);
  },
  'promises an answer without end': (socket) => pour(socket, 'HTTP/1.1 100 Continue\r\n\r\n'),
  'speaks another protocol from here on': (socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n');
    return pour(socket, 'x'.repeat(10_000));
  },
};

/** Ways to misbehave after the headers. Each piece of chunks holds more than is kept of a body. */
const ANSWERED: Readonly<Record<string, readonly [(socket: Socket) => unknown, RegExp]>> = {
  'sends an endless body': [
    (socket) => {
      socket.write(`${OK}\r\n`);
      return pour(socket, 'x'.repeat(10_000));
    },
    /^x{4096}$/,
  ],
  'sends endless chunks': [
    (socket) => {
      socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\n`);
      return pour(socket, '5\r\nhello\r\n'.repeat(1_000));
    },
    /^(hello)+h$/,
  ],
  'drips its body': [
    (socket) => {
      socket.write(`${OK}\r\n`);
      return pour(socket, 'x', PIECE_MS);
    },
    /^x+$/,
  ],
  'stops in the middle of its body': [
    (socket) => socket.write(`${OK}Content-Length: 100\r\n\r\nhalf`),
    /^half$/,
  ],
  'breaks off in the middle of its body': [
    (socket) => socket.end(`${OK}Content-Length: 100\r\n\r\nhalf`),
    /^half$/,
  ],
  'breaks a chunk off': [
    (socket) => socket.end(`${OK}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzzz\r\n`),
    /^half$/,
  ],
};

const phaseOf = (outcome: Outcome) => (outcome.kind === 'failure' ? outcome.phase : outcome.status);
const errorOf = (outcome: Outcome) => (outcome.kind === 'failure' ? outcome.error : '');

/** Calls a receiver that misbehaves after the request. Its connection must be closed. */
async function callHostile(misbehave: (socket: Socket) => unknown): Promise<Outcome> {
  await using receiver = await rawReceiver((socket) => {
    socket.once('data', () => void misbehave(socket));
  });
  const url = `http://127.0.0.1:${receiver.port}/`;
  const outcome = await call(url, { read_ms: PATIENCE_MS, total_ms: PATIENCE_MS });
  await receiver.released();
  for (const socket of receiver.sockets) assert.ok(socket.bytesWritten < BUFFERS_MAX_BYTES);
  return outcome;
}

suite('a receiver', { concurrency: true }, () => {
  for (const [name, misbehave] of Object.entries(HOSTILE)) {
    test(`that ${name} is a failure, and its connection is closed`, async () => {
      const outcome = await callHostile(misbehave);
      assert.equal(phaseOf(outcome), 'read', JSON.stringify(outcome));
      assert.match(errorOf(outcome), /^(127\.0\.0\.1|The request to 127\.0\.0\.1) .*\.$/);
    });
  }

  for (const [name, [misbehave, beginning]] of Object.entries(ANSWERED)) {
    test(`that ${name} has answered, and its connection is closed`, async () => {
      const outcome = await callHostile(misbehave);
      assert.ok(outcome.kind === 'response', JSON.stringify(outcome));
      assert.equal(outcome.status, 200);
      assert.match(outcome.body, beginning);
    });
  }

  test('may send 16 KiB of headers and no more', async () => {
    await using receiver = await httpReceiver((request, response) => {
      response.setHeader('X-Long', 'x'.repeat(request.url === '/more' ? 16_384 : 15_000)).end();
    });
    assert.equal(phaseOf(await call(`http://127.0.0.1:${receiver.port}/`)), 200);
    const outcome = await call(`http://127.0.0.1:${receiver.port}/more`);
    assert.match(errorOf(outcome), /more than 16 KiB of headers; send fewer/);
  });

  test('may send an archive of gigabytes, which is not unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(16 * 1024 * 1024));
    await using receiver = await httpReceiver((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    });
    const outcome = await call(`http://127.0.0.1:${receiver.port}/`);
    assert.ok(outcome.kind === 'response');
    assert.ok(outcome.body.startsWith('\x1f'));
    assert.ok(outcome.body.length <= 4_096);
    await receiver.released();
  });

  test('may send bytes that are not text, of which any database can keep the record', async () => {
    for (const [bytes, text] of [
      [Buffer.from('a\0b'), 'a\uFFFDb'],
      [Buffer.from([0x61, 0xff, 0x62]), 'a\uFFFDb'],
      [Buffer.from(`${'x'.repeat(4_095)}ä`), 'x'.repeat(4_095)],
      [Buffer.alloc(0), ''],
    ] as const) {
      await using receiver = await httpReceiver((_request, response) => void response.end(bytes));
      const outcome = await call(`http://127.0.0.1:${receiver.port}/`);
      assert.ok(outcome.kind === 'response');
      assert.equal(outcome.body, text);
      assert.ok(outcome.body.isWellFormed());
    }
  });

  test('that asks for a password and then hangs has the same time as others', async () => {
    await using receiver = await httpReceiver((request, response) => {
      if (request.headers.authorization === undefined) {
        response.writeHead(401, { 'www-authenticate': 'Basic' }).end();
      }
    });
    const outcome = await call(`http://127.0.0.1:${receiver.port}/`, {
      credentials: { username: 'ada', password: 'pw' },
      total_ms: PATIENCE_MS,
    });
    assert.equal(phaseOf(outcome), 'read');
    assert.match(errorOf(outcome), /did not answer within 1000 ms/);
    await receiver.released();
  });
});

suite('a receiver that cannot be reached', () => {
  test('is a failure to connect, with a sentence that says what to do', async () => {
    const gone = await httpReceiver(() => {});
    await gone[Symbol.asyncDispose]();
    const outcome = await call(`http://hooks.example:${gone.port}/`);
    assert.deepEqual(outcome, {
      kind: 'failure',
      phase: 'connect',
      error: 'hooks.example refused the connection; check that it runs and listens on this port.',
      // The phase says everything.
      cause: null,
    });
  });

  test('because its name has no address is one too', async () => {
    const resolves: (() => Promise<string[]>)[] = [
      async () => [],
      () => Promise.reject(new Error('CANARY')),
      () => new Promise(() => {}),
    ];
    for (const resolve of resolves) {
      const outcome = await call('http://hooks.example/', { resolve, connect_ms: PATIENCE_MS });
      assert.equal(phaseOf(outcome), 'connect');
      assert.match(errorOf(outcome), /hooks\.example/);
      assert.doesNotMatch(errorOf(outcome), /CANARY/);
    }
  });

  test('because its TLS never begins is one too', async () => {
    await using receiver = await rawReceiver(() => {});
    const url = `https://hooks.example:${receiver.port}/`;
    const outcome = await call(url, { connect_ms: PATIENCE_MS });
    assert.equal(phaseOf(outcome), 'connect');
    assert.match(errorOf(outcome), /^No connection to hooks\.example within 1000 ms/);
    await receiver.released();
  });

  test('because it speaks no TLS, or only TLS, is named so', async () => {
    await using plain = await httpReceiver((_request, response) => void response.end());
    const outcome = await call(`https://hooks.example:${plain.port}/`);
    assert.equal(phaseOf(outcome), 'connect');
    assert.match(errorOf(outcome), /does not speak TLS on this port; use http/);
    await using secure = await tlsReceiver();
    const other = await call(`http://hooks.example:${secure.port}/`);
    assert.equal(phaseOf(other), 'read');
  });
});

suite('a certificate', () => {
  test('without a trusted signer is refused, with any environment variables', async () => {
    await using receiver = await tlsReceiver();
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      const outcome = await call(`https://hooks.example.com:${receiver.port}/`);
      assert.equal(phaseOf(outcome), 'connect');
      assert.match(errorOf(outcome), /a certificate that no known authority signed/);
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    }
  });

  test('is checked against the name, although the connection goes to an address', async () => {
    await using receiver = await tlsReceiver();
    const before = getCACertificates('default');
    setDefaultCACertificates([...before, CERTIFICATE]);
    try {
      const outcome = await call(`https://hooks.example.com:${receiver.port}/`);
      assert.ok(outcome.kind === 'response', JSON.stringify(outcome));
      assert.equal(outcome.body, 'hooks.example.com');
      for (const host of ['other.example.com', '127.0.0.1']) {
        const other = await call(`https://${host}:${receiver.port}/`);
        assert.equal(phaseOf(other), 'connect');
        assert.match(errorOf(other), /a certificate for another name/);
      }
    } finally {
      setDefaultCACertificates(before);
    }
  });
});

/** A receiver that answers with the host name of the TLS handshake. */
function tlsReceiver() {
  const options = { key: PRIVATE_KEY, cert: CERTIFICATE };
  return stubReceiver(
    createHttpsServer(options, (request, response) => {
      const socket = request.socket as { servername?: string | false };
      response.end(String(socket.servername));
    }),
  );
}

// A network namespace for this test, in which these addresses lead to this machine.
const OWN_NETWORK = ['unshare', ['--map-root-user', '--net', 'sh', '-ec']] as const;
const ADDRESSES = ['1.1.1.1', '2606:4700::1', '10.20.0.1', '10.21.0.1', '169.254.169.254'];
const BRING_UP = ['ip link set lo up', ...ADDRESSES.map((one) => `ip addr add ${one} dev lo`)];

function inOwnNetwork(commands: readonly string[]) {
  const [program, parameters] = OWN_NETWORK;
  return spawnSync(program, [...parameters, commands.join('\n')], { encoding: 'utf8' });
}

if (inOwnNetwork(BRING_UP).status === 0) {
  test('in production, public addresses and named networks are called and no others', () => {
    const program = `${process.execPath} test/process/call-public-addresses.ts`;
    const { stdout, stderr } = inOwnNetwork([...BRING_UP, `exec ${program}`]);
    assert.deepEqual(JSON.parse(stdout || JSON.stringify(stderr)), {
      'http://1.1.1.1/': 200,
      'http://[2606:4700::1]/': 200,
      'http://public.example/': 200,
      'http://1.1.1.1:8080/': 'refused',
      'http://127.0.0.1/': 'refused',
      'http://[::1]/': 'refused',
      'http://mixed.example/': 'refused',
      'http://10.20.0.1/': 200,
      'http://[::ffff:10.20.0.1]/': 200,
      'http://private.example/': 200,
      'http://10.21.0.1/': 'refused',
      'http://both.example/': 'refused',
      'http://169.254.169.254/': 'refused',
    });
  });
}
