import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../support/free-port.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts';
import { checkSums } from '../promises.ts';
import { checkPair, type Told } from './pair-promises.ts';
import { Platform } from './platform.ts';
import { giveNumber, LEASE_MS, letTimePass, OURS, SENDERS, sendOn } from './traffic.ts';

const LONGEST_LIFE_MS = 1_500;
const LONGEST_DEATH_MS = 1_000;

export interface Wanted {
  readonly seconds: number;
  readonly seed: number;
}

/**
 * Runs two platforms under load, of which one is the upstream of the other, and kills them at
 * random. @throws BrokenPromise at the first promise that is broken
 */
export async function runUpstream(wanted: Wanted, say: (line: string) => void): Promise<void> {
  using folder = temporaryFolder();
  await using ends = new AsyncDisposableStack();
  const [near, far] = await makePair(folder, ends);
  const told: Told = { out: new Map(), in: new Map() };
  let isOver = false;
  const load = Promise.all([
    ...Array.from({ length: SENDERS }, (_, index) =>
      sendOn(near, told, { index, isOver: () => isOver }),
    ),
    bringOn(far, told, () => isOver),
  ]);
  const until = performance.now() + wanted.seconds * 1_000;
  const random = seededRandom(wanted.seed);
  while (performance.now() < until) {
    await sleep(random(LONGEST_LIFE_MS));
    const victims = [[near], [far], [near, far]][random(3)] ?? [];
    await Promise.all(victims.map((victim) => victim.kill()));
    await sleep(random(LONGEST_DEATH_MS));
    await Promise.all(victims.map((victim) => victim.start()));
  }
  isOver = true;
  await load;
  say(`near was killed ${near.kills} times, far ${far.kills} times; both run again`);
  await sleep(LEASE_MS);
  await letTimePass(near);
  await Promise.all([near.leave(), far.leave()]);
  const sums = await Promise.all([near, far].map(({ location }) => checkSums(location)));
  for (const line of await checkPair(near.location, far.location, told)) say(line);
  say(`verify finds nothing in ${sums.join(' and ')} events`);
}

async function makePair(
  folder: TemporaryFolder,
  ends: AsyncDisposableStack,
): Promise<readonly [near: Platform, far: Platform]> {
  const ports = [await freePort(), await freePort()] as const;
  for (const name of ['near', 'far']) mkdirSync(folder.at(name));
  const far = ends.use(new Platform({ name: 'far', folder: folder.at('far'), port: ports[1] }));
  await far.start();
  const { username, password } = far.developer;
  const file = folder.at('carriers.yaml');
  writeFileSync(
    file,
    `
carriers: { up: { kind: twilio, base: "${far.origin}", account_sid: ${username}, auth_token: env:UP } }
routes: { messages: [{ by: up }] }
`,
  );
  const env = { TIELINE_CARRIERS: file, UP: password };
  const near = ends.use(
    new Platform({ name: 'near', folder: folder.at('near'), port: ports[0], env }),
  );
  await near.start();
  const url = `${near.origin}/_carrier/up/messages`;
  await giveNumber(near, {});
  await giveNumber(far, { sms_url: url, sms_fallback_url: url });
  return [near, far];
}

/** Lets one message after the other arrive at the far platform, which hands it on. */
async function bringOn(far: Platform, told: Told, isOver: () => boolean): Promise<void> {
  for (let number = 0; !isOver(); number += 1) {
    const body = `in-${number}`;
    const from = `+1415557${String(1_000 + (number % 9_000))}`;
    const answer = await far.post('/_tieline/messages', { to: OURS, from, body });
    told.in.set(body, answer?.status ?? null);
    await sleep(100);
  }
}
