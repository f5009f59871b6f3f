import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { basic, loginOf, testApp } from '../support/test-app.ts';

const ANSWER_MS = 5_000;

/**
 * Sends bytes over a socket and returns everything that comes back until it closes.
 * @param options `stays`: whether only the server closes the connection
 */
function exchange(port: number, bytes: string, { stays } = { stays: false }): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let received = '';
    socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error(`no end: ${received}`)));
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(received));
    socket.write(Buffer.from(bytes, 'latin1'));
    if (!stays) socket.end();
  });
}

const CLOSE = 'Connection: close\r\n\r\n';

/** Requests that no proxy should pass on, and the statuses of their refusals. */
const REFUSED: Readonly<Record<string, readonly [number, string]>> = {
  'two Host headers': [400, `GET /x.json HTTP/1.1\r\nHost: localhost\r\nHost: b\r\n${CLOSE}`],
  'no Host header': [400, `GET /x.json HTTP/1.1\r\n${CLOSE}`],
  'no Host header where health is asked after': [400, `GET /healthz HTTP/1.1\r\n${CLOSE}`],
  'two Host headers of HTTP/1.0': [
    400,
    `GET /x.json HTTP/1.0\r\nHost: localhost\r\nHost: localhost\r\n\r\n`,
  ],
  'a GET with too large a body': [
    413,
    `GET /x.json HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65537\r\n${CLOSE}abc`,
  ],
  'length and chunks at once': [
    400,
    'POST /x.json HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n' +
      `${CLOSE}0\r\n\r\n`,
  ],
  'two lengths': [
    400,
    `POST /x.json HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 4\r\n${CLOSE}abc`,
  ],
  'an absolute address': [
    404,
    `GET http://a/2010-04-01/x.json HTTP/1.1\r\nHost: localhost\r\n${CLOSE}`,
  ],
  'a packed body': [
    415,
    `POST /x.json HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n${CLOSE}x`,
  ],
  'bytes that are no HTTP': [400, '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n'],
  'a broken escape in the path': [400, `GET /v1/%zz HTTP/1.1\r\nHost: localhost\r\n${CLOSE}`],
  'what nobody expects': [
    417,
    `GET /x.json HTTP/1.1\r\nHost: localhost\r\nExpect: CANARY\r\n${CLOSE}`,
  ],
  'a method that there is not': [400, `CANARY /x.json HTTP/1.1\r\nHost: localhost\r\n${CLOSE}`],
  'a version that there is not': [400, `GET /x.json HTTP/9.9\r\nHost: localhost\r\n${CLOSE}`],
  'the beginning of HTTP/2': [400, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  'a header without a colon': [
    400,
    `GET /x.json HTTP/1.1\r\nHost: localhost\r\nCANARY 1\r\n${CLOSE}`,
  ],
  'a tunnel': [400, `CONNECT localhost:443 HTTP/1.1\r\nHost: localhost\r\n\r\n`],
  'headers without end': [
    431,
    `GET /v1/x HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n${CLOSE}`,
  ],
};

suite('raw requests', () => {
  test('that are ambiguous or broken are refused in the documented form', async () => {
    const config = { mode: 'production', logLevel: 'info' } as const;
    await using app = await testApp({ engine: 'memory', config });
    const port = Number(new URL(await app.listen()).port);
    for (const [what, [status, bytes]] of Object.entries(REFUSED)) {
      const answer = await exchange(port, bytes);
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), `${what}: ${answer}`);
      const body = answer.slice(answer.indexOf('\r\n\r\n') + 4);
      const error = JSON.parse(body) as Record<string, unknown>;
      assert.deepEqual(Object.keys(error).toSorted(), ['code', 'message', 'more_info', 'status']);
      assert.equal(error['status'], status, what);
      const [, id] = /^twilio-request-id: (RQ[0-9a-f]{32})\r$/im.exec(answer) ?? [];
      assert.ok(id !== undefined, `${what}: ${answer}`);
      const lines = app.logLines.filter((line) => line.includes(id));
      assert.equal(lines.length, 1, what);
      const line = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
      assert.deepEqual(
        [line['level'], line['status'], line['address']],
        ['info', status, '127.0.0.1'],
        what,
      );
      if (line['msg'] !== 'request') assert.match(String(line['reason']), /^(?:HPE_\w+|CONNECT)$/);
    }
    assert.ok(!app.logLines.join('').includes('CANARY'));
  });

  test('that end before the answer leave no line in the log', async () => {
    await using app = await testApp({ engine: 'memory', config: { logLevel: 'info' } });
    const port = Number(new URL(await app.listen()).port);
    const socket = connect({ port, host: '127.0.0.1' });
    socket.write('GET /healthz HTTP/1.1\r\nHost: local');
    await once(app.server.server, 'connection');
    socket.resetAndDestroy();
    const next = await exchange(port, `GET /healthz HTTP/1.1\r\nHost: localhost\r\n${CLOSE}`);
    assert.match(next, /^HTTP\/1\.1 200 /);
    assert.deepEqual(app.logLines, []);
    const proxied = connect({ port, host: '127.0.0.1' }).on('error', () => {});
    proxied.write('CONNECT localhost:443 HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(app.server.server, 'connect');
    proxied.resetAndDestroy();
    assert.equal((await app.get('/healthz')).status, 200);
  });

  test('that official clients send are understood', async () => {
    await using app = await testApp({ engine: 'memory' });
    const account = await app.anAccount();
    const port = Number(new URL(await app.listen()).port);
    const path = `/2010-04-01/Accounts/${account.sid}/Keys`;
    const login = `Authorization: ${basic(loginOf(account))}\r\n`;
    const form = 'Content-Type: application/x-www-form-urlencoded\r\n';
    const accepted: Record<string, readonly [number, string]> = {
      'a GET with a content type and no body': [200, `GET ${path}.json HTTP/1.1\r\n${form}`],
      'a GET with the content type of JSON': [
        200,
        `GET ${path}.json HTTP/1.1\r\nContent-Type: application/json\r\n`,
      ],
      'an encoding nobody knows': [
        200,
        `GET ${path}.json HTTP/1.1\r\nAccept-Encoding: utf-8\r\nAccept: application/json\r\n`,
      ],
      'any Accept': [200, `GET ${path}.json HTTP/1.1\r\nAccept: */*\r\n`],
      'a closing slash': [200, `GET ${path}/ HTTP/1.1\r\n`],
      'a POST with nothing in it': [201, `POST ${path}.json HTTP/1.1\r\nContent-Length: 0\r\n`],
      'a POST with spaces as %20': [
        201,
        `POST ${path}.json HTTP/1.1\r\n${form}Content-Length: 18\r\n`,
      ],
    };
    for (const [what, [status, head]] of Object.entries(accepted)) {
      const body = what.includes('%20') ? 'FriendlyName=a%20b' : '';
      const bytes = `${head}Host: localhost\r\n${login}${CLOSE}${body}`;
      const answer = await exchange(port, bytes);
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), `${what}: ${answer}`);
    }
    const { json } = await app.get(`${path}.json`, loginOf(account));
    assert.equal(json.keys[0].friendly_name, 'a b');
    const deleted = await exchange(
      port,
      `DELETE ${path}/${json.keys[0].sid}.json HTTP/1.1\r\nHost: localhost\r\n${login}` +
        `Content-Type: application/json\r\nContent-Length: 2\r\n${CLOSE}{}`,
    );
    assert.match(deleted, /^HTTP\/1\.1 204 /);
    assert.ok(deleted.endsWith('\r\n\r\n'), 'a 204 has no body');
  });

  test('of HTTP/1.0 need no Host on any path', async () => {
    await using app = await testApp({ engine: 'memory' });
    const account = await app.anAccount();
    const port = Number(new URL(await app.listen()).port);
    const login = `Authorization: ${basic(loginOf(account))}\r\n`;
    for (const [path, status] of [
      ['/healthz', 200],
      ['/readyz', 200],
      ['/metrics', 200],
      ['/openapi.json', 200],
      [`/2010-04-01/Accounts/${account.sid}.json`, 200],
      ['/v1/ConnectionPolicies', 200],
      ['/_tieline/clock', 200],
      ['/login', 200],
      ['/demo/style.css', 200],
      ['/nowhere', 404],
      ['http://a/healthz', 200],
    ] as const) {
      for (const more of ['', 'Connection: keep-alive\r\n']) {
        const answer = await exchange(port, `GET ${path} HTTP/1.0\r\n${login}${more}\r\n`);
        assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), `${path}: ${answer}`);
        assert.doesNotMatch(answer, /^transfer-encoding: chunked/im, path);
      }
    }
    const made = await exchange(port, `POST /v1/ByocTrunks HTTP/1.0\r\n${login}\r\n`);
    assert.match(made, /^HTTP\/1\.1 201 /);
  });

  test('that read ignore a body, and leave none on the connection', async () => {
    await using app = await testApp({ engine: 'memory' });
    const account = await app.anAccount();
    const port = Number(new URL(await app.listen()).port);
    const login = `Authorization: ${basic(loginOf(account))}\r\n`;
    const host = 'Host: localhost\r\n';
    const bodies = [
      'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
      'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 10\r\n\r\nPageSize=x',
      'Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx',
      'Transfer-Encoding: chunked\r\n\r\n4\r\nGET \r\n0\r\n\r\n',
      `Content-Length: 65536\r\n\r\n${'x'.repeat(65_536)}`,
    ];
    for (const path of [
      `/2010-04-01/Accounts/${account.sid}/Calls.json`,
      `/2010-04-01/Accounts/${account.sid}.json`,
      '/v1/ByocTrunks',
      '/_tieline/clock',
      '/healthz',
    ]) {
      for (const method of ['GET', 'HEAD']) {
        const asked = bodies.map((body) => `${method} ${path} HTTP/1.1\r\n${host}${login}${body}`);
        const last = `GET /healthz HTTP/1.1\r\n${host}${CLOSE}`;
        const answer = await exchange(port, [...asked, last].join(''), { stays: true });
        const statuses = answer.match(/HTTP\/1\.1 \d+/g);
        assert.deepEqual(statuses, Array(bodies.length + 1).fill('HTTP/1.1 200'), path);
      }
    }
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    const endless = `GET /healthz HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n`;
    const cut = await exchange(port, endless + chunk.repeat(5)).catch(() => '');
    assert.doesNotMatch(cut, /HTTP.*HTTP/s, 'at most one answer');
  });

  test('that are cut off are the client’s fault, and end', async () => {
    await using app = await testApp({ engine: 'memory' });
    const port = Number(new URL(await app.listen()).port);
    const form = 'Content-Type: application/x-www-form-urlencoded\r\n';
    const socket = connect({ port, host: '127.0.0.1' });
    socket.write(
      `POST /v1/ByocTrunks HTTP/1.1\r\nHost: localhost\r\n${form}Content-Length: 9\r\n\r\na=`,
    );
    const metrics = async () => (await app.get('/metrics')).text;
    const until = async (pattern: RegExp): Promise<void> => {
      for (let tries = 0; !pattern.test(await metrics()); tries += 1) {
        assert.ok(tries < 500, await metrics());
        await setTimeout(5);
      }
    };
    await until(/in_flight 2/);
    socket.destroy();
    await until(/in_flight 1/);
    assert.match(await metrics(), /requests_total\{operation="CreateByocTrunk",status="400"\} 1/);
    assert.ok(!app.logLines.join('').includes('the database is not available'));
  });

  test('for a CORS preflight are answered', async () => {
    await using app = await testApp({ engine: 'memory' });
    for (const path of ['/2010-04-01/Accounts.json', '/v1/ConnectionPolicies']) {
      const reply = await app.request('OPTIONS', path, {
        headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST' },
      });
      assert.equal(reply.status, 204);
      assert.equal(reply.headers['access-control-allow-origin'], '*');
      assert.match(reply.headers['access-control-allow-headers'] ?? '', /Authorization/);
      assert.match(reply.headers['access-control-allow-methods'] ?? '', /POST/);
    }
  });
});
