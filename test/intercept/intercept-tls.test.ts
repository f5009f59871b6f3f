import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { connect } from 'node:tls';
import { askInside, authority, type TestProxy, testProxy, tunnelTo } from './intercepted.ts';

const HOST = 'www.twilio.com';

suite('the TLS of intercepted hosts', () => {
  test('a client that closes without an alert counts as one without trust in the CA', async () => {
    await using place = await testProxy();
    const silent = await tlsTo(place);
    await left(silent, place);
    assert.deepEqual(place.notices, [], 'it may come back');
    place.proxy.settle();
    assert.equal(place.notices.length, 1);
    assert.match(place.notices[0] ?? '', /^A program ended its TLS with www\.twilio\.com/);
  });

  test("a browser's spare connection beside a used one does not count", async () => {
    await using place = await testProxy();
    const spare = await tlsTo(place);
    const used = await tlsTo(place);
    used.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    await once(used, 'data');
    await left(spare, place);
    await left(used, place);
    place.proxy.settle();
    assert.deepEqual(place.notices, []);
  });

  test('a client that succeeds afterwards does not count, after any end of its first TLS', async () => {
    for (const first of [silent, distrusting]) {
      await using place = await testProxy();
      await first(place);
      await succeeds(place);
      place.proxy.settle();
      assert.deepEqual(place.notices, [], first.name);
    }
  });

  test('a client with an alert counts, although another client succeeded before', async () => {
    await using place = await testProxy();
    await succeeds(place);
    await distrusting(place);
    place.proxy.settle();
    assert.match(place.notices[0] ?? '', /^A program ended its TLS with www\.twilio\.com/);
  });
});

async function silent(place: TestProxy): Promise<void> {
  await left(await tlsTo(place), place);
}

async function succeeds(place: TestProxy): Promise<void> {
  const answer = await askInside(place, HOST, 'GET / HTTP/1.1\r\n');
  assert.match(answer, /^HTTP\/1\.1 200 /);
}

/** A client that ends its TLS with the alert for an unknown CA. */
async function distrusting(place: TestProxy): Promise<void> {
  const socket = await tunnelTo(place, `${HOST}:443`);
  const client = connect({ socket, servername: HOST });
  const [error] = await once(client, 'error');
  assert.match(String(error.code), /UNABLE_TO_VERIFY/);
  const closed = once(socket, 'close');
  socket.resume();
  await closed;
  await place.talk('GET / HTTP/1.1\r\n\r\n');
}

async function tlsTo(place: TestProxy) {
  const { ca } = await authority;
  const socket = await tunnelTo(place, `${HOST}:443`);
  const client = connect({ socket, servername: HOST, ca: ca.certificate });
  await once(client, 'secureConnect');
  return client;
}

/** Ends a connection and waits until the proxy has closed its side. */
async function left(client: Awaited<ReturnType<typeof tlsTo>>, place: TestProxy): Promise<void> {
  const closed = once(client, 'close');
  client.resume().end();
  await closed;
  // The proxy saw the end first, so an answer from its event loop comes afterwards.
  await place.talk('GET / HTTP/1.1\r\n\r\n');
}
