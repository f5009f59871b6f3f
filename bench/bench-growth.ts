import { parseArgs } from 'node:util';
import type { Engine } from '../src/db/database.ts';
import { signedIn } from '../test/support/browser.ts';
import { aConsoleWorld, addressOf, PAGES } from '../test/support/console-world.ts';
import { startCluster } from '../test/support/postgres-cluster.ts';
import { loginOf, type Reply, type TestApp, testApp } from '../test/support/test-app.ts';
import { whenDone } from './child.ts';
import { fillAccount, sidOf, timeOf } from './growth-fill.ts';
import { type Goal, machine, printGoals, printTable, whole } from './report.ts';
import { quantile } from './usage-reads.ts';

/** `npm run bench:growth`: see README.md beside this file. */

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string' },
    rounds: { type: 'string' },
    engine: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
});
const sizes = (flags.rows ?? (flags.quick ? '1000,10000' : '1000,100000')).split(',').map(Number);
const rounds = Number(flags.rounds ?? (flags.quick ? '5' : '41'));
if (sizes.length < 2 || sizes.some((rows) => !(rows >= 100)) || !(rounds >= 1)) {
  throw new Error('--rows must be two or more numbers from 100 on, and --rounds 1 or more');
}
const engines = (['sqlite', 'postgres'] as const).filter(
  (engine) => flags.engine === undefined || flags.engine === engine,
);
if (engines.length === 0) throw new Error('--engine must be sqlite or postgres');

/** The pages of each engine that the table shows: those that grow most. */
const SHOWN_PAGES = 10;
/** The most that a read may take with many rows, as a multiple of the time with few. */
const BOUND = 1.2;

const RECORD = 'record';
const LIST = 'list by token';
const PAGE = 'page';

interface Read {
  readonly kind: typeof RECORD | typeof LIST | typeof PAGE;
  readonly name: string;
  readonly run: () => Promise<Reply>;
}

/** The product with a number of rows, and everything that is read from it. */
interface Subject {
  readonly app: TestApp;
  readonly reads: readonly Read[];
}

async function subjectOf(engine: Engine, rows: number): Promise<Subject> {
  const started = performance.now();
  const app = await testApp({ engine, config: { logLevel: 'warn' } });
  const world = await aConsoleWorld(app);
  const browser = await signedIn(app, world.operator);
  await browser.get(`/console/${world.account.sid}`);
  await aSecurityEvent(app, world.account.sid);
  await fillAccount(app, world, rows);
  const login = loginOf(world.account);
  const middle = Math.floor(rows / 2);
  const token = (prefix: string) =>
    `PageToken=PA${timeOf(middle, rows).toString(36)}-${sidOf(prefix, middle, rows)}`;
  const of = `/2010-04-01/Accounts/${world.account.sid}`;
  const get = (path: string) => () => app.get(`${of}/${path}`, login);
  const reads: Read[] = [
    { kind: RECORD, name: 'a message', run: get(`Messages/${sidOf('SM', middle, rows)}.json`) },
    { kind: RECORD, name: 'a call', run: get(`Calls/${sidOf('CA', middle, rows)}.json`) },
    { kind: RECORD, name: 'usage of today', run: get('Usage/Records/Today.json') },
    { kind: LIST, name: '50 messages', run: get(`Messages.json?${token('SM')}`) },
    {
      kind: LIST,
      name: '50 messages to a number',
      run: get(`Messages.json?To=%2B14155550100&${token('SM')}`),
    },
    { kind: LIST, name: '50 calls', run: get(`Calls.json?${token('CA')}`) },
  ];
  const prefixes = { messages: 'SM', calls: 'CA', webhooks: 'DL', 'audit-log': 'AE' };
  for (const page of PAGES.filter(({ show }) => show)) {
    const address = addressOf(page, world);
    reads.push({ kind: PAGE, name: page.path, run: () => browser.get(address) });
    const prefix = prefixes[page.path.split('/').at(-1) as keyof typeof prefixes];
    if (prefix === undefined) continue;
    const further = `${address}?${token(prefix)}`;
    reads.push({ kind: PAGE, name: `${page.path}, by token`, run: () => browser.get(further) });
  }
  const s = Math.round((performance.now() - started) / 1_000);
  console.log(`${engine}: ${whole(rows)} rows in each table were made in ${s} s`);
  return { app, reads };
}

/** An event for the pages of security. */
async function aSecurityEvent({ app }: TestApp, account_sid: string): Promise<void> {
  const row = { sid: app.newSid('SE'), date_created: app.now(), account_sid };
  const event = { ...row, kind: 'sign_in', person_sid: null, address: '192.0.2.1', detail: '{}' };
  await app.database.write((tx) => tx.insertInto('security_events').values(event).execute());
}

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
  }
  const subjects: Subject[] = [];
  for (const rows of sizes) subjects.push(await subjectOf(engine, rows));
  all.push(...(await measure(engine, subjects)));
  for (const { app } of subjects) await app[Symbol.asyncDispose]();
}
console.log('');
printGrowth(all);
console.log('');
printGoals(goalsOf(all));
process.exit(0);
