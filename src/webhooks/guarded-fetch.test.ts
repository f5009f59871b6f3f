import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { suite, test } from 'node:test';
import { call, httpReceiver, rawReceiver, seen } from '../../test/support/stub-receiver.ts';
import { LookupError } from '../kit/resolve.ts';
import type { Outcome } from './guarded-fetch.ts';

const PRODUCTION = { mode: 'production', publicUrl: 'https://tieline.example.com' } as const;

const phaseOf = (outcome: Outcome) => (outcome.kind === 'failure' ? outcome.phase : outcome.status);
const errorOf = (outcome: Outcome) => (outcome.kind === 'failure' ? outcome.error : '');

suite('a request', () => {
  test('arrives unchanged, and its answer comes back', async () => {
    const arrived: unknown[] = [];
    await using receiver = await httpReceiver(async (request, response) => {
      arrived.push(await seen(request));
      response.writeHead(201, { 'X-Twice': ['a', 'b'] }).end('Thank you');
    });
    const outcome = await call(`http://hooks.example:${receiver.port}/a%20b?x=1'&y=`, {
      method: 'POST',
      headers: { 'Content-Type': 'text/plain', 'X-Twilio-Signature': 'abc' },
      body: 'Grüße',
    });
    assert.ok(outcome.kind === 'response');
    assert.equal(outcome.status, 201);
    assert.equal(outcome.body, 'Thank you');
    assert.equal(outcome.headers['x-twice'], 'a, b');
    assert.deepEqual(arrived, [
      {
        method: 'POST',
        url: '/a%20b?x=1%27&y=',
        headers: {
          host: `hooks.example:${receiver.port}`,
          connection: 'close',
          'content-type': 'text/plain',
          'content-length': '7',
          'x-twilio-signature': 'abc',
        },
        body: 'Grüße',
      },
    ]);
    await receiver.released();
  });

  test('keeps a question mark without a query, and sends no fragment', async () => {
    const paths: unknown[] = [];
    await using receiver = await httpReceiver((request, response) => {
      paths.push(request.url);
      response.end();
    });
    for (const path of ['', '/?', '/a?#f', '#f']) {
      assert.equal(phaseOf(await call(`http://localhost:${receiver.port}${path}`)), 200);
    }
    assert.deepEqual(paths, ['/', '/?', '/a?', '/']);
  });

  test('follows no redirect and uses no proxy', async () => {
    await using other = await httpReceiver((_request, response) => void response.end('the proxy'));
    await using receiver = await httpReceiver((_request, response) => {
      response.writeHead(302, { location: `http://127.0.0.1:${other.port}/` }).end('moved');
    });
    const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY'];
    const before = names.map((name) => process.env[name]);
    for (const name of names) process.env[name] = `http://127.0.0.1:${other.port}`;
    try {
      const outcome = await call(`http://hooks.example:${receiver.port}/`);
      assert.ok(outcome.kind === 'response');
      assert.deepEqual([outcome.status, outcome.body], [302, 'moved']);
      assert.equal(other.sockets.length, 0);
    } finally {
      for (const [at, name] of names.entries()) {
        if (before[at] === undefined) delete process.env[name];
        else process.env[name] = before[at];
      }
    }
  });

  test('tries the next address when one does not answer', async () => {
    await using receiver = await httpReceiver((_request, response) => void response.end());
    const resolve = async () => ['::1', '127.0.0.1'];
    const outcome = await call(`http://hooks.example:${receiver.port}/`, { resolve });
    assert.equal(phaseOf(outcome), 200);
  });
});

suite('a request is refused', () => {
  test('to this machine in production, in any spelling, before it connects', async () => {
    await using receiver = await httpReceiver((_request, response) => void response.end());
    const hosts = `
      127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0x7f.1 017700000001 0177.0.0.1 127.0.0.1.
      127。0。0。1 １２７.0.0.1 %31%32%37.0.0.1 0 0.0.0.0 [::1] [0:0:0:0:0:0:0:1] [::]
      [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [64:ff9b::7f00:1] [2002:7f00:1::]
      localhost LOCALHOST ⓛⓞⓒⓐⓛⓗⓞⓢⓣ localhost. a.localhost 169.254.169.254 [fd00:ec2::254]
    `;
    const policy = { ...PRODUCTION, webhookPorts: [receiver.port] };
    const asked: string[] = [];
    const resolve = async (name: string) => {
      asked.push(name);
      return ['127.0.0.1', '::1'];
    };
    for (const host of hosts.trim().split(/\s+/)) {
      const outcome = await call(`http://${host}:${receiver.port}/`, { policy, resolve });
      assert.equal(phaseOf(outcome), 'refused', host);
    }
    assert.equal(receiver.sockets.length, 0);
    assert.deepEqual(new Set(asked), new Set(['localhost', 'a.localhost']));
  });

  test('when one of several addresses is forbidden', async () => {
    await using receiver = await httpReceiver((_request, response) => void response.end());
    for (const bad of ['10.0.0.1', '::ffff:127.0.0.1', '169.254.169.254', 'fe80::1', 'x', '']) {
      for (const answers of [[bad], ['127.0.0.1', bad], [bad, '127.0.0.1']]) {
        const url = `http://hooks.example:${receiver.port}/`;
        const outcome = await call(url, { resolve: async () => answers });
        assert.equal(phaseOf(outcome), 'refused', bad);
      }
    }
    assert.equal(receiver.sockets.length, 0);
  });

  test('in production with the same words for an internal name and for a missing one', async () => {
    const missing = () => Promise.reject(new LookupError('No such name.', { is_definite: true }));
    const outcomes = [];
    for (const resolve of [async () => ['10.0.0.1'], async () => [], missing]) {
      outcomes.push(await call('http://db.internal.example/', { policy: PRODUCTION, resolve }));
    }
    const [first] = outcomes;
    assert.match(errorOf(first as Outcome), /^db\.internal\.example leads to no public address; /);
    for (const outcome of outcomes) assert.deepEqual(outcome, first);
  });

  test('by the addresses of its name, which is looked up once', async () => {
    await using receiver = await httpReceiver((_request, response) => void response.end());
    const turning = [['127.0.0.1'], ['10.0.0.1'], ['10.0.0.1']];
    const resolve = async () => turning.shift() ?? [];
    const url = `http://hooks.example:${receiver.port}/`;
    assert.equal(phaseOf(await call(url, { resolve })), 200);
    assert.equal(turning.length, 2);
    assert.equal(phaseOf(await call(url, { resolve })), 'refused');
  });

  test('when the connection reaches another address than the checked one', async () => {
    const requests: unknown[] = [];
    await using receiver = await httpReceiver((request) => requests.push(request.url));
    // Judged as one address, and another when it is connected to.
    const answers = Object.assign(['1.1.1.1'], { slice: () => ['127.0.0.1'] });
    const outcome = await call(`http://hooks.example:${receiver.port}/`, {
      policy: { ...PRODUCTION, webhookPorts: [receiver.port] },
      resolve: async () => answers,
    });
    assert.equal(phaseOf(outcome), 'refused');
    await receiver.released();
    assert.deepEqual([receiver.sockets.length, requests], [1, []]);
  });

  test('with a sentence for the developer, when its URL cannot be a receiver', async () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ['nonsense', /not a URL/],
      ['http://', /not a URL/],
      ['ftp://hooks.example/', /http and https/],
      ['file:///etc/passwd', /http and https/],
      ['https://hooks.example:22/', /port 22/],
      ['https://tieline.example.com/2010-04-01/', /this server itself/],
    ];
    for (const [url, sentence] of cases) {
      const outcome = await call(url, { policy: PRODUCTION, resolve: async () => ['1.1.1.1'] });
      assert.equal(phaseOf(outcome), 'refused');
      assert.match(errorOf(outcome), sentence);
    }
  });
});

suite('a user name and a password in the URL', () => {
  const credentials = { username: 'ada', password: 'CANARY-pa:ss wörd' };
  const basic = `Basic ${Buffer.from('ada:CANARY-pa:ss wörd').toString('base64')}`;

  /** A receiver that asks for credentials, and keeps what it was sent. */
  function asking(challenge: string | string[], accept: (line: string, at: string) => boolean) {
    const lines: (string | undefined)[] = [];
    const answer = (request: IncomingMessage, response: ServerResponse) => {
      const line = request.headers.authorization;
      lines.push(line);
      if (line !== undefined && accept(line, request.url ?? '')) return void response.end('in');
      response.writeHead(401, { 'www-authenticate': challenge }).end('who?');
    };
    return { lines, listen: () => httpReceiver(answer) };
  }

  test('are sent on request, and not before', async () => {
    const { lines, listen } = asking('Basic realm="hooks"', (line) => line === basic);
    await using receiver = await listen();
    const url = `http://hooks.example:${receiver.port}/`;
    const outcome = await call(url, { credentials, method: 'POST', body: 'x=1' });
    assert.equal(phaseOf(outcome), 200);
    assert.deepEqual(lines, [undefined, basic]);
    assert.equal(phaseOf(await call(url)), 401);
  });

  test('are proven by digest to a receiver that can check it', async () => {
    for (const [algorithm, hash] of [
      ['MD5', 'md5'],
      ['SHA-256', 'sha256'],
    ] as const) {
      const digest = `Digest realm="hooks", nonce="n0", qop="auth", algorithm=${algorithm}`;
      const { lines, listen } = asking(['Basic realm="hooks"', digest], (line, uri) => {
        const said = new Map([...line.matchAll(/(\w+)="?([^",]*)/g)].map(([, k, v]) => [k, v]));
        const h = (...parts: unknown[]) => createHash(hash).update(parts.join(':')).digest('hex');
        const ha1 = h('ada', 'hooks', credentials.password);
        const expected = h(ha1, 'n0', '00000001', said.get('cnonce'), 'auth', h('POST', uri));
        return said.get('response') === expected && said.get('uri') === uri;
      });
      await using receiver = await listen();
      const url = `http://hooks.example:${receiver.port}/a?b=c`;
      const outcome = await call(url, { credentials, method: 'POST', body: 'x' });
      assert.equal(phaseOf(outcome), 200);
      assert.ok(lines[1]?.startsWith('Digest username="ada"'));
    }
  });

  test('are not sent to a receiver that only mentions them', async () => {
    const lines: unknown[] = [];
    await using receiver = await httpReceiver((request, response) => {
      lines.push(request.headers.authorization);
      response.writeHead(403, { 'www-authenticate': 'Basic' }).end();
    });
    const outcome = await call(`http://hooks.example:${receiver.port}/`, { credentials });
    assert.equal(phaseOf(outcome), 403);
    assert.deepEqual(lines, [undefined]);
  });

  test('that are wrong, or requested by an unknown scheme, are sent no further time', async () => {
    for (const [challenge, requests] of [
      ['Basic realm="hooks"', 2],
      ['Negotiate', 1],
      ['', 1],
    ] as const) {
      const { lines, listen } = asking(challenge, () => false);
      await using receiver = await listen();
      const outcome = await call(`http://hooks.example:${receiver.port}/`, { credentials });
      assert.equal(phaseOf(outcome), 401);
      assert.equal(lines.length, requests);
    }
  });

  test('are never shown in an error', async () => {
    await using closing = await rawReceiver((socket) => void socket.destroy());
    for (const address of [
      `http://ada:CANARY@127.0.0.1:${closing.port}/?CANARY`,
      'http://CANARY:',
    ]) {
      const outcome = await call(address, { credentials });
      assert.notEqual(errorOf(outcome), '');
      assert.doesNotMatch(errorOf(outcome), /CANARY/);
    }
    const refused = await call('http://ada:CANARY@10.0.0.1/', { credentials });
    assert.doesNotMatch(errorOf(refused), /CANARY/);
  });
});
