import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startCluster } from '../test/support/postgres-cluster.ts';
import { isPinned, pinLoad, residentMegabytes, waitFor200, whenDone } from './child.ts';
import { CONNECTIONS, median, type Request, type Round, runRound } from './load.ts';
import {
  failuresOf,
  type Goal,
  type Measured,
  machine,
  printGoals,
  printRates,
  printTable,
  ratio,
  whole,
} from './report.ts';
import {
  accountPath,
  basic,
  type Login,
  makeApps,
  newLogin,
  PRISM,
  type RunningTarget,
  SKELETON,
  spawnTieline,
  startPrism,
  startSkeleton,
  startTieline,
} from './servers.ts';

/** `npm run bench`: see README.md beside this file. */

const APPS = 50;
const READ = 'read one';
const LIST = `list ${APPS}`;
const UPDATE = 'update';
const SQLITE = 'Tieline, SQLite';
const POSTGRES = 'Tieline, PostgreSQL';
const WARM_UP_SECONDS = 1;
const START_LIMIT_MS = 10_000;
const SUBSET = fileURLToPath(
  new URL('../../shared/spec/openapi/twilio_api_v2010.subset.json', import.meta.url),
);

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    peers: { type: 'boolean', default: false },
    openapi: { type: 'string', default: SUBSET },
  },
});
const seconds = positive('--seconds', flags.seconds ?? (flags.quick ? '1' : '3'));
const rounds = positive('--rounds', flags.rounds ?? (flags.quick ? '1' : '5'));
const starts = flags.quick ? 3 : 7;

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${flag} must be a number above 0, not "${text}"`);
  return value;
}

/** The time from the start of the process to its first 200 on this path, over several starts. */
async function measureStarts(login: Login, path: string): Promise<number> {
  const times: number[] = [];
  // The first start fills the compile cache and does not count.
  for (let index = 0; index <= starts; index += 1) {
    // A start has all cores, as for users.
    const server = await spawnTieline(':memory:', login, { pin: false });
    const headers = { authorization: basic(login) };
    const url = `${server.origin}${path}`;
    const ms = await waitFor200(url, headers, server.started, START_LIMIT_MS);
    if (index > 0) times.push(ms);
    await server.stop();
  }
  return median(times);
}

/** A server with its requests about its own app. */
interface Subject extends RunningTarget {
  readonly idleMegabytes: number;
  readonly requests: readonly [Request, Request, Request];
}

function subjectOf(target: RunningTarget, login: Login, sid: string): Subject {
  const list = `${accountPath(login)}/ConnectApps`;
  const path = `${list}/${sid}.json`;
  return {
    ...target,
    idleMegabytes: residentMegabytes(target.pid),
    requests: [
      { name: READ, method: 'GET', path },
      { name: LIST, method: 'GET', path: `${list}.json` },
      { name: UPDATE, method: 'POST', path, body: (number) => `FriendlyName=Renamed+${number}` },
    ],
  };
}

/** Checks one answer of each server before the measurement, so that no fast wrong answer counts. */
async function checkAnswers(subject: Subject, authorization: string): Promise<void> {
  const [read, list, update] = subject.requests;
  const ask = async ({ method, path, body }: Request) => {
    const type = 'application/x-www-form-urlencoded';
    const headers = { authorization, ...(body && { 'content-type': type }) };
    const sent = { method, headers, body: body?.(0) ?? null };
    const answer = await fetch(`${subject.origin}${path}`, sent);
    return (await answer.json()) as {
      uri?: string;
      friendly_name?: string;
      connect_apps?: unknown[];
    };
  };
  const isRight =
    (await ask(read)).uri === read.path &&
    (await ask(list)).connect_apps?.length === APPS &&
    (await ask(update)).friendly_name === 'Renamed 0';
  if (!isRight) throw new Error(`${subject.name} answers wrongly`);
}

async function measure(subjects: readonly Subject[], authorization: string): Promise<Measured[]> {
  const measured = [0, 1, 2].flatMap((index) =>
    subjects.map((target) => {
      const request = target.requests[index] as Request;
      return { target, request, rounds: [] as Round[] };
    }),
  );
  for (const { target, request } of measured) {
    await runRound(target, request, authorization, WARM_UP_SECONDS);
  }
  for (let round = 0; round < rounds; round += 1) {
    // Every second round runs backwards, so that no server always comes first.
    for (const one of round % 2 === 0 ? measured : measured.toReversed()) {
      one.rounds.push(await runRound(one.target, one.request, authorization, seconds));
    }
  }
  return measured;
}

const folder = mkdtempSync(join(tmpdir(), 'tieline-bench-'));
whenDone(() => rmSync(folder, { recursive: true, force: true }));
const cluster = await startCluster({ durable: true });
if (cluster) whenDone(() => cluster.stop());

const login = newLogin();
const authorization = basic(login);
const pinning = isPinned ? 'servers on core 0, load on core 1' : 'nothing is pinned to a core';
console.log(`${machine()}\n${new Date().toISOString().slice(0, 10)}: ${rounds} rounds of ${seconds} s, \
${CONNECTIONS} connections; ${pinning}`);

const readyHealth = await measureStarts(login, '/healthz');
const readyAccount = await measureStarts(login, `${accountPath(login)}.json`);
pinLoad();

const subjects: Subject[] = [];
const sqlite = await startTieline(SQLITE, join(folder, 'sqlite'), login);
const idle = residentMegabytes(sqlite.pid);
const apps = await makeApps(sqlite, login, APPS);
const sid = String(apps[0]?.['sid']);
subjects.push({ ...subjectOf(sqlite, login, sid), idleMegabytes: idle });
if (cluster) {
  const postgres = await startTieline(POSTGRES, cluster.url, login);
  const idleMegabytes = residentMegabytes(postgres.pid);
  const [newest] = await makeApps(postgres, login, APPS);
  subjects.push({ ...subjectOf(postgres, login, String(newest?.['sid'])), idleMegabytes });
} else {
  console.log('PostgreSQL is not installed, and is left out.');
}
const skeleton = await startSkeleton(join(folder, 'skeleton'), login, apps);
subjects.push(subjectOf(skeleton, login, sid));
for (const subject of subjects) await checkAnswers(subject, authorization);
if (flags.peers) {
  console.log(`Prism mocks ${basename(flags.openapi)}.`);
  const path = `${accountPath(login)}/ConnectApps/${sid}.json`;
  subjects.push(subjectOf(await startPrism(flags.openapi, login, path), login, sid));
}

console.log('');
const measured = await measure(subjects, authorization);
printRates(measured);
const failures = measured.reduce((sum, { rounds: all }) => sum + failuresOf(all), 0);

console.log('');
printTable([
  ['server', '', 'idle MB', 'after the load MB'],
  ...subjects.map((subject) => [
    subject.name,
    '',
    whole(subject.idleMegabytes),
    whole(residentMegabytes(subject.pid)),
  ]),
]);

const against = (name: string, base: string) => ratio(measured, name, SQLITE, base);
const least = (what: string, value: number | null, bound: number): Goal => {
  return { what, value, bound, atMost: false, unit: '×' };
};
console.log('');
printGoals([
  least(`${READ}: SQLite to skeleton`, against(READ, SKELETON), 0.8),
  least(`${LIST}: SQLite to skeleton`, against(LIST, SKELETON), 0.8),
  least(`${UPDATE}: SQLite to skeleton`, against(UPDATE, SKELETON), 4),
  least(`${READ}: SQLite to Prism`, against(READ, PRISM), 12),
  { what: 'ready, /healthz', value: readyHealth, bound: 300, atMost: true, unit: 'ms' },
  { what: 'ready, the account', value: readyAccount, bound: 300, atMost: true, unit: 'ms' },
  { what: 'idle memory, SQLite', value: idle, bound: 110, atMost: true, unit: 'MB' },
]);
if (failures > 0)
  console.error(`\n${failures} requests were not answered 200: the figures do not count.`);
await Promise.all(subjects.map((subject) => subject.stop()));
// Open connections of the load would keep the process alive. Its exit cleans up the rest.
process.exit(failures > 0 ? 1 : 0);
