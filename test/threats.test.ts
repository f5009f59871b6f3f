import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

test('docs/threats.md names tests that are there', () => {
  const rows = readFileSync('docs/threats.md', 'utf8').match(/^\| (?:T\d\d|–) \|.*$/gm) ?? [];
  assert.ok(rows.length > 30);
  for (const row of rows) {
    const named = [...row.matchAll(/`([^`]+\.test\.ts)` › ([^;|]+?)\s*(?=;|\|$)/g)];
    assert.ok(named.length > 0, row);
    for (const [, file = '', name = ''] of named) {
      const stories = readFileSync(file, 'utf8');
      assert.ok(stories.includes(`'${name}'`), `${file} has no test "${name}"`);
    }
  }
});
