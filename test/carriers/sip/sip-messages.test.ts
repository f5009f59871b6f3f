import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  readOneParty,
  readParties,
  readVias,
  readWords,
  writeParty,
  writeVia,
} from '../../../src/carriers/sip/fields.ts';
import { header } from '../../../src/carriers/sip/headers.ts';
import { BadMessage, contactsOf } from '../../../src/carriers/sip/message.ts';
import { MESSAGE, readMessage } from '../../../src/carriers/sip/read-message.ts';
import { refuseRequest } from '../../../src/carriers/sip/refuse-request.ts';
import { BadSyntax } from '../../../src/carriers/sip/scan.ts';
import {
  escapeUser,
  readSipUri,
  readTelUri,
  unescapeUser,
  writeSipUri,
} from '../../../src/carriers/sip/uri.ts';
import { answerTo, writeMessage } from '../../../src/carriers/sip/write-message.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { message, request, response } from './sip-text.ts';
import { STORMS } from './storms.ts';
import { TORTURE } from './torture.ts';
import { countWork, type Load } from './work-count.ts';

/** The reason why a message cannot be read; null when it can. */
function problemOf(octets: Buffer): BadMessage | null {
  try {
    readMessage(octets);
    return null;
  } catch (error) {
    if (error instanceof BadMessage) return error;
    throw error;
  }
}

suite('a message of SIP', () => {
  for (const { is, octets, fate } of TORTURE) {
    test(`of RFC 4475 ${is}`, () => {
      if (fate instanceof RegExp) return assert.match(problemOf(octets)?.message ?? '', fate);
      const read = readMessage(octets);
      const refusal = read.is === 'request' ? refuseRequest(read) : null;
      assert.equal(refusal?.status ?? 'accepted', fate);
      const again = readMessage(writeMessage(read));
      assert.deepEqual({ ...again, headers: [] }, { ...read, headers: [] });
    });
  }

  test('shows the values behind quotes, folds and compact names', () => {
    const read = readMessage(
      message([
        'BYE sip:a@b.example SIP/2.0',
        'v: SIP/2.0/TLS [2001:db8::1]:5061;branch=z9hG4bKx;rport, SIP/2.0/UDP 192.0.2.1',
        'f: "Smith, \\"J\\"" <sip:j@b.example;x=1>;tag="t 1"',
        't: sip:a@b.example;tag=two',
        'i: c1',
        'CSeq: 12 BYE',
        'm: <sip:x@192.0.2.9:5070>, "Z" <sip:z@b.example>',
      ]),
    );
    assert.equal(read.from.display, 'Smith, "J"');
    assert.equal(read.from.parameters.get('tag'), 't 1');
    assert.deepEqual([read.to.uri, read.to.parameters.get('tag')], ['sip:a@b.example', 'two']);
    const [first, second] = read.vias;
    assert.deepEqual([first.transport, first.host, first.port], ['TLS', '2001:db8::1', 5061]);
    assert.equal(second?.host, '192.0.2.1');
    assert.deepEqual(read.cseq, { number: 12, method: 'BYE' });
    assert.deepEqual(
      contactsOf(read).map((one) => one.uri),
      ['sip:x@192.0.2.9:5070', 'sip:z@b.example'],
    );
  });

  test('reads as it was written', () => {
    const texts = [
      '"a \\"b\\", c" <sip:u@h.example;lr>;tag=x',
      'Ann <sip:ann@h.example>',
      '<tel:+49301>;q=0.5',
    ];
    for (const text of texts) {
      const party = readOneParty(text, 'To');
      assert.deepEqual(readOneParty(writeParty(party), 'To'), party);
    }
    const [via] = readVias('SIP/2.0/UDP [::1]:5062;rport;branch=z9hG4bK1;received=192.0.2.1');
    assert.ok(via);
    assert.equal(writeVia(via), 'SIP/2.0/UDP [::1]:5062;rport;branch=z9hG4bK1;received=192.0.2.1');
    assert.deepEqual(readWords('100rel, Timer;x=a ,,norefersub'), [
      '100rel',
      'timer',
      'norefersub',
    ]);
  });

  test('cannot get another line by a value', () => {
    const read = readMessage(request());
    const headers = [...read.headers, header('X-Customer', 'one\r\nVia: two')];
    assert.throws(() => writeMessage({ ...read, headers }), TypeError);
  });

  test('is refused when it is longer than its limits', () => {
    const long = (more: string[]) => problemOf(request({ more }))?.message ?? '';
    assert.match(long([`X: ${'a'.repeat(MESSAGE.line)}`]), /^A line is too long/);
    assert.match(
      long([`X: a${'\r\n a'.repeat(MESSAGE.line)}`]),
      /^A line is too long|^The head is too long/,
    );
    assert.match(
      long(Array.from({ length: MESSAGE.lines }, () => 'X: a')),
      /^There are too many lines/,
    );
    assert.match(
      long(Array.from({ length: 5 }, () => `X: ${'a'.repeat(8_000)}`)),
      /^The head is too long/,
    );
    assert.match(
      problemOf(request({ uri: `sip:${'a'.repeat(3_000)}@b.example` }))?.message ?? '',
      /too long/,
    );
    const many = Array.from({ length: 80 }, () => '<sip:p.example;lr>').join(',');
    assert.match(long([`Route: ${many}`]), /^Route has too many values/);
  });

  test('is refused with another line ending, with octets that are no text, or without its end', () => {
    assert.match(
      problemOf(Buffer.from(request().toString().replace('\r\nTo', '\nTo')))?.message ?? '',
      /CRLF/,
    );
    assert.match(
      problemOf(Buffer.from(request().toString().replace('anna', 'an\rna')))?.message ?? '',
      /carriage/,
    );
    const octets = request();
    octets[octets.indexOf('anna')] = 0xff;
    assert.match(problemOf(octets)?.message ?? '', /not UTF-8/);
    assert.match(problemOf(request().subarray(0, 100))?.message ?? '', /empty line/);
  });

  test('has an answer with the fields of its request and one tag', () => {
    const read = readMessage(
      request({ more: ['Record-Route: <sip:p1.example;lr>', 'Via: SIP/2.0/UDP h2.example'] }),
    );
    const answer = readMessage(writeMessage(answerTo(read, 180, { tag: 'mine' })));
    assert.ok(answer.is === 'response' && answer.status === 180 && answer.phrase === 'Ringing');
    assert.equal(answer.to.parameters.get('tag'), 'mine');
    assert.equal(answer.vias.length, 2);
    assert.deepEqual(answer.cseq, read.cseq);
    assert.ok(answer.headers.some((one) => one.key === 'record-route'));
    const trying = readMessage(writeMessage(answerTo(read, 100, { tag: 'mine' })));
    assert.equal(trying.to.parameters.get('tag'), undefined);
    const within = readMessage(request({ with: { To: '<sip:a@b.example>;tag=theirs' } }));
    assert.equal(
      readMessage(writeMessage(answerTo(within, 200, { tag: 'mine' }))).to.parameters.get('tag'),
      'theirs',
    );
  });
});

suite('an address of SIP', () => {
  test('has its parts, and is written as it was', () => {
    const uri = readSipUri('sip:+49%2030;isub=1:pw@[2001:DB8::7]:5080;transport=TCP;lr?X-a=b&c=d');
    assert.equal(unescapeUser(uri.user), '+49 30;isub=1');
    assert.deepEqual([uri.password, uri.host, uri.port], ['pw', '2001:db8::7', 5080]);
    assert.deepEqual(
      [...uri.parameters],
      [
        ['transport', 'TCP'],
        ['lr', ''],
      ],
    );
    assert.equal(uri.headers, 'X-a=b&c=d');
    assert.equal(
      writeSipUri(uri),
      'sip:+49%2030;isub=1:pw@[2001:db8::7]:5080;transport=TCP;lr?X-a=b&c=d',
    );
    assert.equal(unescapeUser(escapeUser('ä:b@c%d')), 'ä:b@c%d');
  });

  test('is refused where it breaks the grammar', () => {
    const bad = [
      'sip:',
      'sip:@h',
      'sip:a@',
      'sip:a b@h',
      'sip:a@h:0',
      'sip:a@h:70000',
      'sip:a@[1::2',
      'sip:a@256.1.1.1',
      'sip:a%4@h',
      'sip:a@h;x=1;x=2',
      'http://h',
      'sip:a@h?',
      'sip:a@b@c',
    ];
    for (const text of bad) assert.throws(() => readSipUri(text), BadSyntax, text);
  });

  test('of a telephone loses its separators and keeps its context', () => {
    assert.equal(readTelUri('tel:+49-(30).12').number, '+493012');
    assert.equal(
      readTelUri('tel:863-1234;phone-context=+1-914-555').parameters.get('phone-context'),
      '+1-914-555',
    );
    for (const text of ['tel:8631234', 'tel:+49x', 'tel:', 'tel:+49a'])
      assert.throws(() => readTelUri(text), BadSyntax, text);
  });
});

suite('the reader of SIP', () => {
  test('reads or refuses any octets, and nothing else comes out of it', () => {
    const random = seededRandom(4475);
    const samples = [...TORTURE.map((one) => one.octets), request(), response()];
    let refused = 0;
    for (let round = 0; round < 20_000; round += 1) {
      const octets = Buffer.from(samples[random(samples.length)] ?? request());
      for (let change = random(6); change >= 0; change -= 1) {
        const at = random(octets.length);
        const kind = random(3);
        if (kind === 0) octets[at] = random(256);
        else if (kind === 1) octets[at] = ';,:<>"\\ \r\n@=%?'.charCodeAt(random(15));
        else octets.copy(octets, at, random(octets.length));
      }
      const cut = octets.subarray(0, random(octets.length * 2));
      if (problemOf(cut)) refused += 1;
      else {
        const read = readMessage(cut);
        if (read.is === 'request') refuseRequest(read);
      }
    }
    assert.ok(refused > 5_000 && refused < 20_000, `${refused} were refused`);
  });

  test('works in line with the size of what it reads', async () => {
    const names = Object.keys(STORMS);
    const steps = await countWork({
      module: new URL('storms.ts', import.meta.url).href,
      folder: '/src/carriers/sip/',
      loads: names.flatMap((name): Load[] => [200, 200, 1_600].map((size) => [name, size])),
    });
    for (const [at, name] of names.entries()) {
      const [small = 0, large = 0] = steps.slice(at * 3 + 1);
      assert.ok(small > 0, `nothing was counted for ${name}`);
      assert.ok(large <= small * 10, `${name}: ${small} steps for 200 octets, ${large} for 1,600`);
    }
  });

  test('refuses a list of parties that has more than its limit', () => {
    assert.throws(() => readParties(Array(71).fill('<sip:a@b>').join(','), 'Route'), BadSyntax);
  });
});
