import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { suite, test } from 'node:test';
import { signForm, signJson } from '../signature.ts';
import { diagnose } from './diagnose.ts';
import type { Mistake } from './mistakes.ts';
import type { Pairs } from './parameter-variants.ts';
import { type GivenCase, readCase } from './read-case.ts';
import type { SignatureCase } from './signature-case.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';
const OTHER = 'fedcba9876543210fedcba9876543210';
const KEYS = [
  { name: 'the primary token', token: TOKEN, is_usual: true },
  { name: 'the secondary token', token: OTHER, is_usual: false },
];
const URL_SIGNED = 'https://app.example.com/sms/in?b=two%20words&a=1';
const SENT: Pairs = [
  ['AccountSid', 'AC1'],
  ['Body', 'a\nb 1+1=2 né '],
  ['From', '+15005550006'],
  ['Zone', ''],
  ['apiVersion', '2010-04-01'],
];
const RIGHT = signForm(TOKEN, URL_SIGNED, SENT).signature;

/** A receiver's view of the request, with changes. */
function seen(changes: Partial<SignatureCase> = {}): SignatureCase {
  return {
    url: URL_SIGNED,
    pairs: SENT,
    body: null,
    is_json: false,
    signature: RIGHT,
    computed: null,
    forwarded_host: null,
    ...changes,
  };
}

const withValue = (name: string, value: string): Pairs =>
  SENT.map((pair) => (pair[0] === name ? [name, value] : pair));
const at = (from: string, to: string) => seen({ url: URL_SIGNED.replace(from, to) });
/** The same request for an address with a port. */
const PORTED = 'https://app.example.com:8443/sms';
const ported = signForm(TOKEN, PORTED, SENT).signature;
const asGet = 'https://app.example.com/sms?From=%2B1';

suite('The doctor of signatures', () => {
  test('finds nothing wrong with a request that is right', () => {
    const { verdict, key, mistakes, signed, checked } = diagnose(seen(), KEYS);
    assert.deepEqual([verdict, key, mistakes], ['right', 'the primary token', []]);
    assert.equal(signed, checked);
  });

  const CASES: readonly (readonly [SignatureCase, ...Mistake[]])[] = [
    [at('https:', 'http:'), 'scheme'],
    [at('.com/', '.com:443/'), 'port-added'],
    [seen({ url: 'https://app.example.com/sms', signature: ported }), 'port-missing'],
    [seen({ url: 'https://app.example.com:80/sms', signature: ported }), 'port-changed'],
    [at('/in?', '/in/?'), 'slash'],
    [at('b=two%20words&a=1', 'a=1&b=two%20words'), 'query-order'],
    [at('%20', '+'), 'query-encoding'],
    [at('%20', ' '), 'query-encoding'],
    [at('https://', 'https://me:secret@'), 'user-info'],
    [at('a=1', 'a=1#rc=3'), 'fragment'],
    [{ ...at('app.example.com', 'localhost:3000'), forwarded_host: 'app.example.com' }, 'host'],
    [seen({ pairs: [...SENT, ['b', 'two words'], ['a', '1']] }), 'query-in-parameters'],
    [
      seen({
        url: 'https://app.example.com/sms',
        pairs: [['From', '+1']],
        signature: signForm(TOKEN, asGet, []).signature,
      }),
      'get-parameters',
    ],
    [seen({ pairs: withValue('From', ' 15005550006') }), 'plus-as-space'],
    [seen({ pairs: withValue('Body', 'a\r\nb 1+1=2 né ') }), 'line-ends'],
    [seen({ pairs: withValue('Body', 'a\nb 1+1=2 né') }), 'trimmed'],
    [seen({ pairs: withValue('Body', 'a\nb 1+1=2 nÃ© ') }), 'charset'],
    [seen({ signature: signForm(OTHER, URL_SIGNED, SENT).signature }), 'token'],
    [at('https://app.example.com/', 'http://app.example.com:80/'), 'scheme', 'port-added'],
    [
      { ...at('/in?', '/in/?'), pairs: withValue('From', ' 15005550006') },
      'slash',
      'plus-as-space',
    ],
  ];
  for (const [given, ...mistakes] of CASES) {
    test(`names ${mistakes.join(' and ')} in ${given.url}`, () => {
      const found = diagnose(given, KEYS);
      assert.equal(found.verdict, 'mistaken');
      assert.deepEqual(found.mistakes.toSorted(), mistakes.toSorted());
    });
  }

  test('names what differs from a request that was certainly sent', () => {
    const url = 'https://app.example.com/hook/sms?x=1';
    const { signature, signed } = signForm(TOKEN, url, SENT);
    const sent = [{ url, pairs: SENT, signed }];
    const given = (changes: Partial<SignatureCase>) => seen({ url, signature, ...changes });
    const named = (changes: Partial<SignatureCase>) =>
      diagnose(given(changes), KEYS, sent).mistakes;
    assert.deepEqual(named({ url: 'http://10.0.0.5:3000/sms?x=1' }), [
      'scheme',
      'host',
      'port-added',
      'path',
    ]);
    assert.deepEqual(named({ url: 'https://app.example.com/hook/sms' }), ['query-missing']);
    assert.deepEqual(named({ pairs: SENT.filter(([, value]) => value !== '') }), ['empty-missing']);
    assert.deepEqual(named({ pairs: SENT.slice(1) }), ['parameters-missing']);
    assert.deepEqual(named({ pairs: [...SENT, ['_csrf', 'x']] }), ['parameters-added']);
    assert.deepEqual(named({ pairs: withValue('Body', 'other') }), ['parameters-changed']);
  });

  test('names the mistakes of a JSON body', () => {
    const body = '{"b": 1,  "a": "x"}';
    const { url, signature } = signJson(TOKEN, 'https://app.example.com/events?k=v', body);
    const read = (changes: Partial<GivenCase>) =>
      diagnose(readCase({ Url: url, Signature: signature, Body: body, ...changes }), KEYS);
    assert.equal(read({}).verdict, 'right');
    assert.deepEqual(read({ Url: 'https://app.example.com/events?k=v' }).mistakes, ['body-hash']);
    assert.deepEqual(read({ Body: '{"b":1,"a":"x"}' }).mistakes, ['json-changed']);
    assert.deepEqual(read({ Url: url.replace('https', 'http') }).mistakes, ['scheme']);
  });

  const mac = (text: string, hash = 'sha1', as: 'base64' | 'hex' | 'base64url' = 'base64') =>
    createHmac(hash, TOKEN).update(text).digest(as);
  const joined = SENT.flat().join('');
  const OWN: readonly (readonly [string, ...Mistake[]])[] = [
    [mac(URL_SIGNED), 'no-parameters'],
    [mac(URL_SIGNED + joined, 'sha256'), 'sha256'],
    [mac(URL_SIGNED + joined, 'sha1', 'hex'), 'hex'],
    [mac(URL_SIGNED + joined, 'sha1', 'base64url'), 'base64url'],
    [mac(`${URL_SIGNED.replace('https', 'http')}${joined}`), 'scheme'],
    [mac(URL_SIGNED + joined.replace('Zone', '')), 'empty-missing'],
    [mac(URL_SIGNED.replace('.com', '.com:443') + joined), 'port-added'],
    [
      createHmac('sha1', OTHER)
        .update(URL_SIGNED + joined)
        .digest('base64'),
      'token',
    ],
    [mac(`${URL_SIGNED.replace(/\?.*/, '')}${joined}`), 'query-missing'],
  ];
  for (const [computed, ...mistakes] of OWN) {
    test(`names ${mistakes.join(' and ')} of code that made its own signature`, () => {
      assert.deepEqual(diagnose(seen({ computed }), KEYS).own_mistakes, mistakes);
    });
  }

  test('names code that does not sort, or sorts by letter', () => {
    const pairs = [...SENT.slice(2), ...SENT.slice(0, 2)];
    const unsorted = mac(URL_SIGNED + pairs.flat().join(''));
    assert.deepEqual(diagnose(seen({ pairs, computed: unsorted }), KEYS).own_mistakes, [
      'unsorted',
    ]);
    const letters = [SENT[0], SENT[4], ...SENT.slice(1, 4)].flat().join('');
    const byLetter = diagnose(seen({ pairs, computed: mac(URL_SIGNED + letters) }), KEYS);
    assert.deepEqual(byLetter.own_mistakes, ['sorted-by-letter']);
  });

  test('says that it does not know, within its bounds, and never shows a token', () => {
    const long: Pairs = Array.from({ length: 200 }, (_, at) => [`P${at}`, 'x'.repeat(300)]);
    const signature = createHash('sha1').update('nothing').digest('base64');
    const found = diagnose(seen({ pairs: long, signature, computed: 'nothing' }), KEYS);
    assert.deepEqual([found.verdict, found.own_mistakes, found.signed], ['unknown', null, null]);
    assert.ok(!JSON.stringify(found).includes(TOKEN));
  });

  test('reads parameters in each form that people paste', () => {
    const texts = [
      'From=%2B1500&Body=a+b',
      'From: +1500\nBody: a b',
      "  From => '+1500',\n  Body => 'a b'",
      '{"From": "+1500", "Body": "a b"}',
      'From=+1500\nBody=a b',
    ];
    for (const Body of texts) {
      const { pairs } = readCase({ Url: 'https://example.com', Signature: RIGHT, Body });
      assert.deepEqual(pairs, [
        ['From', '+1500'],
        ['Body', 'a b'],
      ]);
    }
  });

  test('refuses what is no URL and no signature, naming the parameter', () => {
    const given = { Url: 'https://example.com', Signature: RIGHT };
    for (const [wrong, name] of [
      [{ ...given, Url: 'example.com/sms' }, 'Url'],
      [{ ...given, Signature: 'abc' }, 'Signature'],
      [{ ...given, Body: 'a=b&'.repeat(300) }, 'Body'],
      [{ ...given, Computed: 'x'.repeat(300) }, 'Computed'],
    ] as const) {
      assert.throws(() => readCase(wrong), new RegExp(`: ${name} must`));
    }
  });
});
