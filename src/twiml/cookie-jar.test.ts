import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { COOKIE_MS, Cookies, MAX_COOKIES, MAX_JAR_LENGTH } from './cookie-jar.ts';

const NOW = Date.UTC(2090, 0, 1);
const URL_HERE = 'https://app.example.com/sms/in';

/** The cookies that a URL gets after these headers. The jar is stored and read again in between. */
function sent(headers: readonly string[], url = URL_HERE, after = 0): string | null {
  const cookies = new Cookies(null);
  cookies.take({ url: URL_HERE, set_cookies: headers }, NOW);
  return new Cookies(cookies.text()).headerFor(url, NOW + after);
}

suite('the cookies of an application', () => {
  test('are sent back to their origin until they expire', () => {
    assert.equal(sent(['a=1', 'b=2; Path=/', 'a=3']), 'a=3; b=2');
    assert.equal(sent(['a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT']), null);
    assert.equal(sent(['a=1', 'a=; Max-Age=0']), null);
    assert.equal(sent(['a=1; Max-Age=60'], URL_HERE, 59_000), 'a=1');
    assert.equal(sent(['a=1; Max-Age=60'], URL_HERE, 60_000), null);
    assert.equal(sent(['a=1; Max-Age=999999999'], URL_HERE, COOKIE_MS - 1), 'a=1');
    assert.equal(sent(['a=1'], URL_HERE, COOKIE_MS), null);
  });

  test('are sent to no other host, path or scheme', () => {
    assert.equal(sent(['a=1'], 'https://other.example.com/sms/in'), null);
    assert.equal(sent(['a=1; Domain=example.com'], 'https://other.example.com/sms/in'), null);
    assert.equal(sent(['a=1; Domain=example.com']), 'a=1');
    assert.equal(sent(['a=1; Domain=other.example.com']), null);
    assert.equal(sent(['a=1; Domain=ample.com']), null);
    assert.equal(sent(['a=1'], 'https://app.example.com/voice'), null);
    assert.equal(sent(['a=1; Path=/'], 'https://app.example.com/voice'), 'a=1');
    assert.equal(sent(['a=1; Secure; Path=/'], 'http://app.example.com/'), null);
    assert.equal(sent(['__Host-a=1; Path=/sms']), null);
  });

  test('are limited in number and size, for any headers', () => {
    const many = Array.from({ length: 200 }, (_, at) => `c${at}=1`);
    assert.equal(sent(many)?.split('; ').length, MAX_COOKIES);
    assert.equal(sent([`a=${'x'.repeat(5_000)}`]), null);
    const name = fc.string({ maxLength: 20 });
    const value = fc.oneof(name, fc.string({ maxLength: 6_000, size: 'max' }));
    const header = fc.oneof(
      fc.tuple(name, value).map(([key, text]) => `${key}=${text}`),
      fc.string(),
      fc.constantFrom(
        '=',
        ';',
        'a',
        'a=b; Domain=',
        'a=b; Domain=com',
        '__proto__=1',
        'a=b; Path=x',
      ),
    );
    fc.assert(
      fc.property(fc.array(header, { maxLength: 80 }), (headers) => {
        const back = sent(headers) ?? '';
        assert.ok(back.length <= MAX_JAR_LENGTH + 3 * MAX_COOKIES);
        assert.doesNotMatch(back, /[\r\n\0]/);
      }),
    );
  });
});
