import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../support/free-port.ts';
import { startCluster } from '../../support/postgres-cluster.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { checkSums } from '../promises.ts';
import { checkGateway } from './gateway-promises.ts';
import { GATEWAYS, type Gateway, SECRET } from './gateways.ts';
import { Platform } from './platform.ts';
import { giveNumber, LEASE_MS, letTimePass, OURS, SENDERS, sendOn } from './traffic.ts';

const LONGEST_LIFE_MS = 1_500;
const LONGEST_DEATH_MS = 500;
const BETWEEN_ARRIVALS_MS = 100;

export interface Wanted {
  readonly kind: string;
  readonly engine: 'sqlite' | 'postgres';
  readonly seconds: number;
  readonly seed: number;
}

/**
 * Runs a platform under load before a gateway, and kills the platform at random.
 * @throws BrokenPromise at the first promise that is broken
 */
export async function runGateway(wanted: Wanted, say: (line: string) => void): Promise<void> {
  using folder = temporaryFolder();
  await using ends = new AsyncDisposableStack();
  const port = await freePort();
  const gateway = ends.use(await openGateway(wanted.kind, `http://localhost:${port}`));
  const file = folder.at('carriers.yaml');
  const carriers = `carriers: { far: { ${gateway.fields} } }\nroutes: { messages: [{ by: far }] }\n`;
  writeFileSync(file, carriers);
  mkdirSync(folder.at('near'));
  const cluster = wanted.engine === 'postgres' ? await startCluster() : null;
  if (cluster) ends.defer(() => cluster.stop());
  const near = ends.use(
    new Platform({
      name: 'near',
      folder: folder.at('near'),
      port,
      env: { TIELINE_CARRIERS: file, SECRET, PASSWORD: 'eight' },
      ...(cluster && { location: { engine: 'postgres', url: cluster.url } }),
    }),
  );
  await near.start();
  await giveNumber(near, {});
  const told = { out: new Map<string, number | null>(), in: new Map<string, number | null>() };
  let isOver = false;
  const load = Promise.all([
    ...Array.from({ length: SENDERS }, (_, index) =>
      sendOn(near, told, { index, isOver: () => isOver }),
    ),
    bringOn(gateway, told.in, () => isOver),
  ]);
  const until = performance.now() + wanted.seconds * 1_000;
  const random = seededRandom(wanted.seed);
  while (performance.now() < until) {
    await sleep(random(LONGEST_LIFE_MS));
    await near.kill();
    await sleep(random(LONGEST_DEATH_MS));
    await near.start();
  }
  isOver = true;
  await load;
  say(`near was killed ${near.kills} times, and runs again`);
  await sleep(LEASE_MS);
  await gateway.settled();
  await letTimePass(near);
  await near.leave();
  const sums = await checkSums(near.location);
  for (const line of await checkGateway(near.location, gateway, told)) say(line);
  say(`verify finds nothing in ${sums} events`);
}

async function openGateway(kind: string, near: string): Promise<Gateway> {
  const open = GATEWAYS[kind];
  if (!open) throw new Error(`--kind must be twilio, ${Object.keys(GATEWAYS).join(' or ')}`);
  return open(near);
}

/** Brings one message in after the other, each until it is acknowledged. */
async function bringOn(
  gateway: Gateway,
  told: Map<string, number | null>,
  isOver: () => boolean,
): Promise<void> {
  for (let number = 0; !isOver(); number += 1) {
    const body = `in-${number}`;
    const from = `+1415557${String(1_000 + (number % 9_000))}`;
    await gateway.bring({ from, to: OURS, body });
    told.set(body, 201);
    await sleep(BETWEEN_ARRIVALS_MS);
  }
}
