import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isPinned, pinLoad, whenDone } from './child.ts';
import { profileEngines } from './engine-profile.ts';
import { goalsOf, printLines, workloadsOf } from './engine-report.ts';
import {
  openPostgres,
  openSqlite,
  type Plan,
  possible,
  type Shape,
  startClusters,
} from './engine-setup.ts';
import { type Line, measureWorkload } from './engine-subjects.ts';
import { newTenants, WORKLOADS } from './engine-workloads.ts';
import { CONNECTIONS } from './load.ts';
import { packTieline } from './packed.ts';
import { machine, printGoals } from './report.ts';

/** `npm run bench:engines`: see README.md beside this file. */

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    processes: { type: 'string' },
    writers: { type: 'string' },
    'writers-variable': { type: 'string', default: 'TIELINE_DATABASE_WRITERS' },
    sources: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
  },
});
const seconds = positive('--seconds', flags.seconds ?? (flags.quick ? '1' : '3'));
const rounds = positive('--rounds', flags.rounds ?? (flags.quick ? '1' : '5'));

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${flag} must be a number above 0, not "${text}"`);
  return value;
}

const numbers = (flag: string, text: string) => text.split(',').map((part) => positive(flag, part));

/** One process with the default setting comes first: the goals are about it. */
function shapesOf(): Shape[] {
  const processes = numbers('--processes', flags.processes ?? (flags.quick ? '2' : '2,4'));
  const writers = flags.writers === undefined ? [] : numbers('--writers', flags.writers);
  return [
    {},
    ...processes.filter((count) => count !== 1).map((count) => ({ processes: count })),
    ...writers.map((count) => ({ writers: count })),
  ];
}

const folder = mkdtempSync(join(tmpdir(), 'tieline-bench-'));
whenDone(() => rmSync(folder, { recursive: true, force: true }));
// This process makes the data and another serves it, so both need the key of its secrets.
process.env['TIELINE_SECRET_KEY'] = randomBytes(32).toString('base64');
console.log(`${machine()}\n${new Date().toISOString().slice(0, 10)}: ${rounds} rounds of ${seconds} s, \
${CONNECTIONS} connections`);

if (flags.profile) {
  await profileEngines(folder, seconds);
  process.exit(0);
}

const isPacked = !flags.sources && !flags.quick;
const plan: Plan = possible({
  shapes: shapesOf(),
  isPooled: !flags.quick,
  writersVariable: flags['writers-variable'],
  program: isPacked ? packTieline(folder) : undefined,
});
console.log(`The server is ${isPacked ? 'a packed build' : 'the sources of the checkout'}.
${
  isPinned
    ? 'One process runs on core 0, the load on core 1; several processes and PostgreSQL on all.'
    : 'Nothing is pinned to a core.'
}\n`);
const clusters = await startClusters(plan);
pinLoad();

const tenants = newTenants();
const subjects = [
  ...(await openSqlite(folder, tenants, plan)),
  ...(await openPostgres(folder, tenants, plan, clusters)),
];
const quickly = WORKLOADS.filter(({ id, isHot }) => !isHot && id !== 'calls');
const lines: Line[] = [];
for (const workload of workloadsOf(flags.only, flags.quick ? quickly : WORKLOADS)) {
  lines.push(...(await measureWorkload(workload, subjects, { rounds, seconds })));
}
printLines(lines);
console.log('');
printGoals(goalsOf(lines));
const failed = lines
  .flatMap(({ samples }) => samples)
  .reduce((sum, { failures }) => sum + failures, 0);
if (failed > 0) console.error(`\n${failed} requests were refused: the figures do not count.`);
await Promise.all(subjects.map((subject) => subject.close()));
// Open connections of the load would keep the process alive. Its exit cleans up the rest.
process.exit(failed > 0 ? 1 : 0);
