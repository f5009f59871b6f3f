import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  afterRequest,
  dialogOfAnswer,
  dialogOfRequest,
  nextAddressOf,
  nextRequest,
} from '../../../src/carriers/sip/dialog.ts';
import { answerChallenge, readChallenges } from '../../../src/carriers/sip/digest.ts';
import { headersOf } from '../../../src/carriers/sip/headers.ts';
import { answerOffer, hearAnswer, makeOffer } from '../../../src/carriers/sip/offer-answer.ts';
import { readMessage } from '../../../src/carriers/sip/read-message.ts';
import { readSdp } from '../../../src/carriers/sip/sdp.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { request, response } from './sip-text.ts';

const LOCAL = { address: '192.0.2.5', port: 20_000, session: 7, version: 1 };
const sdp = (...lines: string[]) =>
  ['v=0', 'o=- 1 1 IN IP4 192.0.2.9', 's=-', ...lines, ''].join('\r\n');
const C = 'c=IN IP4 192.0.2.9';

suite('a session description', () => {
  test('of our offer is answered by our answer, with keys', () => {
    const answered = answerOffer(makeOffer(LOCAL), { ...LOCAL, port: 30_000 });
    assert.ok(answered);
    const agreed = hearAnswer(answered.sdp);
    assert.deepEqual(agreed, {
      address: '192.0.2.5',
      port: 30_000,
      codec: 'pcmu',
      format: 0,
      key_format: 101,
      direction: 'sendrecv',
    });
  });

  test('refuses every medium but the first of plain RTP with G.711, in its place', () => {
    const offer = sdp(
      C,
      'm=video 5 RTP/AVP 31',
      'm=audio 6 RTP/SAVP 0',
      'm=audio 8 RTP/AVP 97 8 96',
      'a=rtpmap:97 opus/48000/2',
      'a=rtpmap:96 telephone-event/8000',
    );
    const answered = answerOffer(offer, LOCAL);
    const { media } = readSdp(answered?.sdp ?? '');
    assert.deepEqual(
      media.map(({ kind, port }) => [kind, port]),
      [
        ['video', 0],
        ['audio', 0],
        ['audio', 20_000],
      ],
    );
    assert.deepEqual(
      [answered?.agreed.codec, answered?.agreed.format, answered?.agreed.key_format],
      ['pcma', 8, 96],
    );
    for (const bad of ['m=audio 6 RTP/SAVP 0', 'm=audio 6 RTP/AVP 18', 'm=audio 0 RTP/AVP 0', '']) {
      assert.equal(answerOffer(sdp(C, bad), LOCAL), null, bad);
    }
    assert.equal(answerOffer(sdp('c=IN IP4 name.example', 'm=audio 6 RTP/AVP 0'), LOCAL), null);
  });

  test('on hold is answered by a side that only receives, or does nothing', () => {
    const directionOf = (...lines: string[]) => answerOffer(sdp(...lines), LOCAL)?.agreed.direction;
    assert.equal(directionOf(C, 'm=audio 6 RTP/AVP 0', 'a=sendonly'), 'recvonly');
    assert.equal(directionOf(C, 'a=inactive', 'm=audio 6 RTP/AVP 0'), 'inactive');
    assert.equal(directionOf('c=IN IP4 0.0.0.0', 'm=audio 6 RTP/AVP 0'), 'recvonly');
  });

  test('of any octets is read or refused, and nothing else comes out of it', () => {
    const random = seededRandom(3264);
    for (let round = 0; round < 5_000; round += 1) {
      const octets = Buffer.from(makeOffer(LOCAL));
      for (let change = random(8); change >= 0; change -= 1)
        octets[random(octets.length)] = random(256);
      answerOffer(octets.subarray(0, random(octets.length * 2)), LOCAL);
    }
  });
});

suite('a challenge', () => {
  const REST =
    'realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
  const about = {
    method: 'GET',
    uri: '/dir/index.html',
    body: Buffer.alloc(0),
    count: 1,
    cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  };
  const answers = (line: string) =>
    readChallenges([line]).map(
      (one) =>
        /response="(\w+)"/.exec(
          answerChallenge(one, { username: 'Mufasa', password: 'Circle of Life' }, about),
        )?.[1],
    );

  test('is answered as in the examples of RFC 7616 §3.9.1, the strongest first', () => {
    assert.deepEqual(answers(`Digest algorithm=MD5, ${REST}, Digest ${REST}, algorithm=SHA-256`), [
      '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
      '8ca523f5e9506fed4657c9700eebdbec',
    ]);
  });

  test('without an algorithm or qop that is known is left out, and a broken one, too', () => {
    for (const line of [
      `Digest ${REST}, algorithm=SHA-1`,
      'Digest realm="a", nonce="b", qop="other"',
      'Basic realm="a"',
      'Digest realm="a',
      '',
      'Digest realm="a"',
    ]) {
      assert.deepEqual(readChallenges([line]), [], line);
    }
    const [old] = readChallenges(['digest realm="a, b", nonce="c", stale=TRUE']);
    assert.deepEqual([old?.realm, old?.qop, old?.is_stale], ['a, b', null, true]);
  });
});

suite('a dialog', () => {
  const answered = (routes: string) =>
    readMessage(
      response('SIP/2.0 200 OK', {
        with: { To: '<sip:b@b.example>;tag=b' },
        more: [`Record-Route: ${routes}`],
      }),
    );

  test('of our INVITE goes back over the recorded way, from our end', () => {
    const read = answered('<sip:p1.example;lr>, <sip:p2.example;lr>');
    const dialog = read.is === 'response' ? dialogOfAnswer(read) : null;
    assert.ok(dialog);
    const { draft } = nextRequest(dialog, 'BYE');
    assert.equal(draft.uri, 'sip:anna@192.0.2.7');
    assert.deepEqual(
      headersOf(draft, 'route').map((one) => one.value),
      ['<sip:p2.example;lr>', '<sip:p1.example;lr>'],
    );
    assert.deepEqual(
      [nextAddressOf(dialog), headersOf(draft, 'cseq')[0]?.value],
      ['sip:p2.example;lr', '8 BYE'],
    );
  });

  test('gives a strict router the request itself, with the target at the end', () => {
    const read = answered('<sip:p1.example;lr>, <sip:strict.example>');
    const dialog = read.is === 'response' ? dialogOfAnswer(read) : null;
    assert.ok(dialog);
    const { draft } = nextRequest(dialog, 'BYE');
    assert.equal(draft.uri, 'sip:strict.example');
    assert.deepEqual(
      headersOf(draft, 'route').map((one) => one.value),
      ['<sip:p1.example;lr>', '<sip:anna@192.0.2.7>'],
    );
  });

  test('of their INVITE takes higher numbers only, and follows a new target', () => {
    const read = readMessage(request());
    const dialog = read.is === 'request' ? dialogOfRequest(read, 'mine') : null;
    const again = readMessage(
      request({ with: { CSeq: '9 INVITE', Contact: '<sip:new@192.0.2.8>' } }),
    );
    assert.ok(dialog && again.is === 'request' && read.is === 'request');
    assert.equal(afterRequest(dialog, read), null);
    assert.equal(afterRequest(dialog, again)?.remote_target, 'sip:new@192.0.2.8');
    assert.deepEqual(JSON.parse(JSON.stringify(dialog)), dialog);
  });
});
