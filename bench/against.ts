import { execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { Cluster } from '../test/support/postgres-cluster.ts';
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
import { pinLoad, residentMegabytes, whenDone } from './child.ts';
import { median } from './load.ts';
import { failuresOf, type Measured, printRates, printTable, ratio } from './report.ts';
import { accountPath, basic, type Login, makeApps, startTieline } from './servers.ts';

const CHECKOUT = fileURLToPath(new URL('..', import.meta.url));
const THIS = 'this tree';

const git = (...parameters: readonly string[]) =>
  execFileSync('git', parameters, { cwd: CHECKOUT, encoding: 'utf8' }).trim();

/** Another commit of this repository, with its program. */
interface OtherTree {
  readonly name: string;
  readonly program: string;
}

/**
 * Checks another commit out into a folder until the bench ends. It shares the libraries of this
 * tree if it wants the same ones, and gets its own by `npm ci` otherwise.
 */
function checkOut(ref: string, folder: string): OtherTree {
  const commit = git('rev-parse', '--verify', '--end-of-options', `${ref}^{commit}`);
  const place = join(folder, 'other');
  git('worktree', 'add', '--detach', place, commit);
  whenDone(() => void git('worktree', 'remove', '--force', place));
  const locked = (tree: string) => readFileSync(join(tree, 'package-lock.json'), 'utf8');
  if (locked(place) === locked(CHECKOUT)) {
    symlinkSync(join(CHECKOUT, 'node_modules'), join(place, 'node_modules'));
  } else {
    const parameters = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
    execFileSync('npm', parameters, { cwd: place, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return { name: git('rev-parse', '--short', commit), program: join(place, 'bin', 'tieline.js') };
}

/** The choice of a run, with a folder for its data. */
interface Plan {
  readonly login: Login;
  readonly folder: string;
  readonly cluster: Cluster | null;
  readonly rounds: number;
  readonly seconds: number;
  readonly starts: number;
}

/**
 * Measures this tree and another commit in turn, both from their sources, and prints what changed.
 * @param ref the other commit, as git names it
 * @returns the number of answers that were not 200
 */
export async function measureAgainst(ref: string, plan: Plan): Promise<number> {
  const { login, starts } = plan;
  const other = checkOut(ref, plan.folder);
  const trees = [{ name: THIS, program: join(CHECKOUT, 'bin', 'tieline.js') }, other];
  const programs = trees.map(({ program }) => program);
  const path = `${accountPath(login)}.json`;
  const ready = await measureStarts(programs, { login, path, starts });
  pinLoad();
  const subjects: Subject[] = [];
  const engines = ['SQLite', ...(plan.cluster ? ['PostgreSQL'] : [])];
  for (const engine of engines) {
    for (const tree of trees) subjects.push(await openSubject(engine, tree, plan));
  }
  for (const subject of subjects) await checkAnswers(subject, basic(login));
  const measured = await measure(subjects, basic(login), plan);
  console.log('');
  printRates(measured);
  console.log('');
  const rows = engines.flatMap((engine) => changesOf(engine, other, measured));
  const [own = [], others = []] = ready;
  const memory = (tree: string) =>
    subjects.find(({ name }) => name === nameOf('SQLite', tree))?.idleMegabytes ?? Number.NaN;
  const after = (tree: string) =>
    residentMegabytes(subjects.find(({ name }) => name === nameOf('SQLite', tree))?.pid ?? 0);
  rows.push(
    ['ready, the account', 'time', shown(median(own.map((ms, at) => ms / (others[at] ?? 0))))],
    ['idle', 'memory', shown(memory(THIS) / memory(other.name))],
    ['after the load', 'memory', shown(after(THIS) / after(other.name))],
  );
  printTable([['what', 'measure', `${THIS} to ${other.name}`], ...rows]);
  await Promise.all(subjects.map((subject) => subject.stop()));
  return measured.reduce((sum, { rounds }) => sum + failuresOf(rounds), 0);
}

const nameOf = (engine: string, tree: string) => `${engine}, ${tree}`;
const shown = (value: number | null) => (value === null ? '–' : `${value.toFixed(2)} ×`);

async function openSubject(
  engine: string,
  { name, program }: OtherTree,
  { login, folder, cluster }: Plan,
): Promise<Subject> {
  const database = name === THIS ? 'bench_this' : 'bench_other';
  const isSqlite = engine === 'SQLite' || cluster === null;
  const place = isSqlite ? join(folder, database) : await newDatabase(cluster, database);
  const target = await startTieline(nameOf(engine, name), place, login, { program });
  const idleMegabytes = residentMegabytes(target.pid);
  const [newest] = await makeApps(target, login, APPS);
  return { ...subjectOf(target, login, String(newest?.['sid'])), idleMegabytes };
}

async function newDatabase({ url }: Cluster, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  return new URL(name, url).href;
}

/** The rate and the processor time of each request beside those of the other tree. */
function changesOf(engine: string, other: OtherTree, measured: readonly Measured[]): string[][] {
  const [own, base] = [nameOf(engine, THIS), nameOf(engine, other.name)];
  return [READ, LIST, UPDATE].flatMap((request) => {
    const costs = (name: string) =>
      measured
        .find((one) => one.request.name === request && one.target.name === name)
        ?.rounds.map((round) => round.cpuPerRequest ?? Number.NaN) ?? [];
    const others = costs(base);
    const cost = median(costs(own).map((cpu, round) => cpu / (others[round] ?? Number.NaN)));
    return [
      [`${request}, ${engine}`, 'requests a second', shown(ratio(measured, request, own, base))],
      [`${request}, ${engine}`, 'processor time', shown(cost)],
    ];
  });
}
