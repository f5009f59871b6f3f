import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../test/support/free-port.ts';
import { cpuMicroseconds, residentMegabytes, startChild, waitFor200, whenDone } from './child.ts';
import { median } from './load.ts';
import { packTieline } from './packed.ts';
import { type Goal, machine, printGoals, printTable, whole } from './report.ts';
import { accountPath, basic, newLogin, spawnTieline } from './servers.ts';

/** `npm run bench:start`: the start and memory of a packed build, a checkout and emulate, in turn. */

const EMULATE_PACKAGE = 'emulate@0.12.2';
const START_LIMIT_MS = 30_000;

const { values: flags } = parseArgs({ options: { starts: { type: 'string', default: '15' } } });
const starts = Number(flags.starts);
if (!(starts >= 1)) throw new Error('--starts must be a number from 1');

const login = newLogin();

/** A program, with the figures of its starts. */
class Subject {
  readonly name: string;
  readonly start: () => Promise<Start>;
  readonly ready: number[] = [];
  readonly cpu: number[] = [];
  readonly memory: number[] = [];

  constructor(name: string, start: () => Promise<Start>) {
    this.name = name;
    this.start = start;
  }

  /** Starts the program once, until its first 200. */
  async measure({ counts }: { readonly counts: boolean }): Promise<void> {
    const child = await this.start();
    const { pid, started, url } = child;
    const ms = await waitFor200(url, { authorization: basic(login) }, started, START_LIMIT_MS);
    if (counts) {
      this.ready.push(ms);
      this.cpu.push((cpuMicroseconds(pid) ?? Number.NaN) / 1000);
      this.memory.push(residentMegabytes(pid));
    }
    await child.stop();
  }
}

interface Start {
  readonly pid: number;
  readonly started: number;
  readonly url: string;
  stop(): Promise<void>;
}

/** Tieline is ready when it answers for the developer's account: the sample world is there then. */
async function startTieline(program?: string): Promise<Start> {
  const options = program === undefined ? { pin: false } : { pin: false, program };
  const { origin, ...child } = await spawnTieline(':memory:', login, options);
  return { ...child, url: `${origin}${accountPath(login)}.json` };
}

/** Installs emulate once, in the system's temporary folder. @returns its program */
function installEmulate(): string {
  const folder = join(tmpdir(), `tieline-bench-${EMULATE_PACKAGE.replaceAll(/[^\w.]+/g, '-')}`);
  const program = join(folder, 'node_modules/emulate/dist/index.js');
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true });
    const parameters = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
    spawnSync('npm', [...parameters, '--prefix', folder, EMULATE_PACKAGE], { stdio: 'inherit' });
  }
  return program;
}

async function startEmulate(program: string): Promise<Start> {
  const port = await freePort();
  const started = performance.now();
  const parameters = [program, 'start', '--service', 'twilio', '--port', String(port)];
  const child = startChild(process.execPath, parameters, {}, { pin: false });
  return { ...child, started, url: `http://127.0.0.1:${port}/` };
}

const folder = mkdtempSync(join(tmpdir(), 'tieline-bench-'));
whenDone(() => rmSync(folder, { recursive: true, force: true }));
const packed = packTieline(folder);
const emulate = installEmulate();
const subjects = [
  new Subject('Tieline, packed', () => startTieline(packed)),
  new Subject('Tieline, checkout', () => startTieline()),
  new Subject('emulate', () => startEmulate(emulate)),
];
// The first two starts fill the compile caches and do not count.
for (const subject of subjects) {
  for (let index = 0; index < 2; index += 1) await subject.measure({ counts: false });
}
for (let index = 0; index < starts; index += 1) {
  for (const subject of index % 2 === 0 ? subjects : subjects.toReversed()) {
    await subject.measure({ counts: true });
  }
}

console.log(
  `${machine()}\n${new Date().toISOString().slice(0, 10)}: medians of ${starts} starts in turn\n`,
);
printTable([
  ['server', '', 'ready ms', 'fastest ms', 'CPU ms', 'memory MB'],
  ...subjects.map(({ name, ready, cpu, memory }) => [
    name,
    '',
    ...[median(ready), Math.min(...ready), median(cpu), median(memory)].map(whole),
  ]),
]);
const [ofPacked, ofCheckout, ofEmulate] = subjects as [Subject, Subject, Subject];
const least = (what: string, value: number, bound: number, unit: Goal['unit']): Goal => {
  return { what, value, bound, atMost: true, unit };
};
console.log('');
printGoals([
  least('packed: ready', median(ofPacked.ready), 150, 'ms'),
  least('packed: memory', median(ofPacked.memory), 80, 'MB'),
  least('packed: ready, to emulate', median(ofPacked.ready) / median(ofEmulate.ready), 1, '×'),
  least('checkout: ready', median(ofCheckout.ready), 300, 'ms'),
]);
process.exit(0);
