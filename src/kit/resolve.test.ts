import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { LookupError, openResolver } from './resolve.ts';

/** The answer of a scripted name server: addresses, an error, or silence. */
type Answer = readonly string[] | 'NXDOMAIN' | 'SERVFAIL' | 'silence';
type Script = (name: string, type: 'A' | 'AAAA') => Answer;

const TYPES = { 1: 'A', 28: 'AAAA' } as const;
const CODES = { SERVFAIL: 2, NXDOMAIN: 3 } as const;
const TIMEOUT_MS = 2_000;
/** The time to wait for an answer that never comes. */
const PATIENCE_MS = 200;

/** A real name server on loopback that follows a script. */
async function nameServer(script: Script, timeout_ms = TIMEOUT_MS) {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (query, { port, address }) => {
    const { name, type, end } = readQuestion(query);
    asked.push(`${name} ${type}`);
    const answer = script(name, type);
    if (answer !== 'silence') socket.send(reply(query, end, answer), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    asked,
    address: addressOf(socket),
    resolve: openResolver({ servers: [addressOf(socket)], timeout_ms }),
    [Symbol.asyncDispose]: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
}

function addressOf(socket: Socket): string {
  return `127.0.0.1:${socket.address().port}`;
}

function readQuestion(query: Buffer): { name: string; type: 'A' | 'AAAA'; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const type = TYPES[query.readUInt16BE(at + 1) as keyof typeof TYPES];
  return { name: labels.join('.'), type, end: at + 5 };
}

function reply(query: Buffer, end: number, answer: Exclude<Answer, 'silence'>): Buffer {
  const addresses = typeof answer === 'string' ? [] : answer;
  const head = Buffer.from(query.subarray(0, end));
  const code = typeof answer === 'string' ? CODES[answer] : 0;
  head.writeUInt16BE(0x8180 | code, 2);
  head.writeUInt16BE(addresses.length, 6);
  head.writeUInt16BE(0, 10);
  return Buffer.concat([head, ...addresses.map(record)]);
}

/** A resource record for the asked name, with a time to live of 0. */
function record(address: string): Buffer {
  const bytes = address.includes(':')
    ? Buffer.from(address.split(':').flatMap((part) => [...hex(part)]))
    : Buffer.from(address.split('.').map(Number));
  const head = Buffer.from('c00c00010001000000000000', 'hex');
  head.writeUInt16BE(bytes.length === 4 ? 1 : 28, 2);
  head.writeUInt16BE(bytes.length, 10);
  return Buffer.concat([head, bytes]);
}

function hex(part: string): Buffer {
  return Buffer.from(part.padStart(4, '0'), 'hex');
}

const V6 = '2606:4700:0:0:0:0:0:1';

suite('a host name', () => {
  test('leads to its IPv4 addresses and then its IPv6 addresses', async () => {
    await using server = await nameServer((_name, type) =>
      type === 'A' ? ['1.1.1.1', '10.0.0.1'] : [V6],
    );
    assert.deepEqual(await server.resolve('Hooks.Example.com.'), [
      '1.1.1.1',
      '10.0.0.1',
      '2606:4700::1',
    ]);
    assert.deepEqual(server.asked.toSorted(), ['hooks.example.com A', 'hooks.example.com AAAA']);
  });

  test('with addresses of one kind leads to them, even if the lookup of the other kind fails', async () => {
    for (const other of ['NXDOMAIN', 'SERVFAIL', 'silence', []] as const) {
      const patience = other === 'silence' ? PATIENCE_MS : TIMEOUT_MS;
      const four: Script = (_name, type) => (type === 'A' ? ['1.1.1.1'] : other);
      await using server = await nameServer(four, patience);
      assert.deepEqual(await server.resolve('x.example'), ['1.1.1.1']);
      const sixth: Script = (_name, type) => (type === 'AAAA' ? [V6] : other);
      await using six = await nameServer(sixth, patience);
      assert.deepEqual(await six.resolve('x.example'), ['2606:4700::1']);
    }
  });

  test('is looked up anew each time, because its address can change', async () => {
    let turn = 0;
    await using server = await nameServer((_name, type) =>
      type === 'A' ? [(turn += 1) === 1 ? '1.1.1.1' : '127.0.0.1'] : [],
    );
    assert.deepEqual(await server.resolve('x.example'), ['1.1.1.1']);
    assert.deepEqual(await server.resolve('x.example'), ['127.0.0.1']);
  });

  test('without an address gives an error with the reason', async () => {
    const reasons: readonly (readonly [Answer, RegExp])[] = [
      ['NXDOMAIN', /^The name x\.example does not exist; check its spelling\.$/],
      [[], /^The name x\.example has no address; give it an A or AAAA record\.$/],
      ['SERVFAIL', /^The name x\.example could not be looked up/],
      ['silence', /^The name x\.example could not be looked up; its DNS did not answer\.$/],
    ];
    for (const [answer, message] of reasons) {
      const patience = answer === 'silence' ? PATIENCE_MS : TIMEOUT_MS;
      await using server = await nameServer(() => answer, patience);
      await assert.rejects(server.resolve('x.example'), refused(message));
    }
  });

  test('is given up after the time limit, even if some servers were not asked yet', async () => {
    await using first = await nameServer(() => 'silence');
    await using second = await nameServer(() => 'silence');
    await using third = await nameServer(() => 'silence');
    await using fourth = await nameServer(() => ['1.1.1.1']);
    const servers = [first, second, third, fourth].map(({ address }) => address);
    const resolve = openResolver({ servers, timeout_ms: PATIENCE_MS });
    await assert.rejects(resolve('x.example'), refused(/its DNS did not answer/));
    assert.deepEqual(fourth.asked, []);
  });

  test('that is malformed is not looked up', async () => {
    await using server = await nameServer(() => ['1.1.1.1']);
    for (const name of ['', '.', `${'a.'.repeat(127)}aa`]) {
      await assert.rejects(server.resolve(name), refused(/cannot be a host name/));
    }
    await assert.rejects(server.resolve(`${'a'.repeat(64)}.example`), LookupError);
    assert.deepEqual(server.asked, []);
  });

  test('of this machine is not looked up, and leads to both its addresses', async () => {
    await using server = await nameServer(() => ['1.1.1.1']);
    for (const name of ['localhost', 'LOCALHOST', 'localhost.', 'app.localhost']) {
      assert.deepEqual(await server.resolve(name), ['127.0.0.1', '::1']);
    }
    assert.deepEqual(server.asked, []);
  });
});

function refused(message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof LookupError);
    assert.match(error.message, message);
    return true;
  };
}
