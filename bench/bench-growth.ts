import { parseArgs } from 'node:util';
import type { Engine } from '../src/db/database.ts';
import { startCluster } from '../test/support/postgres-cluster.ts';
import type { Reply } from '../test/support/test-app.ts';
import { asAdministrator } from '../test/support/test-database.ts';
import { cpuMicroseconds, waitFor200, whenDone } from './child.ts';
import { type Data, KEY_ID, makeData } from './growth/growth-data.ts';
import { LIST, PAGE, RECORD, type Read, type Subject, subjectOf } from './growth/growth-reads.ts';
import { median } from './load.ts';
import { type Goal, machine, printGoals, printTable, whole } from './report.ts';
import { newLogin, spawnTieline } from './servers.ts';
import { quantile } from './usage-reads.ts';

/** `npm run bench:growth`: see README.md beside this file. */

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string' },
    others: { type: 'string', default: '1000000' },
    rounds: { type: 'string' },
    engine: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
});
const sizes = (flags.rows ?? (flags.quick ? '1000,10000' : '1000,100000')).split(',').map(Number);
const others = Number(flags.others);
const rounds = Number(flags.rounds ?? (flags.quick ? '5' : '41'));
if (sizes.length < 2 || sizes.some((rows) => !(rows >= 100)) || !(rounds >= 1)) {
  throw new Error('--rows must be two or more numbers from 100 on, and --rounds 1 or more');
}
if (!(others >= 100)) throw new Error('--others must be a number from 100 on');
const engines = (['sqlite', 'postgres'] as const).filter(
  (engine) => flags.engine === undefined || flags.engine === engine,
);
if (engines.length === 0) throw new Error('--engine must be sqlite or postgres');

/** The pages of each engine that the table shows: those that grow most. */
const SHOWN_PAGES = 10;
/** The most that a read may take with many rows, as a multiple of the time with few. */
const BOUND = 1.2;

/** The starts of a server on each data. */
const STARTS = 5;
const START_LIMIT_MS = 60_000;

async function timeOfRead({ run }: Read): Promise<{ ms: number; reply: Reply }> {
  const started = performance.now();
  const reply = await run();
  return { ms: performance.now() - started, reply };
}

/** Whether an answer is a page. A download has as many rows as there are. */
function isPage({ status, headers }: Reply): boolean {
  return status === 200 && (headers['content-type'] ?? '').startsWith('text/html');
}

/** A read with its times at each size, in milliseconds. */
interface Measured extends Pick<Read, 'kind' | 'name'> {
  readonly engine: Engine;
  readonly times: readonly number[][];
}

/**
 * Each read from every subject in turn, so that a slow moment of the machine hits all of them.
 * Downloads, and pages that need further parameters, are left out.
 */
async function measure(engine: Engine, subjects: readonly Subject[]): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const [index, { kind, name }] of (subjects[0]?.reads ?? []).entries()) {
    const reads = subjects.map((subject) => subject.reads[index] as Read);
    const first = await Promise.all(reads.map(timeOfRead));
    if (kind !== PAGE && first.some(({ reply }) => reply.status !== 200)) {
      throw new Error(`${name} answers ${first.map(({ reply }) => reply.status).join()}`);
    }
    if (kind === PAGE && !first.every(({ reply }) => isPage(reply))) continue;
    const times = reads.map((): number[] => []);
    // The first tenth warms up and does not count.
    const warm = Math.ceil(rounds / 10);
    for (let round = -warm; round < rounds; round += 1) {
      // Every second round runs backwards, so that no size always comes first.
      const inTurn = [...reads.entries()];
      for (const [size, read] of round % 2 === 0 ? inTurn : inTurn.toReversed()) {
        const { ms } = await timeOfRead(read);
        if (round >= 0) times[size]?.push(ms);
      }
    }
    measured.push({ engine, kind, name, times });
  }
  return measured;
}

/** The time at a size in milliseconds. Other work only makes a time longer, so a low one counts. */
function timeAt({ times }: Measured, size: number): number {
  return quantile(times[size] ?? [], 0.25);
}

/** The time at a size as a multiple of the time at the first. */
function growth(one: Measured, size: number): number {
  return timeAt(one, size) / timeAt(one, 0);
}

/** Starts of a server on each data, in turn: the time until it answers, and its processor time. */
async function measureStarts(data: readonly Data[]): Promise<void> {
  const measured = data.map(() => ({ ready: [] as number[], cpu: [] as number[] }));
  const login = newLogin();
  for (let round = -1; round < STARTS; round += 1) {
    for (const [size, { location, secret_key }] of data.entries()) {
      if (location.engine === 'memory') throw new Error('memory does not outlive its process');
      const place = location.engine === 'postgres' ? location.url : location.folder;
      const server = await spawnTieline(place, login, {
        pin: false,
        env: { TIELINE_SECRET_KEY: `${KEY_ID}:${secret_key}` },
      });
      const ms = await waitFor200(`${server.origin}/healthz`, {}, server.started, START_LIMIT_MS);
      if (round >= 0) {
        measured[size]?.ready.push(ms);
        measured[size]?.cpu.push((cpuMicroseconds(server.pid) ?? Number.NaN) / 1_000);
      }
      await server.stop();
    }
  }
  printTable([
    ['start', 'engine', 'ready ms', 'CPU ms'],
    ...data.map(({ engine, size }, index) => [
      `at ${whole(size.rows)}`,
      engine,
      whole(median(measured[index]?.ready ?? [])),
      whole(median(measured[index]?.cpu ?? [])),
    ]),
  ]);
}

function printGrowth(measured: readonly Measured[]): void {
  const head = sizes.flatMap((rows, size) => [
    `ms at ${whole(rows)}`,
    ...(size > 0 ? ['ratio'] : []),
  ]);
  const rows = engines.flatMap((engine) => {
    const ofEngine = measured.filter((one) => one.engine === engine);
    const pages = worstFirst(ofEngine.filter(({ kind }) => kind === PAGE));
    const shown = [...ofEngine.filter(({ kind }) => kind !== PAGE), ...pages.slice(0, SHOWN_PAGES)];
    return shown.map((one) => [
      `${one.kind}: ${one.name}`,
      engine,
      ...sizes.flatMap((_, size) => [
        timeAt(one, size).toFixed(2),
        ...(size > 0 ? [`${growth(one, size).toFixed(2)} ×`] : []),
      ]),
    ]);
  });
  printTable([['read', 'engine', ...head], ...rows]);
}

function worstFirst(measured: readonly Measured[]): Measured[] {
  const last = sizes.length - 1;
  return measured.toSorted((one, other) => growth(other, last) - growth(one, last));
}

function goalsOf(measured: readonly Measured[]): Goal[] {
  const last = sizes.length - 1;
  return engines.flatMap((engine) =>
    [RECORD, LIST, PAGE].map((kind) => {
      const own = measured.filter((one) => one.engine === engine && one.kind === kind);
      const [worst] = worstFirst(own);
      const value = worst ? growth(worst, last) : null;
      const what = `${kind}, the worst of ${own.length} on ${engine}`;
      return { what, value, bound: BOUND, atMost: true, unit: '×' };
    }),
  );
}

console.log(`${machine()}\n${new Date().toISOString().slice(0, 10)}: ${rounds} rounds`);
const all: Measured[] = [];
for (const engine of engines) {
  if (engine === 'postgres') {
    const cluster = await startCluster({ durable: true });
    if (!cluster) {
      console.log('PostgreSQL is not installed, and is left out.');
      continue;
    }
    whenDone(() => cluster.stop());
    process.env['TEST_DATABASE_URL'] = cluster.url;
    // The rows need not survive a power cut, and the reads do not wait for the disk.
    await asAdministrator('alter system set fsync = off');
    await asAdministrator("alter system set max_wal_size = '8GB'");
    await asAdministrator('select pg_reload_conf()');
  }
  const data: Data[] = [];
  for (const rows of sizes) data.push(await makeData(engine, { rows, others }));
  const subjects = await Promise.all(data.map(subjectOf));
  all.push(...(await measure(engine, subjects)));
  for (const { app } of subjects) await app[Symbol.asyncDispose]();
  await measureStarts(data);
  for (const { drop } of data) await drop();
}
console.log('');
printGrowth(all);
console.log('');
printGoals(goalsOf(all));
process.exit(0);
