import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';

const NAMED = /`([^`]+\.test\.ts)` › ([^;|]+?)\s*(?=;|\||$)/g;

/** The tests that a row of a document names, in the form `` `test/a.test.ts` › name ``. */
export function namedTests(row: string): { file: string; name: string }[] {
  return [...row.matchAll(NAMED)].map(([, file = '', name = '']) => ({ file, name }));
}

/** Expects that every test that a row of a document names exists. */
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
