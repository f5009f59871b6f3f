import { type AsyncHook, createHook } from 'node:async_hooks';
import { resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { pathToFileURL } from 'node:url';

/**
 * Runs the test files named as arguments in this process, as `node --test --test-isolation=none`
 * does, but without its hook for every promise. The hook costs a fifth of the processor time of
 * the tests. It serves one purpose: an error that no test caught is reported under the test that
 * began the promise. Without it such an error still fails the run, under no test's name.
 */

type Enable = (this: AsyncHook) => AsyncHook;

/** Lets the next hook that somebody enables see no promises, as its option `trackPromises` says. */
function spareNextHook(): void {
  const sample = createHook({});
  const prototype = Object.getPrototypeOf(sample) as { enable: Enable };
  const option = Object.getOwnPropertySymbols(sample).find(
    ({ description }) => description === 'kNoPromiseHook',
  );
  if (option === undefined) return;
  const { enable } = prototype;
  prototype.enable = function (this: AsyncHook) {
    prototype.enable = enable;
    Object.assign(this, { [option]: true });
    return enable.call(this);
  };
}

/** Fails for a file whose error cut its loading short. The runner fails it only without any test. */
async function checkLoaded(files: readonly string[]): Promise<void> {
  for (const file of files) {
    try {
      // A module is evaluated once, so this gives its first error again.
      await import(pathToFileURL(file).href);
    } catch (error) {
      console.error(`✖ ${file} was not loaded whole:`, error);
      process.exitCode = 1;
    }
  }
}

spareNextHook();
const files = process.argv.slice(2).map((file) => resolve(file));
const results = run({ files, isolation: 'none' });
results.on('test:summary', ({ success }) => {
  if (!success) process.exitCode = 1;
  void checkLoaded(files);
});
results.compose(new spec()).pipe(process.stdout);
