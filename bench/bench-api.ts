import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startCluster } from '../test/support/postgres-cluster.ts';
import { measureAgainst } from './against.ts';
import {
  APPS,
  checkAnswers,
  LIST,
  measure,
  measureStarts,
  READ,
  type Subject,
  subjectOf,
  UPDATE,
} from './api-subjects.ts';
import { isPinned, pinLoad, residentMegabytes, whenDone } from './child.ts';
import { CONNECTIONS, median } from './load.ts';
import {
  failuresOf,
  type Goal,
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
  makeApps,
  newLogin,
  PRISM,
  SKELETON,
  startPrism,
  startSkeleton,
  startTieline,
} from './servers.ts';

/** `npm run bench`: see README.md beside this file. */

const SQLITE = 'Tieline, SQLite';
const POSTGRES = 'Tieline, PostgreSQL';
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
    against: { type: 'string' },
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

const folder = mkdtempSync(join(tmpdir(), 'tieline-bench-'));
whenDone(() => rmSync(folder, { recursive: true, force: true }));
const cluster = await startCluster({ durable: true });
if (cluster) whenDone(() => cluster.stop());

const login = newLogin();
const authorization = basic(login);
const pinning = isPinned ? 'servers on core 0, load on core 1' : 'nothing is pinned to a core';
console.log(`${machine()}\n${new Date().toISOString().slice(0, 10)}: ${rounds} rounds of ${seconds} s, \
${CONNECTIONS} connections; ${pinning}`);

if (flags.against !== undefined) {
  const plan = { login, folder, cluster, rounds, seconds, starts };
  const failed = await measureAgainst(flags.against, plan);
  process.exit(failed > 0 ? 1 : 0);
}

const readyOf = async (path: string) =>
  median((await measureStarts([undefined], { login, path, starts }))[0] ?? []);
const readyHealth = await readyOf('/healthz');
const readyAccount = await readyOf(`${accountPath(login)}.json`);
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
const measured = await measure(subjects, authorization, { rounds, seconds });
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
