import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { demandTests, namedTests } from './named-tests.ts';

test('docs/threats.md has a row for each number, and names tests that exist', () => {
  const rows = readFileSync('docs/threats.md', 'utf8').match(/^\| (?:T\d\d|–) \|.*$/gm) ?? [];
  assert.ok(rows.length > 30);
  const numbers = rows.map((row) => row.slice(2, 5)).filter((number) => number.startsWith('T'));
  assert.deepEqual([...new Set(numbers)], numbers, 'a number stands in two rows');
  for (const row of rows) {
    assert.ok(namedTests(row).length > 0, row);
    demandTests(row);
  }
});
