import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { type Overrides, readWebhookUrl, wireUrl } from './webhook-url.ts';

const USUAL: Overrides = {
  connect_ms: 5_000,
  read_ms: 15_000,
  total_ms: 15_000,
  retries: 1,
  retry_on: new Set(['ct']),
};

suite('the fragment of a webhook', () => {
  const cases: readonly (readonly [string, Partial<Overrides>])[] = [
    ['', {}],
    ['#', {}],
    ['#section-2', {}],
    ['#ct=2000&rc=3&rp=all', { connect_ms: 2000, retries: 3, retry_on: every() }],
    ['#rt=100&tt=100&ct=100&rc=0', { read_ms: 100, total_ms: 100, connect_ms: 100, retries: 0 }],
    ['#ct=10000&rc=5', { connect_ms: 10_000, retries: 5 }],
    ['#ct=10001&rt=15001&tt=15001&rc=6', {}],
    ['#ct=99&rt=99&tt=0&rc=-1', {}],
    ['#ct=&rt=x&tt=1e3&rc=1.5', {}],
    ['#ct=%20500&rt=0x7d0&tt=٢٠٠٠', {}],
    ['#ct=00500', { connect_ms: 500 }],
    ['#rp=4xx,5xx', { retry_on: new Set(['4xx', '5xx']) }],
    ['#rp=4xx%2Crt', { retry_on: new Set(['4xx', 'rt']) }],
    ['#rp=rt,nonsense', { retry_on: new Set(['rt']) }],
    ['#rp=nonsense', {}],
    ['#rp=', {}],
    ['#rp=ct,all', { retry_on: every() }],
    ['#sni=y&e=dublin&tt=900', { total_ms: 900 }],
    ['#tt=900&tt=800', { total_ms: 900 }],
    ['#%E0%A4%A&ct=900', { connect_ms: 900 }],
  ];
  for (const [fragment, said] of cases) {
    test(`${fragment || 'that is absent'} is read`, () => {
      const { url, overrides } = readWebhookUrl(`https://example.com/hook?a=1${fragment}`);
      assert.equal(url, 'https://example.com/hook?a=1');
      assert.deepEqual(overrides, { ...USUAL, ...said });
    });
  }

  test('never makes a delivery fail, and never leaves the ranges', () => {
    const key = fc.constantFrom('ct', 'rt', 'tt', 'rc', 'rp', 'sni', 'e', '');
    const value = fc.oneof(
      fc.integer().map(String),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('all', '5xx', ','),
    );
    const fragments = fc.oneof(
      fc.array(fc.tuple(key, value)).map((pairs) => pairs.map((one) => one.join('=')).join('&')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fragments, (fragment) => {
        const { url, overrides } = readWebhookUrl(`https://example.com/hook#${fragment}`);
        assert.equal(url, 'https://example.com/hook');
        assert.ok(overrides.connect_ms >= 100 && overrides.connect_ms <= 10_000);
        assert.ok(overrides.read_ms >= 100 && overrides.read_ms <= 15_000);
        assert.ok(overrides.total_ms >= 100 && overrides.total_ms <= 15_000);
        assert.ok(overrides.retries >= 0 && overrides.retries <= 5);
        assert.ok(overrides.retry_on.size > 0);
      }),
    );
  });
});

suite('the URL of a webhook', () => {
  test('is the URL that its receiver sees, with the port as written', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['https://example.com', 'https://example.com/'],
      ['HTTPS://EXAMPLE.com/A b?q="x\'#f', 'https://example.com/A%20b?q=%22x%27'],
      ['https://example.com:443/x', 'https://example.com:443/x'],
      ['http://example.com:80', 'http://example.com:80/'],
      ['http://example.com:080?x', 'http://example.com:80/?x'],
      ['http://example.com:8080/x', 'http://example.com:8080/x'],
      ['https://u:80@example.com/x', 'https://example.com/x'],
      ['https://u:p@example.com:443/x', 'https://example.com:443/x'],
      ['https://example.com/a:443/', 'https://example.com/a:443/'],
      ['https://example.com/?', 'https://example.com/?'],
      ['https://[2606:4700::1]:443/', 'https://[2606:4700::1]:443/'],
      ['https://[2606:4700::443]/', 'https://[2606:4700::443]/'],
      ['http://0x7f.1/', 'http://127.0.0.1/'],
      ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
      ['not a URL', 'not a URL'],
      ['', ''],
    ];
    for (const [written, wire] of cases) {
      assert.equal(readWebhookUrl(written).url, wire);
    }
    fc.assert(
      fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), (url) => {
        assert.equal(wireUrl(wireUrl(url)), wireUrl(url));
        assert.equal(new URL(wireUrl(url)).hash, '');
      }),
    );
  });

  test('may hold a user name and a password, which are removed from it', () => {
    const cases: readonly (readonly [string, [string, string] | null])[] = [
      ['https://example.com/', null],
      ['https://@example.com/', null],
      ['https://ada@example.com/', ['ada', '']],
      ['https://:pw@example.com/', ['', 'pw']],
      ['https://a%40b:p%3A%2Fw@example.com/', ['a@b', 'p:/w']],
      ['https://100%:%zz@example.com/', ['100%', '%zz']],
      ['https://ä:ö@example.com/', ['ä', 'ö']],
      ['not a URL', null],
    ];
    for (const [written, pair] of cases) {
      const { url, credentials } = readWebhookUrl(written);
      const [username, password] = pair ?? [];
      assert.deepEqual(credentials, pair && { username, password }, written);
      assert.doesNotMatch(url, /@/);
    }
  });
});

function every(): Overrides['retry_on'] {
  return new Set(['4xx', '5xx', 'ct', 'rt']);
}
