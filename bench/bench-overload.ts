import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createFromCommand } from '../src/cli/operate/operate-people.ts';
import { startCluster } from '../test/support/postgres-cluster.ts';
import { cpuMicroseconds, pinLoad, whenDone } from './child.ts';
import { requestBytes } from './lines.ts';
import { makeAccounts, openData } from './metering.ts';
import { type OpenLoop, percentile, runLoops, type Timed } from './open-loop.ts';
import { accountPath, basic, type Login, newLogin, startTieline } from './servers.ts';

/**
 * Sends messages of one account at a half, one, two and three times of the rate that the server can
 * keep. Beside it another account reads and sends a few, both end access, and somebody signs in and
 * asks for health.
 */
const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: 'sqlite' },
    // A folder in memory leaves out the disk.
    place: { type: 'string', default: tmpdir() },
    seconds: { type: 'string', default: '10' },
    times: { type: 'string', default: '0.5,1,2,3' },
    // The connections of the busy account that are open before its load; more are opened as needed.
    connections: { type: 'string', default: '4000' },
    capacity: { type: 'string' },
    setting: { type: 'string', default: 'refuse' },
    node: { type: 'string', multiple: true, default: [] },
  },
});
const seconds = Number(values.seconds);
const connections = Number(values.connections);
const WARM_SECONDS = 4;
/** As many clients as an open loop has at its capacity. Fewer would find a lower capacity. */
const CLIENTS = 256;
/** Below this share of its core the server is idle. */
const IDLE_SHARE = 0.08;
const EMAIL = 'ann@example.com';
const PASSWORD = 'green otter 99 sofa';
const PER_SECOND = { light: 20, healthz: 20, page: 5, sign_in: 1, revoke: 2 } as const;

const folder = mkdtempSync(join(values.place, 'tieline-overload-'));
whenDone(() => rmSync(folder, { recursive: true, force: true }));
const heavy = newLogin();
const light = newLogin();
const data = await aPlace();
pinLoad();
const server = await startTieline('Tieline', data, heavy, {
  env: { TIELINE_OVERLOAD: values.setting },
  node: values.node,
});
const port = Number(new URL(server.origin).port);

/** A new folder, or a new cluster that uses all cores, with a person and two accounts in it. */
async function aPlace(): Promise<string> {
  let place = join(folder, 'data');
  if (values.engine === 'postgres') {
    const cluster = await startCluster({ durable: true, place: values.place });
    if (!cluster) throw new Error('PostgreSQL is not installed');
    whenDone(() => cluster.stop());
    place = cluster.url;
  }
  const app = await openData(place);
  await createFromCommand(app, { email: EMAIL, name: 'Ann', password: PASSWORD });
  for (const login of [heavy, light]) await makeAccounts(app, login, 1);
  await app.close();
  return place;
}

const sendOf = (of: Login): string =>
  requestBytes({
    method: 'POST',
    path: `${accountPath(of)}/Messages.json`,
    headers: { authorization: basic(of) },
    body: 'To=%2B14155550123&From=SENDER&Body=Hello',
  });
const readOf = (of: Login): string =>
  requestBytes({ path: `${accountPath(of)}.json`, headers: { authorization: basic(of) } });

/** Makes keys. @returns the requests that delete them */
async function revokesOf(of: Login): Promise<string[]> {
  const path = `${accountPath(of)}/Keys`;
  const headers = { authorization: basic(of) };
  const revokes: string[] = [];
  for (let made = 0; made < PER_SECOND.revoke * seconds; made += 1) {
    const answer = await fetch(`${server.origin}${path}.json`, { method: 'POST', headers });
    const { sid } = (await answer.json()) as { readonly sid: string };
    revokes.push(requestBytes({ method: 'DELETE', path: `${path}/${sid}.json`, headers }));
  }
  return revokes;
}

/** The form of the sign-in, as a browser sends it. */
async function signIn(): Promise<string> {
  const page = await fetch(`${server.origin}/login`);
  const token = /name="form_token" value="([^"]*)"/.exec(await page.text())?.[1] ?? '';
  const cookie = page.headers.getSetCookie().map((one) => one.split(';')[0]);
  return requestBytes({
    method: 'POST',
    path: '/login',
    headers: { cookie: cookie.join('; ') },
    body: String(new URLSearchParams({ form_token: token, Email: EMAIL, Password: PASSWORD })),
  });
}

/** Waits until the server has carried the messages that it took. */
async function carried(): Promise<void> {
  for (;;) {
    const before = cpuMicroseconds(server.pid) ?? 0;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    if ((cpuMicroseconds(server.pid) ?? 0) - before < IDLE_SHARE * 1e6) return;
  }
}

/** The messages a second of clients that wait for their answers. */
async function measureCapacity(): Promise<number> {
  const loops = [{ requests: [sendOf(heavy)], perSecond: 0 }];
  await runLoops({ port, seconds: WARM_SECONDS, clients: CLIENTS, loops });
  await carried();
  const [result] = await runLoops({ port, seconds, clients: CLIENTS, loops });
  return (result as OpenLoop).goodPerSecond;
}

const ms = (times: readonly number[], of: number) => `${Math.round(percentile(times, of))}`;

function show(name: string, { answers, good, refused, late, connections }: OpenLoop): void {
  const statuses = JSON.stringify(Object.fromEntries(answers));
  const refusals = refused.length > 0 ? `, refused p99 ${ms(refused, 99)}` : '';
  const times = `p50 ${ms(good, 50)} p99 ${ms(good, 99)} ms${refusals}`;
  console.log(
    `  ${name.padEnd(14)} ${statuses} ${times} (${connections} connections, sent ≤ ${Math.round(late)} ms late)`,
  );
}

async function runAt(times: number, capacity: number): Promise<void> {
  const rate = capacity * times;
  const beside: Record<string, Timed> = {
    'light reads': { requests: [readOf(light)], perSecond: PER_SECOND.light },
    'light sends': { requests: [sendOf(light)], perSecond: PER_SECOND.light },
    'light revokes': { requests: await revokesOf(light), perSecond: PER_SECOND.revoke },
    'heavy revokes': { requests: await revokesOf(heavy), perSecond: PER_SECOND.revoke },
    healthz: { requests: [requestBytes({ path: '/healthz' })], perSecond: PER_SECOND.healthz },
    'login page': { requests: [requestBytes({ path: '/login' })], perSecond: PER_SECOND.page },
    'sign-in': { requests: [await signIn()], perSecond: PER_SECOND.sign_in },
  };
  await carried();
  const before = { own: process.cpuUsage(), server: cpuMicroseconds(server.pid) };
  const began = performance.now();
  const [[loop], others] = await Promise.all([
    runLoops({
      port,
      seconds,
      loops: [{ requests: [sendOf(heavy)], perSecond: rate, connections }],
    }),
    runLoops({ port, seconds, loops: Object.values(beside) }),
  ]);
  const share = (us: number) => Math.round(us / (performance.now() - began) / 10);
  const { user, system } = process.cpuUsage(before.own);
  const used = (cpuMicroseconds(server.pid) ?? Number.NaN) - (before.server ?? Number.NaN);
  const { goodPerSecond, drained } = loop as OpenLoop;
  const kept = Math.round((goodPerSecond / Math.min(rate, capacity)) * 100);
  console.log(
    `x${times}: kept ${kept} %, drained in ${(drained / 1_000).toFixed(1)} s; ` +
      `of a core, the server used ${share(used)} %, the load ${share(user + system)} %`,
  );
  show('heavy', loop as OpenLoop);
  for (const [at, name] of Object.keys(beside).entries()) show(name, others[at] as OpenLoop);
}

const capacity = values.capacity ? Number(values.capacity) : await measureCapacity();
console.log(`capacity: ${Math.round(capacity)} messages a second`);
for (const times of values.times.split(',').map(Number)) await runAt(times, capacity);
await server.stop();
