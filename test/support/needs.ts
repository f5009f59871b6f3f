import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The modules by which a test starts another program, or a browser. */
const STARTS_PROGRAMS = /from '(?:node:child_process|playwright-core)'/;
const OPENS_BROWSERS = /^import \{[^}]*\bchromium\b[^}]*\} from 'playwright-core'/m;
/** A test helper or a test of the sources; the sources themselves are what is tested. */
const IS_TEST = /^test\/|\.test\.ts$/;

/**
 * Whether a test file or a helper that it imports starts other programs: a browser, a database
 * server, an SDK in another language, a server in a process of its own.
 */
export function startsPrograms(file: string): boolean {
  return reaches(file, STARTS_PROGRAMS);
}

/** Whether a test file opens pages in a real browser, directly or by a helper. */
export function opensBrowser(file: string): boolean {
  return reaches(file, OPENS_BROWSERS);
}

function reaches(file: string, pattern: RegExp): boolean {
  for (const one of reach(file)) {
    if (pattern.test(readFileSync(one, 'utf8'))) return true;
  }
  return false;
}

/** The file and the test code that it imports, directly or not. */
export function* reach(file: string, seen = new Set<string>()): Generator<string> {
  if (seen.has(file) || !IS_TEST.test(file) || !existsSync(file)) return;
  seen.add(file);
  yield file;
  const text = readFileSync(file, 'utf8');
  for (const [, target = ''] of text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
    yield* reach(join(file, '..', target), seen);
  }
}
