import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { suite, test } from 'node:test';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { connectTo } from '../../src/intercept/tunnel.ts';
import { readUpstream } from '../../src/intercept/upstream.ts';
import { CERTIFICATE, PRIVATE_KEY } from '../support/self-signed.ts';
import {
  askInside,
  authority,
  ESTABLISHED,
  listening,
  testProxy,
  tunnelTo,
} from './intercepted.ts';

suite('the proxy', { concurrency: true }, () => {
  const bad: readonly (readonly [string, string, number, RegExp])[] = [
    ['no port', 'CONNECT api.twilio.com HTTP/1.1\r\n\r\n', 400, /host and a port/],
    ['port 0', 'CONNECT api.twilio.com:0 HTTP/1.1\r\n\r\n', 400, /host and a port/],
    ['a port that is none', 'CONNECT example.com:65536 HTTP/1.1\r\n\r\n', 400, /host and a port/],
    [
      'a user',
      'CONNECT api.twilio.com:443@evil.example:443 HTTP/1.1\r\n\r\n',
      400,
      /host and a port/,
    ],
    ['an address', 'CONNECT https://api.twilio.com/ HTTP/1.1\r\n\r\n', 400, /host and a port/],
    ['a list', 'CONNECT api.twilio.com:443,evil.example:443 HTTP/1.1\r\n\r\n', 400, /host and a/],
    ['a second line', 'CONNECT api.twilio.com:443\tx HTTP/1.1\r\n\r\n', 400, /no valid HTTP/],
    [
      'a body',
      'CONNECT api.twilio.com:443 HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello',
      400,
      /no body/,
    ],
    [
      'two lengths',
      'CONNECT api.twilio.com:443 HTTP/1.1\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
      /no valid HTTP|no body/,
    ],
    [
      'another port of ours',
      'CONNECT api.twilio.com:9443 HTTP/1.1\r\n\r\n',
      403,
      /443 only, not on 9443/,
    ],
    [
      'port 80 of ours',
      'CONNECT voice.twilio.com.:80 HTTP/1.1\r\n\r\n',
      403,
      /443 only, not on 80/,
    ],
    ['plain HTTP', 'GET http://api.twilio.com/ HTTP/1.1\r\n\r\n', 400, /over HTTPS only/],
    ['a user in it', 'GET http://u:p@example.com/ HTTP/1.1\r\n\r\n', 400, /no user name/],
    [
      'a backslash',
      String.raw`GET http://api.twilio.com\@x/ HTTP/1.1` + '\r\n\r\n',
      400,
      /no valid HTTP/,
    ],
    ['another scheme', 'GET ftp://example.com/ HTTP/1.1\r\n\r\n', 400, /whole address/],
    ['no host', 'GET http:///x HTTP/1.1\r\n\r\n', 400, /name a host/],
    ['a path only', 'GET / HTTP/1.1\r\nHost: api.twilio.com\r\n\r\n', 400, /whole address/],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n\r\n', 400, /no valid HTTP/],
    ['TLS itself', '\u0016\u0003\u0001\u0000\u0005hello\r\n\r\n', 400, /no valid HTTP/],
    ['too much', `GET http://example.com/${'a'.repeat(20_000)} HTTP/1.1\r\n\r\n`, 431, /too long/],
    [
      'too many headers',
      `CONNECT a.example:443 HTTP/1.1\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`,
      431,
      /too/,
    ],
  ];
  for (const [what, bytes, status, sentence] of bad) {
    test(`answers ${what} with ${status} and a sentence`, async () => {
      await using place = await testProxy();
      const answer = await place.talk(bytes);
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.match(answer.split('\r\n\r\n')[1] ?? '', sentence);
      // The proxy goes on for other clients.
      assert.match(await place.talk('GET /\r\n\r\n'), /^HTTP\/1\.1 400 /);
    });
  }

  test('says "Connection established" in the words that PHP looks for, and answers', async () => {
    await using place = await testProxy();
    const answer = await askInside(place, 'api.twilio.com', 'GET /x HTTP/1.1\r\n');
    assert.match(answer, /GET https:\/\/api\.twilio\.com\/x$/);
  });

  test('takes the first bytes of TLS also in the packet of the CONNECT', async () => {
    await using place = await testProxy();
    const socket = connect(place.proxy.port, '127.0.0.1');
    const held: Buffer[] = [];
    const { ca } = await authority;
    // The client's first record is kept and sent together with the request for the tunnel.
    await using sink = await listening(
      createTcpServer((client) => void client.once('data', (first: Buffer) => held.push(first))),
    );
    const client = connectTls({
      port: sink.port,
      servername: 'api.twilio.com',
      ca: ca.certificate,
    });
    client.on('error', () => {});
    while (held.length === 0) await new Promise(setImmediate);
    socket.write(
      Buffer.concat([Buffer.from('CONNECT api.twilio.com:443 HTTP/1.1\r\n\r\n'), ...held]),
    );
    let answer = Buffer.alloc(0);
    for await (const part of socket as AsyncIterable<Buffer>) {
      answer = Buffer.concat([answer, part]);
      if (answer.length > ESTABLISHED.length) break;
    }
    assert.equal(answer.subarray(0, ESTABLISHED.length).toString(), ESTABLISHED);
    assert.equal(answer[ESTABLISHED.length], 0x16, 'a server hello');
    client.destroy();
  });

  test('answers a client without TLS in its tunnel with an explanation', async () => {
    await using place = await testProxy();
    const line = 'CONNECT api.twilio.com:443 HTTP/1.1\r\n\r\n';
    const answer = await place.talk(`${line}GET / HTTP/1.1\r\n\r\n`);
    assert.match(
      answer,
      /^HTTP\/1\.1 200 Connection established\r\n\r\nHTTP\/1\.1 400 .*begin with TLS\.\n$/s,
    );
    assert.equal(await place.talk(line, { end: true }), ESTABLISHED);
  });

  test('passes TLS to other hosts through, unread', async () => {
    await using place = await testProxy();
    await using other = await listening(
      createTlsServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, (socket) => socket.end('hello')),
    );
    const inner = await tunnelTo(place, `127.0.0.1:${other.port}`);
    const client = connectTls({ socket: inner, servername: 'hooks.example.com', ca: CERTIFICATE });
    const [greeting] = await once(client, 'data');
    assert.equal(String(greeting), 'hello');
    assert.equal(client.getPeerCertificate().subject.CN, 'hooks.example.com');
    client.destroy();
  });

  test('passes on the end of one half of a connection, and then the rest of the other', async () => {
    await using place = await testProxy();
    const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
      let text = '';
      socket.on('data', (part) => (text += part));
      socket.on('end', () => socket.end(`heard ${text}`));
    });
    await using other = await listening(server);
    const answer = await place.talk(`CONNECT 127.0.0.1:${other.port} HTTP/1.1\r\n\r\nall of it`, {
      end: true,
    });
    assert.equal(answer, `${ESTABLISHED}heard all of it`);
  });

  test('passes plain requests on without the headers between itself and the client', async () => {
    await using place = await testProxy({ offline: true });
    await using other = await listening(
      createHttpServer((request, response) => {
        response.setHeader('X-Answer', 'yes');
        response.end(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
      }),
    );
    const answer = await place.talk(
      `POST http://127.0.0.1:${other.port}/a?b HTTP/1.1\r\nHost: elsewhere\r\nConnection: close, X-Mine\r\n` +
        'X-Mine: 1\r\nProxy-Authorization: Basic eA==\r\nContent-Length: 2\r\n\r\nhi',
    );
    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(answer, /X-Answer: yes/);
    const [, body = ''] = /POST \/a\?b (\{.*\})/.exec(answer) ?? [];
    const { host, ...rest } = JSON.parse(body);
    assert.equal(host, `127.0.0.1:${other.port}`);
    assert.deepEqual(Object.keys(rest).toSorted(), ['connection', 'content-length']);
  });

  test('answers requests for https addresses that come without CONNECT', async () => {
    await using place = await testProxy({ offline: true });
    const line = (host: string) => `GET https://${host}/v HTTP/1.1\r\nHost: x\r\n`;
    const answer = await place.talk(
      `${line('api.us1.twilio.com')}\r\n${line('voice.twilio.com')}Connection: close\r\n\r\n`,
    );
    assert.match(answer, /GET https:\/\/api\.us1\.twilio\.com\/v/);
    assert.match(answer, /GET https:\/\/voice\.twilio\.com\/v/);
  });

  test('sets no time limit for a host that it reached', async () => {
    await using other = await listening(createTcpServer());
    const socket = await connectTo('127.0.0.1', other.port, null);
    assert.equal(socket.timeout, 0);
    assert.equal(socket.listenerCount('timeout'), 0);
    socket.destroy();
  });

  test('says when a host cannot be reached', async () => {
    await using place = await testProxy();
    const gone = await listening(createTcpServer());
    await gone[Symbol.asyncDispose]();
    const tunnelled = await place.talk(`CONNECT 127.0.0.1:${gone.port} HTTP/1.1\r\n\r\n`);
    assert.match(
      tunnelled,
      /^HTTP\/1\.1 502 [^]*could not reach 127\.0\.0\.1:\d+ \(ECONNREFUSED\)/,
    );
    const forwarded = await place.talk(`GET http://127.0.0.1:${gone.port}/ HTTP/1.1\r\n\r\n`);
    assert.match(forwarded, /^HTTP\/1\.1 502 [^]*ECONNREFUSED/);
  });

  test('names the previous proxy when it cannot be reached', async () => {
    const gone = await listening(createTcpServer());
    await gone[Symbol.asyncDispose]();
    const env = { http_proxy: `http://127.0.0.1:${gone.port}` };
    await using place = await testProxy({ upstream: readUpstream(env) });
    for (const line of ['CONNECT far.example:443', 'GET http://far.example/']) {
      const answer = await place.talk(`${line} HTTP/1.1\r\n\r\n`);
      assert.match(
        answer,
        /^HTTP\/1\.1 502 [^]*proxy 127\.0\.0\.1:\d+, which http_proxy names, .* \(ECONNREFUSED\)/,
      );
    }
  });

  test('goes through the previous proxy with its login', async () => {
    const seen: string[] = [];
    const before = createHttpServer((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers['proxy-authorization']}`);
      response.end('by the proxy');
    });
    before.on('connect', (request: IncomingMessage, socket: Socket) => {
      seen.push(`${request.method} ${request.url} ${request.headers['proxy-authorization']}`);
      socket.end(request.url?.startsWith('no.') ? 'HTTP/1.1 407 No\r\n\r\n' : `${ESTABLISHED}far`);
    });
    await using corporate = await listening(before);
    const env = { HTTPS_PROXY: `http://me:secret@127.0.0.1:${corporate.port}`, NO_PROXY: '.near' };
    await using place = await testProxy({ upstream: readUpstream(env) });
    const far = await place.talk('CONNECT far.example:443 HTTP/1.1\r\n\r\n');
    assert.equal(far, `${ESTABLISHED}far`);
    const refused = await place.talk('CONNECT no.example:443 HTTP/1.1\r\n\r\n');
    assert.match(refused, /^HTTP\/1\.1 502 [^]*answered 407 for no\.example:443/);
    const plain = await place.talk(
      'GET http://far.example/x HTTP/1.1\r\nConnection: close\r\n\r\n',
    );
    assert.match(plain, /by the proxy/);
    const login = `Basic ${Buffer.from('me:secret').toString('base64')}`;
    assert.deepEqual(seen, [
      `CONNECT far.example:443 ${login}`,
      `CONNECT no.example:443 ${login}`,
      `GET http://far.example/x ${login}`,
    ]);
  });
});
