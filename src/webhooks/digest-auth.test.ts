import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { answerChallenge } from './digest-auth.ts';

const MUFASA = { username: 'Mufasa', password: 'Circle of Life' };
/** The request and the challenges of RFC 7616 §3.9.1. */
const CHALLENGED = {
  method: 'GET',
  path: '/dir/index.html',
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
};
const PARAMETERS =
  'realm="http-auth@example.org", qop="auth, auth-int", ' +
  'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", ' +
  'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
const MD5 = '8ca523f5e9506fed4657c9700eebdbec';
const SHA256 = '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1';

const answer = (header: string | undefined) => answerChallenge(header, MUFASA, CHALLENGED);

suite('a receiver that asks for credentials', () => {
  test('is answered with the digest of RFC 7616, the stronger one first', () => {
    const md5 = `Digest algorithm=MD5, ${PARAMETERS}`;
    const sha256 = `Digest algorithm=SHA-256, ${PARAMETERS}`;
    assert.equal(
      answer(sha256),
      'Digest username="Mufasa", realm="http-auth@example.org", ' +
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", uri="/dir/index.html", ' +
        `response="${SHA256}", algorithm=SHA-256, ` +
        'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", ' +
        `qop=auth, nc=00000001, cnonce="${CHALLENGED.cnonce}"`,
    );
    assert.match(answer(md5) ?? '', new RegExp(`response="${MD5}", algorithm=MD5`));
    assert.match(answer(`Digest ${PARAMETERS}`) ?? '', new RegExp(MD5));
    assert.match(answer(`${md5}, Basic realm="x", ${sha256}`) ?? '', new RegExp(SHA256));
  });

  test('without qop is answered as in RFC 2069', () => {
    const header = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"';
    const mufasa = { ...MUFASA, password: 'CircleOfLife' };
    const line = answerChallenge(header, mufasa, CHALLENGED) ?? '';
    // The example of RFC 2069 §2.4, with the value that its errata give.
    assert.match(line, /response="1949323746fe6a43ef61f9606e7febea"$/);
  });

  test('is answered with Basic when it offers no better supported scheme', () => {
    const basic = `Basic ${Buffer.from('Mufasa:Circle of Life').toString('base64')}`;
    for (const header of [
      'Basic',
      'basic realm="a, b=\\"c"',
      'Negotiate, Basic realm=x',
      'Negotiate dG9rZW4=, Basic realm=x',
      'Digest qop="auth-int", nonce="n", realm="r", Basic realm="r"',
      'Digest algorithm=SHA-512-256, nonce="n", Basic realm="r"',
      'Digest realm="no nonce", Basic',
    ]) {
      assert.equal(answer(header), basic, header);
    }
    for (const header of [undefined, '', 'Bearer', 'Bearer realm="Basic"', 'realm=Basic', '"']) {
      assert.equal(answer(header), null, String(header));
    }
  });

  test('gets one valid header line for any names', () => {
    const name = fc.string({ unit: 'binary' });
    const header = fc.string().map((junk) => `Digest nonce="n", qop=auth, realm="${junk}"`);
    fc.assert(
      fc.property(name, name, fc.oneof(header, fc.string()), (username, password, challenge) => {
        const line = answerChallenge(challenge, { username, password }, CHALLENGED);
        if (line !== null) assert.match(line, /^(Digest|Basic) [\x20-\x7e\x80-\xff]*$/);
      }),
    );
  });

  test('with an endless challenge takes no time', () => {
    for (const piece of ['"\\', '" ', 'Digest ', ' ', 'a=', ',', '"']) {
      assert.equal(answer(piece.repeat(10_000)), null);
    }
  });
});
