import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../support/seeded-random.ts';
import { Client } from '../ask.ts';
import { BrokenPromise } from '../broken-promise.ts';
import { startGrantLoad } from '../grant-load.ts';
import { History } from '../history.ts';
import { Load } from '../load.ts';
import { checkChanges, checkNumbers, checkSums, checkWebhooks } from '../promises.ts';
import { openReceiver } from '../receiver.ts';
import { serves } from '../serves.ts';
import { makeTenants } from '../tenants.ts';
import { makeFleet } from '../tieline-fleet.ts';
import { PatroniServers } from './patroni-servers.ts';

const PROCESSES = 3;
const CUSTOMERS = 3;
/** The length of the load before each kill and after the last switch. */
const LOAD_MS = 3_000;
const REJOIN_MS = 90_000;

interface Wanted {
  readonly switches: number;
  readonly seed: number;
  /** Whether the old primary is started again, as a standby. */
  readonly rejoins: boolean;
}

/**
 * Kills the machine of the primary under load, and holds the installation against its promises after
 * each switch. When the old primary has come back, it also switches as planned.
 * @throws BrokenPromise at the first promise that is broken
 */
export async function runFailover(wanted: Wanted, say: (line: string) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tieline-failover-'));
  chmodSync(folder, 0o755);
  await using ends = new AsyncDisposableStack();
  ends.defer(() => rmSync(folder, { recursive: true, force: true }));
  const servers = ends.use(await PatroniServers.start(join(folder, 'servers')));
  const receiver = ends.use(await openReceiver());
  const history = new History();
  const client = new Client(history);
  ends.defer(() => client.close());
  const { promise: broken, reject } = Promise.withResolvers<never>();
  broken.catch(() => {});

  const fleet = await makeFleet(folder, PROCESSES, () => servers.url);
  ends.defer(async () => void (await Promise.all(fleet.map((tieline) => tieline.stop()))));
  for (const tieline of fleet) tieline.run(reject);
  const allServe = () => Promise.all(fleet.map((tieline) => serves({ client, tieline, broken })));
  await allServe();
  const [first] = fleet;
  if (!first) throw new Error('there must be a process');
  const tenants = await makeTenants(client, first, { receiver, count: CUSTOMERS });
  const random = seededRandom(wanted.seed);
  const parts = { client, fleet, tenants, receiver, history, random };
  const load = new Load(parts);
  /** No request of these was made while a server was away. */
  const demandOnlyDone = async (when: string) => {
    const before = unavailable(history);
    await Promise.race([sleep(LOAD_MS), broken]);
    const more = unavailable(history) - before;
    if (more > 0) throw new BrokenPromise(`${more} requests were refused ${when}`);
  };
  const look = <Row extends object>(text: string) => servers.query<Row>(text);
  const check = async (isSettled: boolean) => {
    await checkChanges(look, history);
    await checkNumbers(look);
    await checkWebhooks(look, receiver, { isSettled });
    return checkSums({ engine: 'postgres', url: servers.url });
  };

  // Before its first start a process takes no connections.
  history.counts.clear();
  load.start(reject);
  startGrantLoad(load, parts, reject);
  for (let number = 1; number <= wanted.switches; number += 1) {
    await demandOnlyDone('before the primary was killed');
    const before = unavailable(history);
    const old = await servers.primary();
    servers.killMachine(old);
    const began = client.now;
    await sleep(LOAD_MS);
    await allServe();
    const length = client.now - began;
    const refused = unavailable(history) - before;
    if (refused === 0) throw new BrokenPromise('the switch was not seen: no request was refused');
    await demandOnlyDone('after the switch');
    const events = await check(false);
    say(
      `switch ${number} from ${old} took ${(length / 1_000).toFixed(1)} s: ` +
        `${refused} requests were answered 503 with Retry-After; ${events} events agree`,
    );
    if (!wanted.rejoins) continue;
    servers.startMachine(old);
    await Promise.race([servers.untilSynchronous(REJOIN_MS), broken]);
    say(`${old} is the synchronous standby after ${((client.now - began) / 1_000).toFixed(1)} s`);
  }
  if (wanted.rejoins) {
    const before = unavailable(history);
    const began = client.now;
    await servers.switchOver();
    await allServe();
    const length = ((client.now - began) / 1_000).toFixed(1);
    const refused = unavailable(history) - before;
    say(`a planned switch took ${length} s: ${refused} requests were answered 503`);
    await demandOnlyDone('after the planned switch');
  }
  await Promise.race([load.stop(), broken]);
  const events = await check(false);
  const lost = history.counts.get('lost') ?? 0;
  if (lost > 0) throw new BrokenPromise(`${lost} requests had no answer`);
  if (fleet.some(({ starts }) => starts !== 1)) throw new BrokenPromise('a process was restarted');
  const counts = [...history.counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
  say(
    `${events} events agree at the end. ${counts.map(([name, n]) => `${name}: ${n}`).join(', ')}`,
  );
}

function unavailable({ counts }: History): number {
  return counts.get('503') ?? 0;
}
