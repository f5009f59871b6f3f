import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readDialledNumber, readPhoneNumber } from './phone-number.ts';

const US = '+14155550100';
const GB = '+447400200010';

test('a number in national form belongs to the country that it is dialled in', () => {
  const forms: [text: string, near: string | null, number: string | null][] = [
    ['415-123-4567', null, '+14151234567'],
    ['(415) 555-0199', US, '+14155550199'],
    ['415.555.0199', US, '+14155550199'],
    ['4155550199', US, '+14155550199'],
    ['1 415 555 0199', US, '+14155550199'],
    ['415–555–0199', US, '+14155550199'],
    ['011 44 20 7946 0958', US, '+442079460958'],
    ['020 7946 0958', GB, '+442079460958'],
    ['07400 200011', GB, '+447400200011'],
    ['030/123456', '+493012345678', '+4930123456'],
    ['+1 415 555 0199', GB, '+14155550199'],
    [' 14155550199', GB, '+14155550199'],
    // A number that no plan knows gives no country, and neither does an address.
    ['415-555-0199', '+15555550001', '+14155550199'],
    ['415-555-0199', 'client:alice', '+14155550199'],
    ['555-0199', US, null],
    ['911', US, null],
    ['4155550199 ext 3', US, null],
    ['call 415-555-0199', US, null],
    ['nobody', US, null],
    ['', US, null],
  ];
  for (const [text, near, number] of forms) {
    assert.equal(readDialledNumber(text, near)?.number ?? null, number, text);
  }
});

test('a number in E.164 is read the same in every country', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^\+[1-9]\d{0,15}$/),
      fc.constantFrom(US, GB, null),
      (text, near) => {
        const read = readPhoneNumber(text);
        if (read) assert.deepEqual(readDialledNumber(text, near), read);
        else assert.equal(readDialledNumber(text, near), null);
      },
    ),
  );
});

test('any text is read as a number in E.164, or as no number', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\d ()+*-]{0,24}$/)), (text) => {
      const read = readDialledNumber(text, GB);
      if (read) assert.deepEqual(readPhoneNumber(read.number)?.number, read.number);
    }),
  );
});
