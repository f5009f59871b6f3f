import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { type Cluster, startCluster } from '../test/support/postgres-cluster.ts';
import { openBarePostgres, openBareSqlite } from './bare-engines.ts';
import { isPinned, pinLoad, whenDone } from './child.ts';
import { deedMeter, fill, makeAccounts, openData } from './metering.ts';
import { type Goal, machine, printGoals, printTable, whole } from './report.ts';
import { newLogin, startTieline } from './servers.ts';
import { measureCallbacks, TRIGGERS } from './usage-callbacks.ts';
import {
  httpSubject,
  type Measured,
  measureRates,
  printUsageRates,
  rateOf,
  type Setup,
  subjectOf,
} from './usage-rates.ts';
import { growthOf, measureReads, printReads, quantile, type ReadTimes } from './usage-reads.ts';

/** `npm run bench:usage`: see README.md beside this file. */

const SQLITE = 'SQLite';
const POSTGRES = 'PostgreSQL';
const BARE = 'the bare engine';
const DEED = 'Tieline';
const HTTP = 'Tieline, HTTP';
const ACCOUNTS = 1_000;
const FEW_EVENTS = 1_000;
const MANY_EVENTS = 1_000_000;
const QUICK_EVENTS = 20_000;

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});
const seconds = Number(flags.seconds ?? (flags.quick ? '0.3' : '1'));
const rounds = Number(flags.rounds ?? (flags.quick ? '1' : '3'));
/** Many short rounds, so that a disturbance of the machine falls into few of them. */
const reads = { rounds: flags.quick ? 5 : 25, requests: 400 };
const events = { few: FEW_EVENTS, many: flags.quick ? QUICK_EVENTS : MANY_EVENTS };
if (!(seconds > 0 && rounds > 0)) throw new Error('--seconds and --rounds must be above 0');

/** An engine, with a function that makes a new place for data. */
interface Engine {
  readonly name: string;
  newPlace(): Promise<string>;
  openBare(): ReturnType<typeof openBarePostgres>;
}

const login = newLogin();
// This process makes the data and another serves it, so both need the key of its secrets.
process.env['TIELINE_SECRET_KEY'] = randomBytes(32).toString('base64');

function sqliteIn(folder: string): Engine {
  let places = 0;
  return {
    name: SQLITE,
    newPlace: () => Promise.resolve(join(folder, `data ${++places}`)),
    openBare: () => Promise.resolve(openBareSqlite(BARE, join(folder, 'bare'))),
  };
}

function postgresOf({ url }: Cluster): Engine {
  let places = 0;
  const newPlace = async () => {
    const name = `bench_${++places}`;
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(`CREATE DATABASE ${name}`);
    await client.end();
    return new URL(name, url).href;
  };
  return {
    name: POSTGRES,
    newPlace,
    openBare: async () => openBarePostgres(BARE, await newPlace()),
  };
}

async function ratesOf(engine: Engine): Promise<Measured[]> {
  const bare = await engine.openBare();
  const app = await openData(await engine.newPlace());
  const accounts = await makeAccounts(app, newLogin(), ACCOUNTS);
  const served = await engine.newPlace();
  const filled = await openData(served);
  const servedAccounts = await makeAccounts(filled, login, ACCOUNTS);
  await filled.close();
  const server = await startTieline(HTTP, served, login);
  const deed = deedMeter(DEED, app);
  const measured = await measureRates(
    engine.name,
    [subjectOf(bare, accounts), subjectOf(deed, accounts), httpSubject(server, servedAccounts)],
    { rounds, seconds },
  );
  await server.stop();
  await deed.close();
  await bare.close();
  return measured;
}

/** A server with one account that has `count` events. */
async function serveFilled(engine: Engine, name: string, count: number) {
  const place = await engine.newPlace();
  const app = await openData(place);
  await makeAccounts(app, login, 1);
  await fill(app, login.username, count);
  await app.close();
  return startTieline(name, place, login);
}

async function readsOf(engine: Engine): Promise<ReadTimes[]> {
  const few = await serveFilled(engine, 'few', events.few);
  const many = await serveFilled(engine, 'many', events.many);
  const times = await measureReads({ few, many }, login, reads);
  await Promise.all([few.stop(), many.stop()]);
  return times;
}

async function callbacksOf(engine: Engine) {
  const server = await serveFilled(engine, 'callbacks', 0);
  const times = await measureCallbacks(server, login);
  await server.stop();
  return { engine: engine.name, ...times };
}

const folder = mkdtempSync(join(tmpdir(), 'tieline-bench-'));
whenDone(() => rmSync(folder, { recursive: true, force: true }));
const cluster = await startCluster({ durable: true });
if (cluster) whenDone(() => cluster.stop());
pinLoad();
const engines = [sqliteIn(folder), ...(cluster ? [postgresOf(cluster)] : [])];
if (!cluster) console.log('PostgreSQL is not installed, and is left out.');
const pinning = isPinned ? 'servers on core 0, all else on core 1' : 'nothing is pinned to a core';
console.log(`${machine()}
${new Date().toISOString().slice(0, 10)}: ${rounds} rounds of ${seconds} s; ${pinning}\n`);

const isWanted = (part: string) => flags.only === undefined || flags.only === part;
const measured: Measured[] = [];
if (isWanted('rates')) {
  for (const engine of engines) measured.push(...(await ratesOf(engine)));
  printUsageRates(measured);
}

const read: { engine: string; times: ReadTimes[] }[] = [];
if (isWanted('reads')) {
  for (const engine of engines) read.push({ engine: engine.name, times: await readsOf(engine) });
  console.log('');
  printReads(read, events);
}

const called: Awaited<ReturnType<typeof callbacksOf>>[] = [];
if (isWanted('callbacks')) {
  for (const engine of engines) called.push(await callbacksOf(engine));
  console.log('');
  const shown = (times: readonly number[]) => [
    quantile(times, 0.5).toFixed(1),
    quantile(times, 0.99).toFixed(1),
    Math.max(...times).toFixed(1),
  ];
  printTable([
    [`${TRIGGERS.toLocaleString('en-US')} triggers fire`, 'on', 'p50 ms', 'p99 ms', 'longest ms'],
    ...called.flatMap(({ engine, oneByOne, othersPerSecond, together }) => [
      [`one by one, beside ${whole(othersPerSecond)} events/s`, engine, ...shown(oneByOne)],
      ['all at once', engine, ...shown(together)],
    ]),
  ]);
}

const atLeast = (what: string, engine: string, setup: Setup, bound: number): Goal => {
  const value = rateOf(measured, engine, DEED, setup);
  return { what, value, bound, atMost: false, unit: 'events/s' };
};
console.log('');
printGoals([
  ...(['hot', 'many'] as const).flatMap((spread) => {
    const of = spread === 'hot' ? 'one hot account' : '1,000 accounts';
    return [
      atLeast(`SQLite, ${of}, 1 level`, SQLITE, { spread, levels: 1, batch: 100 }, 10_000),
      atLeast(`SQLite, ${of}, 4 levels`, SQLITE, { spread, levels: 4, batch: 100 }, 5_000),
    ];
  }),
  atLeast(
    'PostgreSQL, one hot account, 1 level',
    POSTGRES,
    { spread: 'hot', levels: 1, batch: 100 },
    20_000,
  ),
  ...engines.flatMap(({ name }): Goal[] => {
    const times = read.find(({ engine }) => engine === name)?.times;
    const growth = times ? Math.max(...times.map(growthOf)) : null;
    const slow = called.find(({ engine }) => engine === name);
    const p99 = slow ? quantile(slow.oneByOne, 0.99) : null;
    return [
      { what: `${name}, p99 of a read`, value: growth, bound: 1.2, atMost: true, unit: '×' },
      { what: `${name}, p99 of a callback`, value: p99, bound: 1_000, atMost: true, unit: 'ms' },
    ];
  }),
]);
const failures = measured.flatMap(({ samples }) => samples.map((sample) => sample.failures));
const failed = failures.reduce((sum, count) => sum + count, 0);
if (failed > 0) console.error(`\n${failed} requests were not answered 200: no figure counts.`);
// Open connections of the load would keep the process alive. Its exit cleans up the rest.
process.exit(failed > 0 ? 1 : 0);
