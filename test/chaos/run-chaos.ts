import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataLocation } from '../../src/config.ts';
import { seededRandom } from '../support/seeded-random.ts';
import type { Act, Stage } from './act.ts';
import { Client } from './ask.ts';
import { DATABASE_ACTS } from './database-acts.ts';
import { DISK_ACTS } from './disk-acts.ts';
import { startGrantLoad } from './grant-load.ts';
import { History } from './history.ts';
import { Load } from './load.ts';
import { PostgresServer } from './postgres-server.ts';
import { PROCESS_ACTS } from './process-acts.ts';
import {
  checkChanges,
  checkNumbers,
  checkSums,
  checkWebhooks,
  type Look,
  lookAtFolder,
  lookAtPostgres,
} from './promises.ts';
import { openReceiver } from './receiver.ts';
import { serves } from './serves.ts';
import { SmallDisk } from './small-disk.ts';
import { makeTenants } from './tenants.ts';
import { makeFleet } from './tieline-fleet.ts';
import { Wire } from './wire.ts';

export interface Wanted {
  readonly engine: Stage['engine'];
  readonly seconds: number;
  readonly seed: number;
  readonly processes: number;
  /** Only acts whose name has this part. */
  readonly only: string;
}

const CUSTOMERS = 4;
/** The longest outage of a short run and of a long one. */
const SHORT_OUTAGE_MS = 2_500;
const LONG_OUTAGE_MS = 30_000;
const LONG_RUN_SECONDS = 180;
const PAUSE_MS = 1_000;
/** The number of different seeds of an act. */
const SEEDS = 2 ** 31;
/** Leases of killed processes run out within this time. */
const SETTLING_MS = 90_000;
const ALL_ACTS: readonly Act[] = [...PROCESS_ACTS, ...DATABASE_ACTS, ...DISK_ACTS];

/** The places of a run's data: for the processes, for `verify`, and for a look past the product. */
interface Data {
  readonly server: PostgresServer | null;
  readonly disk: SmallDisk;
  readonly wires: readonly Wire[];
  readonly location: DataLocation;
  readonly look: Look;
  readonly dataOf: (number: number) => string;
}

async function makeData(
  { engine, processes }: Wanted,
  folder: string,
  ends: AsyncDisposableStack,
): Promise<Data> {
  if (engine === 'sqlite') {
    const disk = ends.use(new SmallDisk(join(folder, 'disk')));
    const location = { engine, folder: disk.path } as const;
    const look = lookAtFolder(disk.path);
    return { server: null, disk, wires: [], location, look, dataOf: () => disk.path };
  }
  const server = ends.use(await PostgresServer.make(join(folder, 'postgres')));
  const wires: Wire[] = [];
  for (let number = 0; number < processes; number += 1) {
    wires.push(ends.use(await Wire.open(server.port)));
  }
  return {
    server,
    disk: server.disk,
    wires,
    location: { engine, url: server.urlAt(server.port) },
    look: lookAtPostgres(server),
    dataOf: (number) => server.urlAt((wires[number - 1] as Wire).port),
  };
}

/**
 * Disturbs an installation under load for a time, by a schedule that the seed decides, and holds it
 * against its promises after each disturbance and at the end.
 * @throws BrokenPromise at the first promise that is broken
 */
export async function runChaos(wanted: Wanted, say: (line: string) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tieline-chaos-'));
  // The server's user must reach its own folder in it.
  chmodSync(folder, 0o755);
  await using ends = new AsyncDisposableStack();
  ends.defer(() => rmSync(folder, { recursive: true, force: true }));
  const data = await makeData(wanted, folder, ends);
  const receiver = ends.use(await openReceiver());
  const history = new History();
  const client = new Client(history);
  ends.defer(() => client.close());
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => {});
  const onBroken = (error: unknown) => broken.reject(error);

  const count = wanted.engine === 'sqlite' ? 1 : wanted.processes;
  const fleet = await makeFleet(folder, count, data.dataOf);
  ends.defer(async () => void (await Promise.all(fleet.map((tieline) => tieline.stop()))));
  for (const tieline of fleet) {
    tieline.run(onBroken);
    // The first process makes the schema.
    if (tieline.number === 1) await serves({ client, tieline, broken: broken.promise });
  }
  const [first] = fleet;
  if (!first) throw new Error('there must be a process');
  const tenants = await makeTenants(client, first, { receiver, count: CUSTOMERS });
  const longest = wanted.seconds < LONG_RUN_SECONDS ? SHORT_OUTAGE_MS : LONG_OUTAGE_MS;
  const stage = { ...data, engine: wanted.engine, fleet, client, tenants, longest };
  const parts = {
    client,
    fleet,
    tenants,
    receiver,
    history,
    random: seededRandom(wanted.seed + 1),
  };
  const load = new Load(parts);
  load.start(onBroken);
  startGrantLoad(load, parts, onBroken);
  say(`${fleet.length} processes on ${wanted.engine}, seed ${wanted.seed}`);
  for (const { name, needs } of actsOf(wanted).missing)
    say(`left out, for want of ${needs}: ${name}`);

  const check = async () => {
    await checkChanges(data.look, history);
    await checkNumbers(data.look);
    await checkWebhooks(data.look, receiver, { isSettled: false });
    return checkSums(data.location);
  };
  const disturb = async () => {
    for (const { act, random } of scheduleOf(wanted)) {
      if (client.now > wanted.seconds * 1_000) return;
      await sleep(random(PAUSE_MS));
      const began = client.now;
      const details = await act.run({ ...stage, random });
      await Promise.all(
        fleet.map((tieline) => serves({ client, tieline, broken: broken.promise })),
      );
      const recovered = client.now;
      const events = await check();
      say(
        `${seconds(began)} ${act.name}${details && `: ${details}`}; ` +
          `all serve at ${seconds(recovered)}, ${events} events agree`,
      );
    }
  };
  await Promise.race([disturb(), broken.promise]);
  await Promise.race([load.stop(), broken.promise]);
  await Promise.race([settled(data.look, wanted), broken.promise]);
  await check();
  await checkWebhooks(data.look, receiver, { isSettled: longest === LONG_OUTAGE_MS });
  say(summaryOf(history, receiver.heard.length));
}

/** The acts of a run, and those whose programs are not installed. */
function actsOf({ engine, only }: Wanted): { readonly acts: Act[]; readonly missing: Act[] } {
  const wanted = ALL_ACTS.filter(
    ({ engines, name }) => engines.includes(engine) && name.includes(only),
  );
  const isThere = ({ needs }: Act) =>
    needs === null || spawnSync('sh', ['-c', `command -v ${needs}`]).status === 0;
  const acts = wanted.filter(isThere);
  if (acts.length === 0) throw new Error(`there is nothing to do that is named "${only}"`);
  return { acts, missing: wanted.filter((act) => !acts.includes(act)) };
}

/**
 * Every act in a random order, again and again. Each has random numbers of its own, so that its
 * details change nothing about the acts after it.
 */
function* scheduleOf(
  wanted: Wanted,
): Generator<{ readonly act: Act; readonly random: Stage['random'] }> {
  const { acts } = actsOf(wanted);
  const order = seededRandom(wanted.seed);
  for (;;) {
    const left = [...acts];
    while (left.length > 0) {
      const [act] = left.splice(order(left.length), 1);
      if (act) yield { act, random: seededRandom(order(SEEDS)) };
    }
  }
}

/** Waits until the outbox and the inbox are empty. A short run does not wait for leases to end. */
async function settled(look: Look, { seconds: length }: Wanted): Promise<void> {
  const latest = performance.now() + (length < LONG_RUN_SECONDS ? 3_000 : SETTLING_MS);
  while (performance.now() < latest) {
    const [open] = await look(
      `select 1 as one from deliveries where state in ('pending', 'leased')
        union select 1 from carrier_tasks where kind in ('message', 'call')`,
    );
    if (!open) return;
    await sleep(500);
  }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}

function summaryOf({ counts, changes }: History, heard: number): string {
  const lines = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const unknown = changes.filter(({ isDone, isRefused }) => !isDone && !isRefused).length;
  const rows = [...lines, ['webhooks heard', heard], ['of unknown fate', unknown]];
  return rows.map(([name, count]) => `  ${String(count).padStart(7)}  ${name}`).join('\n');
}
