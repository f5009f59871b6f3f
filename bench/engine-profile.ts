import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../test/support/free-port.ts';
import { startCluster } from '../test/support/postgres-cluster.ts';
import { pinLoad, whenDone } from './child.ts';
import { busyShare, profileWhile, selfTimes, sharesByRoom } from './cpu-profile.ts';
import {
  makeTenants,
  newTenants,
  requestOf,
  type Tenant,
  type Workload,
} from './engine-workloads.ts';
import { type Request, runSharedRound } from './load.ts';
import { openData } from './metering.ts';
import { openTap, roundTripsOf, type TappedStatement } from './postgres-tap.ts';
import { printTable, whole } from './report.ts';
import { type RunningTarget, startTieline } from './servers.ts';

/** The warm-up before anything is counted, and the time in which the carrier ends its work. */
const WARM_REQUESTS = 30;
const SETTLE_MS = 4_000;
const FUNCTIONS = 25;
const MOST_OF_A_STATEMENT = 160;

const TRACED = [
  { id: 'messages', isHot: true, size: 1 },
  { id: 'events', isHot: true, size: 1 },
  { id: 'calls', isHot: true, size: 1 },
] as const satisfies readonly Workload[];

/**
 * Prints the statements and round trips of single requests on PostgreSQL, and profiles of the
 * server's processor time under load. The server runs from the sources, so that a profile names
 * their lines.
 */
export async function profileEngines(folder: string, seconds: number): Promise<void> {
  const tenants = newTenants();
  const clusters = [await startCluster({ durable: true }), await startCluster({ durable: true })];
  for (const cluster of clusters) if (cluster) whenDone(() => cluster.stop());
  pinLoad();
  const [traced, loaded] = clusters;
  if (traced) await traceAll(traced.url, tenants);
  else console.log('PostgreSQL is not installed, and is left out.');
  await profileAll('SQLite', join(folder, 'data'), tenants, seconds);
  if (loaded) await profileAll('PostgreSQL', loaded.url, tenants, seconds);
}

async function fill(place: string, tenants: readonly Tenant[]): Promise<void> {
  const app = await openData(place);
  await makeTenants(app, tenants);
  await app.close();
}

async function traceAll(url: string, tenants: readonly Tenant[]): Promise<void> {
  await fill(url, tenants);
  const tap = await openTap(url);
  const [{ login }] = tenants as [Tenant];
  const server = await startTieline('traced', tap.url, login);
  for (const workload of TRACED) {
    const request = requestOf(workload, tenants);
    for (let number = 0; number < WARM_REQUESTS; number += 1) await ask(server, request, number);
    await sleep(SETTLE_MS);
    tap.clear();
    const began = performance.now();
    await ask(server, request, WARM_REQUESTS);
    const answered = performance.now();
    await sleep(SETTLE_MS);
    const all = [...tap.statements];
    const before = all.filter(({ sent }) => sent < answered);
    const after = all.filter(({ sent }) => sent >= answered);
    const what = workload.id.replace(/s$/, '');
    printTrace(`One ${what} until its answer (${(answered - began).toFixed(1)} ms)`, before, began);
    const rest = `In the ${SETTLE_MS / 1_000} s after it (carrier and background)`;
    printTrace(rest, after, began);
  }
  await server.stop();
  tap.close();
}

async function ask({ origin }: RunningTarget, request: Request, number: number): Promise<void> {
  const { method, type = 'application/x-www-form-urlencoded', status = 200 } = request;
  const { path, authorization } = request.place?.(number) ?? {
    path: request.path,
    authorization: '',
  };
  const headers = { 'content-type': type, ...(authorization && { authorization }) };
  const body = request.body?.(number) ?? randomUUID();
  const answer = await fetch(`${origin}${path}`, { method, headers, body });
  if (answer.status !== status) throw new Error(`${path}: ${await answer.text()}`);
  await answer.body?.cancel();
}

function printTrace(title: string, statements: readonly TappedStatement[], began: number): void {
  const trips = roundTripsOf(statements);
  console.log(`\n${title}: ${statements.length} statements, ${trips} round trips\n`);
  printTable([
    ['connection', 'statement', 'trip', 'sent at ms', 'took ms'],
    ...statements.map(({ connection, roundTrip, text, sent, answered }) => [
      String(connection),
      text.trim().replaceAll(/\s+/g, ' ').slice(0, MOST_OF_A_STATEMENT),
      String(roundTrip),
      (sent - began).toFixed(2),
      answered === null ? '–' : (answered - sent).toFixed(2),
    ]),
  ]);
}

async function profileAll(
  engine: string,
  place: string,
  tenants: readonly Tenant[],
  seconds: number,
): Promise<void> {
  await fill(place, tenants);
  const port = await freePort();
  const [{ login }] = tenants as [Tenant];
  // Without this, Node.js writes the address of its profiler to the standard error.
  const node = [`--inspect=127.0.0.1:${port}`, '--inspect-publish-uid=http'];
  const server = await startTieline(engine, place, login, { node });
  for (const id of ['messages', 'events'] as const) {
    const request = requestOf({ id, isHot: false, size: 1 }, tenants);
    await runSharedRound([server], request, seconds);
    await sleep(SETTLE_MS);
    let rate = 0;
    const profile = await profileWhile(port, async () => {
      rate = (await runSharedRound([server], request, seconds)).perSecond;
    });
    const busy = whole(busyShare(profile) * 100);
    console.log(`\n${engine}, ${id}: ${whole(rate)} a second, the main thread ${busy} % busy\n`);
    printTable([
      ['function', 'place', 'self', 'ms'],
      ...selfTimes(profile, FUNCTIONS).map(({ name, place: at, share, ms }) => [
        name,
        at,
        `${(share * 100).toFixed(1)} %`,
        whole(ms),
      ]),
    ]);
    const rooms = sharesByRoom(profile).map(
      ({ room, share }) => `${room} ${(share * 100).toFixed(1)} %`,
    );
    console.log(`\nBy room and library: ${rooms.slice(0, FUNCTIONS).join(', ')}.`);
    await sleep(SETTLE_MS);
  }
  await server.stop();
}
