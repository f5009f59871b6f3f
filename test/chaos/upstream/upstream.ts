import { parseArgs } from 'node:util';
import { BrokenPromise } from '../broken-promise.ts';
import { runGateway } from './run-gateway.ts';
import { runUpstream } from './run-upstream.ts';

/** `npm run chaos:upstream`: see ../README.md. */

const { values } = parseArgs({
  options: {
    kind: { type: 'string', default: 'twilio' },
    engine: { type: 'string', default: 'sqlite' },
    seconds: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
if (!(seconds > 0) || !Number.isInteger(seed)) {
  throw new Error('--seconds must be above 0, --seed a whole number');
}
const { kind, engine } = values;
if (engine !== 'sqlite' && engine !== 'postgres') {
  throw new Error('--engine must be sqlite or postgres');
}
try {
  if (kind === 'twilio') await runUpstream({ seconds, seed }, console.log);
  else await runGateway({ kind, engine, seconds, seed }, console.log);
  console.log(`Every promise was kept (seed ${seed}).`);
} catch (thrown) {
  // An error of the clean-up must not hide why it began.
  const error: unknown = thrown instanceof SuppressedError ? thrown.suppressed : thrown;
  if (!(error instanceof BrokenPromise)) throw error;
  console.error(`Broken promise (seed ${seed}): ${error.message}\n${error.evidence}`);
  process.exitCode = 1;
}
