import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Entry, Value } from '../run/outcome.ts';
import { MAX_PREVIEW_LENGTH, preview } from './preview.ts';

function valueOf(data: unknown): Value {
  if (typeof data === 'string') return { kind: 'string', text: data, length: data.length };
  if (Array.isArray(data)) {
    const entries = data.map((item, at) => ({ key: `${at}`, value: valueOf(item) }));
    return { kind: 'array', text: 'Array', entries, more: 0, length: data.length };
  }
  if (typeof data === 'object' && data !== null) {
    return objectOf(
      'Object',
      Object.entries(data).map(([key, value]) => ({ key, value: valueOf(value) })),
    );
  }
  const type = data === null ? 'null' : (typeof data as 'number');
  return { kind: 'plain', type, text: String(data) };
}

function objectOf(text: string, entries: readonly Entry[]): Value {
  return { kind: 'object', text, entries, more: 0, length: entries.length };
}

suite('a preview', () => {
  test('shows values as a console does', () => {
    const cases: readonly (readonly [unknown, string])[] = [
      [undefined, 'undefined'],
      [null, 'null'],
      [12, '12'],
      ['a "b"\n', String.raw`"a \"b\"\n"`],
      [[], '[]'],
      [[1, 'x', { a: 1 }, [2, 3]], '[1, "x", Object, Array[2]]'],
      [[1, 2, 3, 4, 5, 6], '[1, 2, 3, 4, 5, …]'],
      [{}, 'Object {}'],
      [
        { body: {}, status: 200, headers: {} },
        'Object {"body": Object, "status": 200, "headers": Object}',
      ],
      [
        { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 },
        'Object {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, …}',
      ],
    ];
    for (const [data, expected] of cases) assert.equal(preview(valueOf(data)), expected);
  });

  test('shows values other than plain data by their names', () => {
    const one = valueOf(1);
    assert.equal(preview(objectOf('2026-03-18T23:31:36.000Z', [])), '2026-03-18T23:31:36.000Z');
    assert.equal(preview(objectOf('Map', [{ key: '"a" =>', value: one }])), 'Map {"a" => 1}');
    assert.equal(preview(objectOf('Set', [{ key: '', value: one }])), 'Set {1}');
    assert.equal(
      preview({ kind: 'function', text: 'function f() {\n}', entries: [] }),
      'function f() {…',
    );
    const error = {
      kind: 'error',
      text: 'TypeError: no',
      entries: [],
      more: 0,
      length: 0,
    } as const;
    assert.equal(preview(error), 'TypeError: no');
  });

  test('is one short line for any value', () => {
    const long = 'x'.repeat(1_000);
    const wide = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`${at}${long}`, long]));
    for (const data of [long, [long, long], wide, '\u001B[2J\u2028\u0085', { '\n': '\r\u001B' }]) {
      const line = preview(valueOf(data));
      assert.ok(line.length <= MAX_PREVIEW_LENGTH, line);
      assert.doesNotMatch(line, /[\p{Cc}\u2028\u2029]/u);
    }
    assert.match(preview(valueOf(long)), /^"x+…"$/);
  });
});
