import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../support/free-port.ts';
import { PROGRAM } from '../../support/program/program.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { Client } from '../ask.ts';
import { BrokenPromise } from '../broken-promise.ts';
import { startGrantLoad } from '../grant-load.ts';
import { History } from '../history.ts';
import { Load } from '../load.ts';
import { PostgresServer } from '../postgres-server.ts';
import {
  checkChanges,
  checkNumbers,
  checkSums,
  checkWebhooks,
  type Look,
  lookAtPostgres,
} from '../promises.ts';
import { openReceiver } from '../receiver.ts';
import { serves } from '../serves.ts';
import { makeTenants } from '../tenants.ts';
import { SERVER_SETTINGS, Tieline } from '../tieline-fleet.ts';
import { earlierVersion } from './earlier-version.ts';

const PROCESSES = 2;
const CUSTOMERS = 3;
/** The length of the load before, between and after the steps. */
const LOAD_MS = 3_000;
/** The requests that an old process still has end within this time after its last one was sent. */
const DRAIN_MS = 1_000;
const START_MS = 60_000;
const SETTLING_MS = 60_000;
const LOOK_MS = 500;

interface Wanted {
  readonly seed: number;
  readonly from: string | undefined;
}

/**
 * Replaces the processes of an earlier version by those of this one under load, as the operations guide
 * says, and holds the installation against its promises.
 * @throws BrokenPromise at the first promise that is broken
 */
export async function runUpgrade(wanted: Wanted, say: (line: string) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tieline-upgrade-'));
  chmodSync(folder, 0o755);
  await using ends = new AsyncDisposableStack();
  ends.defer(() => rmSync(folder, { recursive: true, force: true }));
  const earlier = ends.use(earlierVersion(join(folder, 'earlier'), wanted.from));
  const server = ends.use(await PostgresServer.make(join(folder, 'postgres')));
  const receiver = ends.use(await openReceiver());
  const history = new History();
  const client = new Client(history);
  ends.defer(() => client.close());
  // It asks processes that do not listen yet.
  const starter = new Client(new History());
  ends.defer(() => starter.close());
  const { promise: broken, reject } = Promise.withResolvers<never>();
  broken.catch(() => {});

  const data = server.urlAt(server.port);
  const look = lookAtPostgres(server);
  const all: Tieline[] = [];
  ends.defer(async () => void (await Promise.all(all.map((tieline) => tieline.stop()))));
  const begin = async (program: string) => {
    const settings = { folder, number: all.length + 1, port: await freePort(), data, program };
    const tieline = new Tieline(settings);
    all.push(tieline);
    tieline.run(reject);
    await serves({ client: starter, tieline, broken });
    return tieline;
  };
  /** The processes that the load balancer of a real installation would send requests to. */
  const fleet: Tieline[] = [];
  for (let index = 0; index < PROCESSES; index += 1) fleet.push(await begin(earlier.program));
  const [first] = fleet as [Tieline];
  const { has_stock } = earlier;
  const tenants = await makeTenants(client, first, { receiver, count: CUSTOMERS, has_stock });
  const random = seededRandom(wanted.seed);
  const parts = { client, fleet, tenants, receiver, history, random };
  const goOn = () => Promise.race([sleep(LOAD_MS), broken]);
  const leave = async (old: Tieline) => {
    fleet.splice(fleet.indexOf(old), 1);
    await Promise.race([sleep(DRAIN_MS), broken]);
    await old.leave();
  };

  const load = new Load(parts);
  load.start(reject);
  startGrantLoad(load, parts, reject);
  say(
    `${PROCESSES} processes of ${earlier.commit}; missing: ${earlier.missing.join(', ') || 'none'}`,
  );
  await goOn();
  const olds = [...fleet];
  if (earlier.may_go_on) {
    for (const old of olds) {
      fleet.push(await begin(PROGRAM));
      say(`process ${all.length} of this version serves beside ${olds.length} of the earlier one`);
      await goOn();
      await leave(old);
    }
  } else {
    demandRefusal(data, folder);
    say('this version refuses to start beside the earlier one, and names its processes');
    await goOn();
    await Promise.race([load.stop(), broken]);
    await Promise.all(olds.map(leave));
    for (const _ of olds) fleet.push(await begin(PROGRAM));
    say('all were stopped, and this version serves');
  }
  await goOn();
  await Promise.race([load.stop(), broken]);
  await settled(look, broken);
  await checkChanges(look, history);
  await checkNumbers(look);
  await checkWebhooks(look, receiver, { isSettled: true });
  const events = await checkSums({ engine: 'postgres', url: data });
  for (const [what, name] of Object.entries(NEVER)) {
    const count = history.counts.get(what) ?? 0;
    if (count > 0) throw new BrokenPromise(`${count} requests ${name}`);
  }
  const counts = [...history.counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const told = counts.map(([name, count]) => `${name}: ${count}`).join(', ');
  say(`verify finds nothing in ${events} events. ${told}, webhooks: ${receiver.heard.length}`);
}

/** Answers that nobody may get during an upgrade. */
const NEVER = { lost: 'had no answer', '503': 'were refused' };

/** This version must end at once with status 2 and one sentence. @throws BrokenPromise otherwise */
function demandRefusal(data: string, folder: string): void {
  const parameters = [PROGRAM, 'serve', '--production', '--port', '0', '--data', data];
  const env = { PATH: process.env['PATH'], HOME: folder, ...SERVER_SETTINGS };
  const options = { cwd: folder, env, encoding: 'utf8', timeout: START_MS } as const;
  const { status, stderr } = spawnSync(process.execPath, parameters, options);
  if (status === 2 && /stop them all, then start this version/.test(stderr)) return;
  throw new BrokenPromise(`this version started with status ${status}`, stderr);
}

/** Waits until every webhook has ended and every message and call has its last state. */
async function settled(look: Look, broken: Promise<never>): Promise<void> {
  const latest = performance.now() + SETTLING_MS;
  while (performance.now() < latest) {
    const [open] = await look(
      `select 1 as one from deliveries where state in ('pending', 'leased')
        union select 1 from carrier_tasks where kind in ('message', 'call')`,
    );
    if (!open) return;
    await Promise.race([sleep(LOOK_MS), broken]);
  }
}
