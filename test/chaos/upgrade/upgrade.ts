import { parseArgs } from 'node:util';
import { BrokenPromise } from '../broken-promise.ts';
import { runInNamespaces } from '../namespace.ts';
import { runUpgrade } from './run-upgrade.ts';

/** `npm run upgrade`: see ../README.md. */

const { values } = parseArgs({
  options: {
    from: { type: 'string' },
    seed: { type: 'string', default: '1' },
    inside: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
if (!Number.isInteger(seed)) throw new Error('--seed must be a whole number');

if (values.inside) {
  try {
    await runUpgrade({ seed, from: values.from }, console.log);
    console.log('Every promise was kept.');
    process.exit(0);
  } catch (thrown) {
    // An error of the clean-up must not hide why it began.
    const error: unknown = thrown instanceof SuppressedError ? thrown.suppressed : thrown;
    if (!(error instanceof BrokenPromise)) throw error;
    console.error(`Broken promise: ${error.message}\n${error.evidence}`);
    process.exit(1);
  }
} else {
  const parameters = [...process.argv.slice(2), '--inside'];
  process.exitCode = await runInNamespaces(import.meta.filename, parameters);
}
