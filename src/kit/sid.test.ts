import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { isSid, sidSource } from './sid.ts';

suite('SIDs', () => {
  test('are made in ascending order, also within one millisecond and when time goes back', () => {
    let now = 1_000_000_000_000;
    const newSid = sidSource(() => now, randomBytes);
    const made: string[] = [];
    for (const step of [0, 0, 0, 1, 0, -5, 0, 10_000]) {
      now += step;
      for (let i = 0; i < 100; i += 1) made.push(newSid('CN'));
    }
    assert.deepEqual(made, made.toSorted());
    assert.equal(new Set(made).size, made.length);
    for (const sid of made) assert.match(sid, /^CN[0-9a-f]{32}$/);
  });

  test('keep their form when the random part overflows', () => {
    const newSid = sidSource(
      () => 1,
      (size) => Buffer.alloc(size, 0xff),
    );
    newSid('AC');
    assert.match(newSid('AC'), /^AC[0-9a-f]{32}$/);
  });

  test('are recognised by prefix, length and digits', () => {
    assert.ok(isSid('AC', `AC${'0aF'.repeat(10)}12`));
    for (const text of [
      '',
      'AC',
      `CN${'0'.repeat(32)}`,
      `AC${'0'.repeat(33)}`,
      `AC${'g'.repeat(32)}`,
    ]) {
      assert.ok(!isSid('AC', text), text);
    }
    assert.ok(!isSid('AC', `AC${'0'.repeat(31)}\n`));
  });
});
