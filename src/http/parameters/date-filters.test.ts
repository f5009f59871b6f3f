import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { dateFilters, readSpan, spanOf } from './date-filters.ts';
import { fields, readFields } from './fields.ts';
import { parseForm } from './form.ts';

const DAY = 86_400_000;
const MARCH_18 = Date.UTC(2026, 2, 18);

suite('filters by a date', () => {
  test('accept a day, or a time to the second, in any zone', () => {
    assert.deepEqual(readSpan('2026-03-18'), { from: MARCH_18, until: MARCH_18 + DAY });
    const second = { from: MARCH_18 + 3_600_000, until: MARCH_18 + 3_601_000 };
    for (const text of [
      '2026-03-18T01:00:00Z',
      '2026-03-18T01:00:00.987Z',
      '2026-03-18T01:00:00',
      '2026-03-18 01:00:00',
      '2026-03-18T02:00:00+01:00',
      '2026-03-18T02:00:00 01:00',
      '2026-03-18T02:00:00 0100',
      '2026-03-17T20:00-05:00',
    ]) {
      assert.deepEqual(readSpan(text), second, text);
    }
  });

  test('read midnight in UTC as the whole day, because SDKs cannot write a day in another way', () => {
    const day = readSpan('2026-03-18');
    for (const text of [
      '2026-03-18T00:00:00Z',
      '2026-03-18T00:00:00.000Z',
      '2026-03-18T00:00:00',
      '2026-03-18 00:00',
      '2026-03-18T00:00:00+00:00',
      '2026-03-18T00:00:00 00:00',
      '2026-03-18t00:00:00-0000',
    ]) {
      assert.deepEqual(readSpan(text), day, text);
    }
    for (const text of ['2026-03-18T00:00:00+01:00', '2026-03-18T00:00:01Z']) {
      assert.notDeepEqual(readSpan(text), day, text);
    }
  });

  test('refuse texts that are no date', () => {
    for (const text of [
      '',
      'today',
      '2026-02-30',
      '2026-13-01',
      '2026-03-18T24:00:00Z',
      '2026-03-18T23:60:00Z',
      '2026-03-18T01:00:00+99:99',
      '99999-01-01',
      '2026-03-18T01',
      `2026-03-18T01:00:00${'0'.repeat(5_000)}Z`,
    ]) {
      assert.equal(readSpan(text), null, text);
    }
  });

  test('are three parameters, with the inequality in the name, that apply together', () => {
    const schema = fields(dateFilters('StartTime'));
    const read = (query: string) => readFields(schema, parseForm(query));
    const whole = { from: 0, until: Number.MAX_SAFE_INTEGER };
    assert.deepEqual(spanOf(read(''), 'start_time'), whole);
    const [from, until] = [MARCH_18, MARCH_18 + 2 * DAY];
    for (const query of [
      'StartTime%3E=2026-03-18&StartTime<=2026-03-19',
      'StartTime%3E%3D=2026-03-18&StartTime%3C%3D=2026-03-19T00:00:00Z',
    ]) {
      assert.deepEqual(spanOf(read(query), 'start_time'), { from, until });
    }
    const on = spanOf(read('StartTime=2026-03-18'), 'start_time');
    assert.deepEqual(on, { from, until: MARCH_18 + DAY });
    assert.throws(() => read('StartTime<=soon'), /StartTime< must be a date/);
  });
});
