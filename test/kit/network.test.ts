import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import ipaddr from 'ipaddr.js';
import { networkOf } from '../../src/kit/network.ts';

const ADDRESSES = ['0.0.0.0', '127.0.0.1', '192.0.2.77', '10.255.170.85', '255.255.255.255'];

suite('the network of an address', () => {
  test('of IPv4 has the first bits of the address', () => {
    for (const address of ADDRESSES) {
      for (let ipv4 = 0; ipv4 <= 32; ipv4 += 1) {
        const first = ipaddr.IPv4.networkAddressFromCIDR(`${address}/${ipv4}`).toString();
        assert.equal(networkOf(address, { ipv4, ipv6: 64 }), `${first}/${ipv4}`);
      }
    }
  });

  test('is the same however a socket or a proxy writes the address', () => {
    const bits = { ipv4: 24, ipv6: 48 };
    assert.equal(networkOf('::ffff:192.0.2.77', bits), '192.0.2.0/24');
    assert.equal(networkOf('192.0.2.77', bits), '192.0.2.0/24');
    assert.equal(networkOf('2001:DB8:1:2::3', bits), '2001:db8:1::/48');
    assert.equal(networkOf('a name', bits), 'unknown');
    assert.equal(networkOf(undefined, bits), 'unknown');
  });
});
