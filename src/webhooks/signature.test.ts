import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import twilio from 'twilio';
import { signForm, signJson, signUrl } from './signature.ts';

const TOKEN = '12345';
const NUMBERS = [
  ['To', '+18005551212'],
  ['Digits', '1234'],
  ['CallSid', 'CA1234567890ABCDE'],
] as const;

const urls = fc
  .tuple(
    fc.webUrl({ withQueryParameters: true, withFragments: true, size: 'small' }),
    fc.constantFrom('', ':443', ':80', ':8443'),
    fc.constantFrom('', 'ada:secret@', 'ada@'),
  )
  .map(([url, port, userinfo]) =>
    url.replace(/^(https?:\/\/)([^/?#]+)/, (_all, scheme: string, host: string) => {
      return `${scheme}${userinfo}${host}${port}`;
    }),
  );
const parameters = fc.uniqueArray(
  fc.tuple(fc.string({ unit: 'grapheme-ascii', minLength: 1 }), fc.string({ unit: 'grapheme' })),
  // An object of JavaScript, which the SDK takes, holds neither in the order of their names.
  { selector: ([name]) => name },
);

suite('X-Twilio-Signature', () => {
  test('equals the documented one', () => {
    const documented = signForm(TOKEN, 'https://example.com/myapp.php?foo=1&bar=2', [
      ...NUMBERS,
      ['Caller', '+14158675310'],
      ['From', '+14158675310'],
    ]);
    assert.deepEqual(documented, {
      signature: 'L/OH5YylLD5NRKLltdqwSvS0BnU=',
      signed:
        'https://example.com/myapp.php?foo=1&bar=2CallSidCA1234567890ABCDECaller+14158675310' +
        'Digits1234From+14158675310To+18005551212',
    });
    const sdk = signForm(TOKEN, 'https://mycompany.com/myapp.php?foo=1&bar=2', [
      ...NUMBERS,
      ['From', '+14158675309'],
      ['Caller', '+14158675309'],
    ]);
    assert.equal(sdk.signature, 'RSOYDt4T1cUTdK1PDd93/VVr8B8=');
  });

  test('of a JSON body covers its hash, in the URL', () => {
    const body = '{"property": "value", "boolean": true}';
    const hash = '0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620';
    const url = 'https://mycompany.com/myapp.php?foo=1&bar=2';
    assert.deepEqual(signJson(TOKEN, url, body), {
      url: `${url}&bodySHA256=${hash}`,
      signature: 'a9nBmqA0ju/hNViExpshrM61xv4=',
      signed: `${url}&bodySHA256=${hash}`,
    });
    const query = `?bodySHA256=${hash}`;
    for (const [written, wire] of [
      ['https://example.com', `https://example.com/${query}`],
      ['https://example.com/?', `https://example.com/${query}`],
      ['https://example.com/?bodySHA256=old#f', `https://example.com/${query}`],
      ['https://example.com/?a?b&bodySHA256', `https://example.com/?a?b&bodySHA256=${hash}`],
    ] as const) {
      assert.equal(signJson(TOKEN, written, body).url, wire);
    }
  });

  test('covers each value of a repeated name once, in order', () => {
    const { signature } = signForm(TOKEN, 'https://mycompany.com/myapp.php?foo=1&bar=2', [
      ['Sid', 'CA123'],
      ['SidAccount', 'AC123'],
      ['Digits', '5678'],
      ['Digits', '1234'],
      ['Digits', '1234'],
    ]);
    assert.equal(signature, 'IK+Dwps556ElfBT0I3Rgjkr1wJU=');
  });

  test('covers neither userinfo nor fragment, and covers the port as written', () => {
    const signed = (url: string) => signUrl(TOKEN, url).signed;
    assert.equal(
      signed('https://ada:pw@example.com:443?x=1#ct=100'),
      'https://example.com:443/?x=1',
    );
    assert.equal(signed('http://example.com:8080/x'), 'http://example.com:8080/x');
    assert.deepEqual(
      signUrl(TOKEN, 'https://example.com/?AccountSid=AC1'),
      signForm(TOKEN, 'https://example.com/?AccountSid=AC1', []),
    );
  });

  test('is accepted by the official SDK for its own token only', () => {
    fc.assert(
      fc.property(fc.string(), urls, parameters, (token, url, pairs) => {
        const { signature } = signForm(token, url, pairs);
        const sent = Object.fromEntries(pairs);
        // The SDK sees the URL as it arrives, without what never left.
        const arrived = withoutUserinfo(url);
        assert.ok(twilio.validateRequest(token, signature, arrived, sent));
        assert.ok(!twilio.validateRequest(`${token}x`, signature, arrived, sent));
        assert.ok(!twilio.validateRequest(token, signature, `${arrived}x`, sent));
        assert.ok(!twilio.validateRequest(token, signature, arrived, { ...sent, '': 'more' }));
      }),
    );
  });

  test('of a JSON body is accepted by the official SDK for that body only', () => {
    const bodies = fc.json({ stringUnit: 'grapheme' });
    fc.assert(
      fc.property(fc.string(), urls, bodies, (token, written, body) => {
        const { url, signature } = signJson(token, written, body);
        assert.ok(twilio.validateRequestWithBody(token, signature, url, body));
        assert.ok(!twilio.validateRequestWithBody(token, signature, url, `${body} `));
      }),
    );
  });
});

function withoutUserinfo(url: string): string {
  const parsed = new URL(url);
  parsed.username = '';
  parsed.password = '';
  parsed.hash = '';
  return parsed.href;
}
