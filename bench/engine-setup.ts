import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cluster, startCluster } from '../test/support/postgres-cluster.ts';
import { openCountingPostgres, openCountingSqlite } from './bare-counters.ts';
import { openBarePostgres, openBareSqlite } from './bare-engines.ts';
import { openBarePostgresSender, openBareSqliteSender } from './bare-sends.ts';
import { whenDone } from './child.ts';
import { bareSubject, type Subject, servedSubject } from './engine-subjects.ts';
import { makeTenants, type Tenant } from './engine-workloads.ts';
import { openData } from './metering.ts';
import { findPgBouncer, startPgBouncer } from './pgbouncer.ts';
import { postmasterOf } from './processor-time.ts';
import { startTieline } from './servers.ts';

/** The name of a subject, by its engine and what else tells it from the others. */
export const SQLITE = 'Tieline, SQLite';
export const BARE_SQLITE = 'bare SQLite';
export const BARE_POSTGRES = 'bare PostgreSQL';
const COUNTING_SQLITE = 'bare SQLite, with counters';
const COUNTING_POSTGRES = 'bare PostgreSQL, with counters';
const POOLED = 'Tieline, PostgreSQL, PgBouncer';

export function postgresName({ processes = 1, writers }: Shape = {}): string {
  const many = processes === 1 ? '1 process' : `${processes} processes`;
  const lanes = writers === undefined ? '' : `, ${writers} writing`;
  return `Tieline, PostgreSQL, ${many}${lanes}`;
}

/** The number of processes, and of their writing connections if that is set. */
export interface Shape {
  readonly processes?: number;
  readonly writers?: number;
}

const BARE = [BARE_POSTGRES, COUNTING_POSTGRES];

/** The choice of a run. */
export interface Plan {
  readonly shapes: readonly Shape[];
  readonly isPooled: boolean;
  /** The setting for the number of writing connections. */
  readonly writersVariable: string;
  /** The program of a packed build; undefined for the checkout's sources. */
  readonly program: string | undefined;
}

/** The clusters of a plan, by the name of the subject. Each is the subject's alone. */
export type Clusters = ReadonlyMap<string, Cluster>;

const CONFIG = new URL('../src/kit/settings/postgres-settings.ts', import.meta.url);

/** Leaves out what this checkout or this machine does not have, with a printed line for each. */
export function possible(plan: Plan): Plan {
  const hasWriters = readFileSync(CONFIG, 'utf8').includes(`'${plan.writersVariable}'`);
  const shapes = plan.shapes.filter(({ writers }) => writers === undefined || hasWriters);
  if (shapes.length < plan.shapes.length) {
    console.log(`No setting ${plan.writersVariable}: the number of writers is left out.`);
  }
  const isPooled = plan.isPooled && findPgBouncer() !== null;
  if (plan.isPooled && !isPooled) console.log('PgBouncer is not installed, and is left out.');
  return { ...plan, shapes, isPooled };
}

/** Starts the clusters. They use all cores, so this must happen before the load is pinned. */
export async function startClusters({ shapes, isPooled }: Plan): Promise<Clusters> {
  const names = [...shapes.map(postgresName), ...(isPooled ? [POOLED] : []), ...BARE];
  const clusters = new Map<string, Cluster>();
  for (const name of names) {
    const cluster = await startCluster({ durable: true });
    if (!cluster) return clusters;
    whenDone(() => cluster.stop());
    clusters.set(name, cluster);
  }
  return clusters;
}

/** Makes the accounts in a place for data. */
async function fillPlace(place: string, tenants: readonly Tenant[]): Promise<string> {
  const app = await openData(place);
  await makeTenants(app, tenants);
  await app.close();
  return place;
}

export async function openSqlite(
  folder: string,
  tenants: readonly Tenant[],
  { program }: Pick<Plan, 'program'>,
): Promise<Subject[]> {
  const data = await fillPlace(join(folder, 'data'), tenants);
  const server = await startTieline(SQLITE, data, loginOf(tenants), program ? { program } : {});
  const sids = tenants.map(({ login }) => login.username);
  const bare = {
    meter: openBareSqlite(BARE_SQLITE, join(folder, 'bare')),
    sender: openBareSqliteSender(BARE_SQLITE, join(folder, 'bare'), sids),
  };
  const counting = {
    meter: openCountingSqlite(COUNTING_SQLITE, join(folder, 'bare')),
    sender: null,
  };
  const none = { postmaster: null };
  return [
    servedSubject({ name: SQLITE, engine: 'SQLite' }, [server], tenants, none),
    bareSubject({ name: BARE_SQLITE, engine: 'SQLite' }, bare, tenants, null),
    bareSubject({ name: COUNTING_SQLITE, engine: 'SQLite' }, counting, tenants, null),
  ];
}

export async function openPostgres(
  folder: string,
  tenants: readonly Tenant[],
  plan: Plan,
  clusters: Clusters,
): Promise<Subject[]> {
  if (clusters.size === 0) {
    console.log('PostgreSQL is not installed, and is left out.');
    return [];
  }
  const subjects: Subject[] = [];
  for (const shape of plan.shapes) {
    subjects.push(await openShape(shape, tenants, plan, clusters));
  }
  if (plan.isPooled) {
    const pooled = await openPooled(folder, tenants, plan, clusters).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      console.log(`Tieline does not run through PgBouncer, which is left out: ${reason}`);
      return null;
    });
    if (pooled) subjects.push(pooled);
  }
  subjects.push(...(await openBare(tenants, clusters)));
  return subjects;
}

async function openShape(
  shape: Shape,
  tenants: readonly Tenant[],
  { program, writersVariable }: Plan,
  clusters: Clusters,
): Promise<Subject> {
  const { processes = 1, writers } = shape;
  const name = postgresName(shape);
  const url = urlOf(clusters, name);
  await fillPlace(url, tenants);
  const env = writers === undefined ? {} : { [writersVariable]: String(writers) };
  const servers = await Promise.all(
    Array.from({ length: processes }, () =>
      // Several processes share all cores, as they would on a machine with a core for each.
      startTieline(name, url, loginOf(tenants), {
        pin: processes === 1,
        env,
        ...(program !== undefined && { program }),
      }),
    ),
  );
  const postmaster = await postmasterOf(url);
  return servedSubject({ name, engine: 'PostgreSQL' }, servers, tenants, { postmaster });
}

/** @throws Error when Tieline does not work through the pooler */
async function openPooled(
  folder: string,
  tenants: readonly Tenant[],
  { program }: Plan,
  clusters: Clusters,
): Promise<Subject> {
  const url = await fillPlace(urlOf(clusters, POOLED), tenants);
  const own = join(folder, 'pgbouncer');
  mkdirSync(own, { recursive: true });
  const pooler = await startPgBouncer(findPgBouncer() ?? '', url, own);
  const server = await startTieline(POOLED, pooler.url, loginOf(tenants), {
    // A product that does not work through a pooler would log every refusal of the trial.
    env: { TIELINE_LOG_LEVEL: 'silent' },
    ...(program !== undefined && { program }),
  });
  const postmaster = await postmasterOf(url);
  const others = { postmaster, pooler: pooler.pid };
  const subject = servedSubject({ name: POOLED, engine: 'PostgreSQL' }, [server], tenants, others);
  const { failures } = await subject.run({ id: 'messages', isHot: false, size: 1 }, TRIAL_SECONDS);
  if (failures === 0) return subject;
  await subject.close();
  throw new Error(`${failures} messages were refused in a trial`);
}

/** The length of the trial that shows whether the product works through a pooler. */
const TRIAL_SECONDS = 0.5;

async function openBare(tenants: readonly Tenant[], clusters: Clusters): Promise<Subject[]> {
  const [bareUrl, countingUrl] = BARE.map((name) => urlOf(clusters, name)) as [string, string];
  const sids = tenants.map(({ login }) => login.username);
  const bare = {
    meter: await openBarePostgres(BARE_POSTGRES, bareUrl),
    sender: await openBarePostgresSender(BARE_POSTGRES, bareUrl, sids),
  };
  const meter = await openCountingPostgres(COUNTING_POSTGRES, countingUrl);
  const about = (name: string) => ({ name, engine: 'PostgreSQL' }) as const;
  return [
    bareSubject(about(BARE_POSTGRES), bare, tenants, await postmasterOf(bareUrl)),
    bareSubject(
      about(COUNTING_POSTGRES),
      { meter, sender: null },
      tenants,
      await postmasterOf(countingUrl),
    ),
  ];
}

function urlOf(clusters: Clusters, name: string): string {
  const cluster = clusters.get(name);
  if (!cluster) throw new Error(`no PostgreSQL was started for ${name}`);
  return cluster.url;
}

function loginOf([first]: readonly Tenant[]) {
  if (!first) throw new Error('there are no accounts');
  return first.login;
}
