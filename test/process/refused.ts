import assert from 'node:assert/strict';
import type { Result } from '../support/tieline-process.ts';

/** Asserts that a command ended with the status 2 and one sentence, and did nothing. */
export function assertRefused({ status, stdout, stderr }: Result, sentence: RegExp): void {
  assert.match(stderr, /^tieline: [^\n]*\n$/, 'one line on stderr');
  assert.match(stderr, sentence);
  assert.doesNotMatch(stderr, /undefined|\[object|TIELINE_LOG_LEVEL=debug/);
  assert.equal(stdout, '');
  assert.equal(status, 2);
}
