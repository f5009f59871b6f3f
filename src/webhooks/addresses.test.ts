import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isLoopbackAddress } from '../kit/loopback.ts';
import { isPublicAddress, type ReceiverPolicy, refuseAddress, refuseUrl } from './addresses.ts';

/** One address or both ends of every special range, and addresses that are not allocated. */
const NOT_PUBLIC = `
  0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1
  127.255.255.255 169.254.0.1 169.254.169.254 172.16.0.0 172.31.255.255 192.0.0.1 192.0.0.170
  192.0.0.255 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.0 192.168.255.255
  168.63.129.16 192.175.48.1 198.18.0.0 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255
  240.0.0.0 255.255.255.254 255.255.255.255
  :: ::1 ::2 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 ::ffff:0:8.8.8.8
  64:ff9b::127.0.0.1 64:ff9b::8.8.8.8 64:ff9b:1::1 100::1 100:0:0:1::1 2001::1 2001:1::1 2001:2::1
  2001:3::1 2001:4:112::1 2001:10::1 2001:20::1 2001:30::1 2001:1ff::1 2001:db8::1 2002:7f00:1::
  2002:808:808::1 2620:4f:8000::1 3fff::1 3fff:fff::1 4000::1 5f00::1 8000::1 c000::1 fc00::1
  fd00:ec2::254 fdff::1 fe80::1 fe80::1%lo febf::1 fec0::1 feff::1 ff02::1 ff0e::1
  2606:4700::1111%lo
`;

const PUBLIC = `
  1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0
  169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.167.255.255 192.169.0.0 198.17.255.255
  198.20.0.0 223.255.255.255 2001:200::1 2001:4860:4860::8888 2003::1 2606:4700:4700::1111
  2a00:1450::1 3ffe::1
`;

/** Spellings of addresses that only a URL may hold, and texts that are no address. */
const NO_ADDRESSES = [
  '',
  'localhost',
  '127.1',
  '0x7f000001',
  '017700000001',
  '2130706433',
  '1.1.1',
];

const words = (text: string) => text.trim().split(/\s+/);

suite('an address', () => {
  test('is public unless it is in a special range', () => {
    for (const address of words(NOT_PUBLIC)) assert.ok(!isPublicAddress(address), address);
    for (const address of words(PUBLIC)) assert.ok(isPublicAddress(address), address);
    for (const address of NO_ADDRESSES) assert.ok(!isPublicAddress(address), address);
  });

  test('belongs to this machine only in 127.0.0.0/8 or as ::1', () => {
    const loopback = words(NOT_PUBLIC).filter((address) => isLoopbackAddress(address));
    assert.deepEqual(loopback, ['127.0.0.1', '127.255.255.255', '::1']);
    for (const address of [...words(PUBLIC), ...NO_ADDRESSES]) {
      assert.ok(!isLoopbackAddress(address), address);
    }
  });
});

suite('a webhook', () => {
  const production: ReceiverPolicy = {
    mode: 'production',
    publicUrl: 'https://tieline.example.com',
    webhookPorts: [],
    webhookNetworks: [],
  };
  const development: ReceiverPolicy = { ...production, mode: 'development', publicUrl: null };
  const to = (port: number) => ({ host: 'hooks.example.com', port });

  test('goes to ports 80 and 443 and to ports that the operator adds', () => {
    const more = { ...production, webhookPorts: [8443] };
    assert.equal(refuseAddress(production, to(80), '1.1.1.1'), null);
    assert.equal(refuseAddress(production, to(443), '1.1.1.1'), null);
    assert.equal(refuseAddress(more, to(8443), '1.1.1.1'), null);
    assert.equal(
      refuseAddress(production, to(8443), '1.1.1.1'),
      'Webhooks are not sent to port 8443; the receiver can listen on 80 or 443.',
    );
    assert.match(refuseAddress(more, to(22), '1.1.1.1') ?? '', /port 22; .* 80 or 443 or 8443\.$/);
    assert.match(refuseAddress(development, to(8443), '1.1.1.1') ?? '', /port 8443/);
    assert.match(refuseUrl(production, new URL('https://x.example:22')) ?? '', /port 22/);
  });

  test('goes to this machine in development only, and then to any port', () => {
    for (const address of ['127.0.0.1', '127.9.9.9', '::1']) {
      assert.equal(refuseAddress(development, to(4567), address), null);
      assert.match(refuseAddress(production, to(80), address) ?? '', /only to public addresses\.$/);
    }
    for (const address of ['10.0.0.1', '0.0.0.0', '::ffff:127.0.0.1', '169.254.169.254']) {
      for (const policy of [development, production]) {
        const refused = refuseAddress(policy, to(80), address) ?? '';
        assert.match(refused, /^hooks\.example\.com leads to a forbidden address/);
        assert.ok(!refused.includes(address), 'it does not tell what is inside');
      }
    }
  });

  test('goes to networks that the operator names, and to secrets of a cloud only by their one address', () => {
    const webhookNetworks = ['10.20.0.0/16', '100.64.0.0/10', '127.0.0.1/32', 'fd00::/8'];
    const named = `10.20.0.1 10.20.255.255 ::ffff:10.20.0.1 ::ffff:a14:1 100.64.0.1 127.0.0.1 fd00::1 1.1.1.1`;
    const other = `10.21.0.0 10.19.255.255 ::ffff:10.21.0.1 ::10.20.0.1 64:ff9b::a14:1 2002:a14:1::
      127.0.0.2 ::1 fe80::1 fd00::1%eth0 100.100.100.200 169.254.169.254 fd00:ec2::254 fd20:ce::254
      168.63.129.16 0.0.0.0 :: x`;
    for (const mode of ['development', 'production'] as const) {
      const open = { ...production, mode, webhookNetworks };
      for (const address of words(named)) {
        assert.equal(refuseAddress(open, to(80), address), null, address);
      }
      for (const address of words(other)) {
        if (mode === 'development' && isLoopbackAddress(address)) continue;
        const refused = refuseAddress(open, to(80), address) ?? '';
        assert.match(refused, /only to public addresses and the operator's networks/, address);
        assert.ok(address === 'x' || !refused.includes(address), 'it does not tell what is inside');
      }
      assert.match(refuseAddress(open, to(8443), '10.20.0.1') ?? '', /not sent to port 8443/);
    }
    const secrets = [
      '169.254.169.254',
      '::ffff:169.254.169.254',
      '100.100.100.200',
      'fd00:ec2::254',
    ];
    const wide = ['169.254.0.0/16', '100.100.0.0/16', 'fd00:ec2::/32'];
    const exact = ['169.254.169.254/32', '100.100.100.200/32', 'fd00:ec2::254/128'];
    for (const address of secrets) {
      const refusedBy = (networks: string[]) =>
        refuseAddress({ ...production, webhookNetworks: networks }, to(80), address) !== null;
      assert.deepEqual([refusedBy(wide), refusedBy(exact)], [true, false], address);
    }
  });

  test('in production does not go to the server itself', () => {
    for (const url of [
      'https://tieline.example.com/',
      'http://TIELINE.example.com/2010-04-01/',
      'https://tieline.example.com./',
      'https://tieline.example.com../',
      'https://t%69eline.example.com/',
    ]) {
      assert.match(refuseUrl(production, new URL(url)) ?? '', /this server itself/, url);
    }
    assert.equal(refuseUrl(production, new URL('https://app.tieline.example.com')), null);
    assert.equal(
      refuseUrl(
        { ...production, mode: 'development' as const },
        new URL('https://tieline.example.com'),
      ),
      null,
    );
  });

  test('uses http and https only', () => {
    for (const url of ['ftp://x.example', 'file:///etc/passwd', 'data:,x', 'ws://x.example']) {
      for (const policy of [development, production]) {
        assert.match(refuseUrl(policy, new URL(url)) ?? '', /http and https/, url);
      }
    }
  });
});
