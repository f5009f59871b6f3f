import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';

const NAMED = /`([^`]+\.test\.ts)` › ([^;|]+?)\s*(?=;|\||$)/g;

/** The tests that a row of a document names, as `` `test/a.test.ts` › what it says ``. */
export function namedTests(row: string): { file: string; name: string }[] {
  return [...row.matchAll(NAMED)].map(([, file = '', name = '']) => ({ file, name }));
}

/** Holds a row of a document to it that each test which it names is there. */
export function demandTests(row: string): void {
  for (const { file, name } of namedTests(row)) {
    assert.ok(existsSync(file), `there is no ${file}`);
    const stories = readFileSync(file, 'utf8');
    const isThere = [`'${name}'`, `"${name}"`, `\`${name}\``].some((text) =>
      stories.includes(text),
    );
    assert.ok(isThere, `${file} has no test "${name}"`);
  }
}
