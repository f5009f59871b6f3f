import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { decimalOf } from './money.ts';
import { iso8601, rfc2822 } from './utc.ts';

suite('dates', () => {
  test('are written in the formats of both generations of the API', () => {
    const ms = Date.UTC(2015, 6, 30, 20, 0, 0, 999);
    assert.equal(rfc2822(ms), 'Thu, 30 Jul 2015 20:00:00 +0000');
    assert.equal(iso8601(ms), '2015-07-30T20:00:00Z');
    assert.equal(rfc2822(Date.UTC(2028, 1, 29)), 'Tue, 29 Feb 2028 00:00:00 +0000');
    assert.equal(rfc2822(Date.UTC(2026, 0, 1)), 'Thu, 01 Jan 2026 00:00:00 +0000');
  });
});

suite('money', () => {
  test('is written as a decimal of two to six places', () => {
    const cases: Record<string, number> = {
      '0.00': 0,
      '1000.00': 1_000_000_000,
      '0.0075': 7_500,
      '-0.000001': -1,
      '-12.50': -12_500_000,
      '9007199254.740991': Number.MAX_SAFE_INTEGER,
    };
    for (const [text, amount] of Object.entries(cases)) assert.equal(decimalOf(amount), text);
  });

  test('keeps its exact amount', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (amount) => {
        const [whole = '', fraction = ''] = decimalOf(amount).split('.');
        assert.equal(BigInt(whole + fraction.padEnd(6, '0')), BigInt(amount));
      }),
    );
  });
});
