import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { encodingOf, segmentsOf, smartEncode } from './segments.ts';

suite('segments', () => {
  test('hold 160 letters of GSM 03.38, or 153 each when there are several', () => {
    assert.equal(segmentsOf(''), 1);
    assert.equal(segmentsOf('a'.repeat(160)), 1);
    assert.equal(segmentsOf('a'.repeat(161)), 2);
    assert.equal(segmentsOf('à'.repeat(306)), 2);
    assert.equal(segmentsOf('à'.repeat(307)), 3);
  });

  test('give a letter of the extension table two places, and never split it', () => {
    assert.equal(encodingOf('€{}[]~|^\\'), 'GSM-7');
    assert.equal(segmentsOf('€'.repeat(80)), 1);
    assert.equal(segmentsOf('€'.repeat(81)), 2);
    // 76 letters of two places in a segment of 153 places: one place stays empty.
    assert.equal(segmentsOf('€'.repeat(152)), 2);
    assert.equal(segmentsOf('€'.repeat(153)), 3);
  });

  test('hold 70 letters of UCS-2, or 67 each when there are several, and no half of a surrogate pair', () => {
    assert.equal(encodingOf('ł'), 'UCS-2');
    assert.equal(encodingOf('`'), 'UCS-2');
    assert.equal(segmentsOf('ł'.repeat(70)), 1);
    assert.equal(segmentsOf('ł'.repeat(71)), 2);
    assert.equal(segmentsOf('😀'.repeat(35)), 1);
    assert.equal(segmentsOf('😀'.repeat(36)), 2);
    assert.equal(segmentsOf('😀'.repeat(67)), 3);
  });

  test('are as many as the text needs, or a few more so that no letter is split', () => {
    const letter = fc.constantFrom('a', '€', 'ł', '😀', '\n', '{');
    fc.assert(
      fc.property(fc.array(letter, { maxLength: 600 }), (letters) => {
        const text = letters.join('');
        const isGsm = encodingOf(text) === 'GSM-7';
        const places = isGsm ? text.length + (text.match(/[€{]/g)?.length ?? 0) : text.length;
        const [single, each] = isGsm ? [160, 153] : [70, 67];
        const segments = segmentsOf(text);
        if (places <= single) assert.equal(segments, 1);
        else {
          assert.ok(segments >= Math.ceil(places / each));
          assert.ok(segments <= Math.ceil(places / (each - 1)));
        }
      }),
    );
  });

  test('are fewer when typographic marks become plain ones', () => {
    const text = '“Don’t” — it’s 5\u00A0pm…';
    assert.equal(encodingOf(text), 'UCS-2');
    assert.equal(smartEncode(text), '"Don\'t" - it\'s 5 pm...');
    assert.equal(encodingOf(smartEncode(text)), 'GSM-7');
    assert.equal(smartEncode('naïve 😀'), 'naïve 😀');
  });
});
