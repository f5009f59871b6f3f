import { parseArgs } from 'node:util';
import { BrokenPromise } from '../broken-promise.ts';
import { runInNamespaces } from '../namespace.ts';
import { runFailover } from './run-failover.ts';

/** `npm run failover`: see ../README.md. */

const { values } = parseArgs({
  options: {
    switches: { type: 'string', default: '2' },
    short: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    inside: { type: 'boolean', default: false },
  },
});
const [switches, seed] = [Number(values.switches), Number(values.seed)];
if (!(switches >= 1) || (values.short && switches > 1) || !Number.isInteger(seed)) {
  throw new Error('--switches must be at least 1 (1 with --short), --seed a whole number');
}

if (values.inside) {
  try {
    await runFailover({ switches, seed, rejoins: !values.short }, console.log);
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
