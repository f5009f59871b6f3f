import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { suite, test } from 'node:test';

/** Prints the address of each module that is loaded, on standard error. */
const TELLER = `
import { writeSync } from 'node:fs';
import { registerHooks } from 'node:module';
registerHooks({
  load(url, context, next) {
    writeSync(2, url + '\\n');
    return next(url, context);
  },
});`;

function librariesOf(...words: readonly string[]): string[] {
  const teller = `data:text/javascript,${encodeURIComponent(TELLER)}`;
  const parameters = ['--import', teller, 'bin/tieline.js', ...words];
  const { stderr, status } = spawnSync(process.execPath, parameters, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const found = [...stderr.matchAll(/\/node_modules\/((?:@[^/]+\/)?[^/\n]+)/g)];
  return [...new Set(found.map(([, name]) => name ?? ''))].toSorted();
}

suite('a command loads its own modules only', () => {
  test('for its version, only the reader of the command line', () => {
    assert.deepEqual(librariesOf('--version'), ['commander']);
  });

  test('for the help of a command, likewise', () => {
    for (const command of ['serve', 'run', 'notebook', 'accounts', 'conformance']) {
      const found = librariesOf(command, '--help');
      assert.deepEqual(found, ['commander'], command);
    }
  });
});
