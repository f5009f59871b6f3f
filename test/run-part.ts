import { type AsyncHook, createHook } from 'node:async_hooks';
import { resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

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

spareNextHook();
const files = process.argv.slice(2).map((file) => resolve(file));
const results = run({ files, isolation: 'none' });
results.on('test:summary', ({ success }) => {
  if (!success) process.exitCode = 1;
});
results.compose(new spec()).pipe(process.stdout);
