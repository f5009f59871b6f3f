import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { dispositionOf } from '../carrier/destination.ts';
import { type DrawnNumber, drawNumbers } from './draw-numbers.ts';
import { readPattern } from './number-pattern.ts';
import { areaOf, COUNTRIES, type Offer } from './numbering-plan.ts';
import { isAssignable, readPhoneNumber } from './phone-number.ts';

const KEY = Buffer.alloc(32, 7);
const OFFERS = [...COUNTRIES.values()].flatMap(({ country_code, offers }) =>
  Object.values(offers).map((offer) => ({ country_code, offer })),
);

function first(count: number, { areas }: Offer, pattern: string | null = null, key = KEY) {
  const numbers: DrawnNumber[] = [];
  for (const one of drawNumbers(key, areas, pattern === null ? null : readPattern(pattern))) {
    numbers.push(one);
    if (numbers.length === count) break;
  }
  return numbers;
}

suite('the numbers on offer', () => {
  test('are assignable numbers of their country, type and area, without repeats and without special numbers', () => {
    for (const { country_code, offer } of OFFERS) {
      const drawn = first(3_000, offer);
      assert.equal(new Set(drawn.map(({ number }) => number)).size, 3_000);
      for (const { number, area } of drawn) {
        assert.ok(isAssignable(number), number);
        assert.equal(readPhoneNumber(number)?.type, offer.type, number);
        assert.equal(areaOf(number), area, number);
        assert.equal(area.iso_country, country_code);
        assert.equal(dispositionOf(number), 'answers', number);
      }
      assert.equal(new Set(drawn.map(({ area }) => area)).size, offer.areas.length);
    }
  });

  test('are the same for the same key, and differ for another key', () => {
    for (const { offer } of OFFERS) {
      assert.deepEqual(first(50, offer), first(50, offer));
      assert.notDeepEqual(first(50, offer), first(50, offer, null, Buffer.alloc(32, 8)));
    }
  });

  test('end after the last match, and each match comes once', () => {
    const local = COUNTRIES.get('US')?.offers.Local as Offer;
    const numbers = (pattern: string) => first(1_000, local, pattern).map(({ number }) => number);
    assert.deepEqual(numbers('+14155551234'), ['+14155551234']);
    assert.deepEqual(
      numbers('415555123*').toSorted(),
      [...'0123456789'].map((digit) => `+1415555123${digit}`),
    );
    // 911 is a service, and some endings have a special meaning for the simulated carrier.
    assert.deepEqual(numbers('+1415911'), []);
    assert.deepEqual(numbers('%0001$'), []);
    assert.deepEqual(numbers('+1415555000*').length, 4);
    assert.equal(numbers('+1415555').length, 1_000);
    // A number comes once, even if the pattern fits it at several places.
    const endings = Array.from({ length: 10_000 }, (_, index) => String(index).padStart(4, '0'));
    assert.deepEqual(
      numbers('+1415555%55').toSorted(),
      endings.filter((ending) => ending.includes('55')).map((ending) => `+1415555${ending}`),
    );
  });
});
