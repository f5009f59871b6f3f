import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { refusedSentence } from '../../src/intercept/targets.ts';
import { askInside, authority, testProxy } from './intercepted.ts';

suite('the proxy, and hosts that Tieline does not have', { concurrency: true }, () => {
  test('answers only for whole names, and --offline refuses the rest with one notice for each', async () => {
    await using place = await testProxy({ offline: true });
    const hosts = ['api.twilio.com.evil.example', 'evil-api.twilio.com.example', 'example.com'];
    for (const host of [...hosts, 'example.com']) {
      const answer = await place.talk(`CONNECT ${host}:443 HTTP/1.1\r\n\r\n`);
      assert.match(answer, /^HTTP\/1\.1 403 [^]*--offline/, host);
    }
    assert.deepEqual(place.notices, hosts.map(refusedSentence));
  });

  test("refuses Twilio's other hosts with --offline inside of TLS, in Twilio's form of errors", async () => {
    await using place = await testProxy({ offline: true });
    const hosts = ['verify.twilio.com', 'xapi.twilio.com', 'api.a.b.c.twilio.com', 'twilio.com'];
    for (const host of hosts) {
      for (const line of [
        'GET /v2/Services HTTP/1.1\r\n',
        'POST / HTTP/1.1\r\nContent-Length: 0\r\n',
      ]) {
        const answer = await askInside(place, host, line);
        assert.match(answer, /^HTTP\/1\.1 403 Forbidden\r\nContent-Type: application\/json\r\n/);
        assert.deepEqual(JSON.parse(answer.split('\r\n\r\n')[1] ?? ''), {
          code: 20403,
          message: `Tieline runs with --offline, and ${host} is not one of its hosts.`,
          more_info: 'https://www.twilio.com/docs/errors/20403',
          status: 403,
        });
      }
    }
    const without = await place.talk(
      'GET https://studio.twilio.com/v2 HTTP/1.1\r\nConnection: close\r\n\r\n',
    );
    assert.match(without, /^HTTP\/1\.1 403 [^]*"code":20403/);
    assert.deepEqual(place.notices, [...hosts, 'studio.twilio.com'].map(refusedSentence));
  });

  for (const [host, port] of [
    ['tls-test.twilio.com', 443],
    ['api.twilio.com', 8443],
  ] as const) {
    test(`answers on ${host}:${port}, the host at which SDKs test their TLS`, async () => {
      for (const offline of [true, false]) {
        await using place = await testProxy({ offline });
        const answer = await askInside(place, host, 'GET / HTTP/1.1\r\n', port);
        assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
        assert.deepEqual(place.notices, []);
      }
    });
  }

  test('recognises a client without a tunnel by the host name in its TLS', async () => {
    await using place = await testProxy({ offline: true });
    assert.equal(place.proxy.wasAsked(), false);
    const { ca } = await authority;
    const ask = async (servername: string) => {
      const client = connectTls({ port: place.proxy.tls_port, servername, ca: ca.certificate });
      client.write(`GET /x HTTP/1.1\r\nHost: ${servername}\r\nConnection: close\r\n\r\n`);
      return String(Buffer.concat(await client.toArray()));
    };
    assert.match(await ask('api.dublin.ie1.twilio.com'), /GET https:\/\/api\.dublin\.ie1/);
    assert.match(await ask('tls-test.twilio.com'), /^HTTP\/1\.1 200 OK/);
    assert.match(await ask('verify.twilio.com'), /^HTTP\/1\.1 403 [^]*"code":20403/);
    await assert.rejects(ask('example.com'), /altnames/);
    assert.equal(place.proxy.wasAsked(), true);
  });
});
