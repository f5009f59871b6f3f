import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { LookupError } from '../../kit/resolve.ts';
import { Locator, NoWay } from './locate.ts';

const ADDRESSES: Readonly<Record<string, string[]>> = {
  'a.example': ['198.41.0.4'],
  'b.example': ['199.9.14.201', '10.0.0.9'],
  'inside.example': ['10.0.0.9'],
};

const way = (order: number, service: string, replacement: string, flags = 'S') => ({
  order,
  preference: 10,
  flags,
  service,
  replacement,
});
const WAYS = [
  way(30, 'SIP+D2U', '_sip._udp.nobody.example'),
  way(20, 'SIP+D2T', '_sip._tcp.carrier.example'),
  way(10, 'SIPS+D2T', '_sips._tcp.nobody.example'),
  way(5, 'SIP+D2T', '_sip._tcp.nobody.example', 'U'),
];

function locator(mode: 'development' | 'production', networks?: string[]): Locator {
  const listen = [{ transport: 'udp' }, { transport: 'tcp' }] as const;
  return new Locator(
    { listen, networks },
    {
      mode,
      randomBytes: (size) => Buffer.alloc(size),
      resolve: async (name) => {
        const found = ADDRESSES[name];
        if (found) return found;
        throw new LookupError(`The name ${name} does not exist.`, { is_definite: true });
      },
      resolveWays: async (name) => (name === 'ways.example' ? WAYS : []),
      resolveService: async (name) =>
        name === '_sip._tcp.carrier.example'
          ? [
              { name: 'b.example', port: 5_080, priority: 2, weight: 1 },
              { name: 'a.example', port: 5_070, priority: 1, weight: 1 },
            ]
          : [],
    },
  );
}

async function hopsOf(one: Locator, uri: string, by: 'customer' | 'operator' = 'customer') {
  const hops = await one.locate(uri, { by });
  return hops.map(({ transport, address, port }) => `${transport}:${address}:${port}`);
}

suite('the hops of a target', () => {
  test('come from its service, from its name with a port, or from its address', async () => {
    const one = locator('production');
    assert.deepEqual(await hopsOf(one, 'sip:carrier.example;transport=tcp'), [
      'tcp:198.41.0.4:5070',
      'tcp:199.9.14.201:5080',
    ]);
    assert.deepEqual(await hopsOf(one, 'sip:a.example:5099'), ['udp:198.41.0.4:5099']);
    assert.deepEqual(await hopsOf(one, 'sip:a.example;transport=tls'), ['tls:198.41.0.4:5061']);
    assert.deepEqual(await hopsOf(one, 'sip:199.9.14.201'), ['udp:199.9.14.201:5060']);
  });

  test('come by the first way of the domain that the carrier has opened', async () => {
    const one = locator('production');
    assert.deepEqual(await hopsOf(one, 'sip:ways.example'), [
      'tcp:198.41.0.4:5070',
      'tcp:199.9.14.201:5080',
    ]);
    // An address that names its transport does not ask for ways, and this domain has no host.
    await assert.rejects(
      () => one.locate('sip:ways.example;transport=udp', { by: 'customer' }),
      NoWay,
    );
  });

  test('are public in production, near in development, or in the networks of the operator', async () => {
    const cases = [
      [locator('production'), ['198.41.0.4']],
      [locator('development'), ['127.0.0.1', '10.0.0.9']],
      [locator('production', ['10.0.0.0/8']), ['10.0.0.9']],
      // A host that gives a machine its secrets is opened by its own address alone.
      [locator('production', ['169.0.0.0/8']), []],
      [locator('production', ['169.254.169.254/32']), ['169.254.169.254']],
    ] as const;
    const all = ['198.41.0.4', '127.0.0.1', '10.0.0.9', '169.254.169.254', '224.0.0.1', '0.0.0.0'];
    for (const [one, allowed] of cases) {
      for (const address of all) {
        const hop = await one.hopOf(`sip:${address}`);
        assert.equal(hop !== null, (allowed as readonly string[]).includes(address), address);
      }
    }
    const inside = ['udp:10.0.0.9:5060'];
    assert.deepEqual(await hopsOf(locator('production'), 'sip:inside.example', 'operator'), inside);
  });

  test('are none for a name without an address, another scheme and an unknown transport', async () => {
    const one = locator('production');
    const wrong = ['sip:nobody.example', 'sips:a.example', 'sip:a.example;transport=sctp', 'sip:'];
    for (const uri of [...wrong, 'sip:inside.example']) {
      await assert.rejects(() => one.locate(uri, { by: 'customer' }), NoWay, uri);
    }
  });
});
