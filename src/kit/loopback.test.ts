import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  isLocalhost,
  isLoopbackAddress,
  isLoopbackHost,
  isLoopbackPeer,
  LOCALHOST_ADDRESSES,
  LOOPBACK_HOST,
} from './loopback.ts';

const LOOPBACK = [...LOCALHOST_ADDRESSES, '127.0.0.53', '127.255.255.255'];
const OTHERS = ['', '0.0.0.0', '::', '10.0.0.1', '126.255.255.255', '128.0.0.1', '::2', '127.1'];

suite('this machine', () => {
  test('has the addresses of 127.0.0.0/8 and ::1, for webhooks, peers and programs alike', () => {
    for (const address of LOOPBACK) {
      assert.ok(isLoopbackAddress(address), address);
      assert.ok(isLoopbackPeer(address), address);
      assert.ok(LOOPBACK_HOST.test(address), address);
      assert.ok(isLoopbackHost(address.includes(':') ? `[${address}]` : address), address);
    }
    for (const address of OTHERS) {
      assert.ok(!isLoopbackAddress(address), address);
      assert.ok(!isLoopbackPeer(address), address);
      assert.ok(!LOOPBACK_HOST.test(address), address);
      assert.ok(!isLoopbackHost(address), address);
    }
  });

  test('has a mapped address only as the peer of a socket', () => {
    assert.ok(isLoopbackPeer('::ffff:127.0.0.1'));
    assert.ok(!isLoopbackPeer('::ffff:10.0.0.1'));
    assert.ok(!isLoopbackAddress('::ffff:127.0.0.1'));
    assert.ok(!LOOPBACK_HOST.test('::ffff:127.0.0.1'));
  });

  test('is named localhost, and names below it count only when this program resolves them', () => {
    for (const name of ['localhost', 'app.localhost']) {
      assert.ok(isLocalhost(name), name);
      assert.ok(isLoopbackHost(`${name.toUpperCase()}.:8080`), name);
    }
    assert.ok(LOOPBACK_HOST.test('localhost'));
    assert.ok(!LOOPBACK_HOST.test('app.localhost'));
    for (const name of ['notlocalhost', 'localhost.example.com']) {
      assert.ok(!isLocalhost(name), name);
      assert.ok(!isLoopbackHost(name), name);
      assert.ok(!LOOPBACK_HOST.test(name), name);
    }
  });
});
