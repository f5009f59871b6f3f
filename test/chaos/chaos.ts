import { parseArgs } from 'node:util';
import { BrokenPromise } from './broken-promise.ts';
import { runInNamespaces } from './namespace.ts';
import { runChaos } from './run-chaos.ts';

/** `npm run chaos`: see README.md beside this file. */

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    processes: { type: 'string', default: '3' },
    engine: { type: 'string', default: 'postgres' },
    only: { type: 'string', default: '' },
    inside: { type: 'boolean', default: false },
  },
});
const { engine, only } = values;
const [minutes, seed, processes] = [values.minutes, values.seed, values.processes].map(Number) as [
  number,
  number,
  number,
];
if (!(minutes > 0) || !Number.isInteger(seed) || !(processes >= 1)) {
  throw new Error('--minutes must be above 0, --seed a whole number, --processes at least 1');
}
if (engine !== 'postgres' && engine !== 'sqlite') {
  throw new Error('--engine must be postgres or sqlite');
}

if (values.inside) {
  const wanted = { engine, seconds: minutes * 60, seed, processes, only } as const;
  try {
    await runChaos(wanted, console.log);
    console.log(`Every promise was kept (seed ${seed}).`);
    process.exit(0);
  } catch (thrown) {
    // An error of the clean-up must not hide why it began.
    const error: unknown = thrown instanceof SuppressedError ? thrown.suppressed : thrown;
    if (!(error instanceof BrokenPromise)) throw error;
    console.error(`Broken promise (seed ${seed}): ${error.message}\n${error.evidence}`);
    process.exit(1);
  }
} else {
  // The last value of an option counts. The seed that was chosen here is the one that is shown.
  const parameters = [...process.argv.slice(2), `--seed=${seed}`, '--inside'];
  process.exitCode = await runInNamespaces(import.meta.filename, parameters);
}
