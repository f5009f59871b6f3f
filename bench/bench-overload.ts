import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pinLoad, whenDone } from './child.ts';
import { runRound } from './load.ts';
import { percentile, runOpenLoop, type Timed } from './open-loop.ts';
import { accountPath, basic, newLogin, startTieline } from './servers.ts';

/**
 * Sends messages at a half, one, two and three times of the rate that the server can keep, by one
 * account. Meanwhile another account reads and sends a few, and somebody opens the page of the
 * sign-in and asks for health.
 */
const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    seconds: { type: 'string', default: '10' },
    metrics: { type: 'boolean', default: false },
    capacity: { type: 'string' },
    times: { type: 'string', default: '0.5,1,2,3' },
  },
});
const seconds = Number(values.seconds);
const BESIDE_PER_SECOND = 10;

pinLoad();
const folder = mkdtempSync(join(tmpdir(), 'tieline-overload-'));
whenDone(() => rmSync(folder, { recursive: true, force: true }));
const login = newLogin();
const server = await startTieline('Tieline', values.data ?? join(folder, 'data'), login);
const form = 'application/x-www-form-urlencoded';

async function control(path: string, body: object): Promise<Record<string, string>> {
  const answer = await fetch(`${server.origin}/_tieline${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as Record<string, string>;
}

const made = await control('/accounts', { friendly_name: 'A light account', type: 'Full' });
const light = { username: String(made['sid']), password: String(made['auth_token']) };

const sendOf = (of: typeof login): Timed => ({
  url: `${server.origin}${accountPath(of)}/Messages.json`,
  method: 'POST',
  headers: { authorization: basic(of), 'content-type': form },
  body: () => 'To=%2B14155550123&From=SENDER&Body=Hello',
});
const readOf = (of: typeof login): Timed => ({
  url: `${server.origin}${accountPath(of)}.json`,
  method: 'GET',
  headers: { authorization: basic(of) },
});
const page = (path: string): Timed => ({
  url: `${server.origin}${path}`,
  method: 'GET',
  headers: {},
});

const capacity = await runRound(
  server,
  {
    name: 'send',
    method: 'POST',
    path: `${accountPath(login)}/Messages.json`,
    body: () => 'To=%2B14155550123&From=SENDER&Body=Hello',
    status: 201,
  },
  basic(login),
  5,
);
const perSecond = values.capacity ? Number(values.capacity) : capacity.perSecond;
console.log(`capacity: ${Math.round(perSecond)} sends a second (closed loop)`);
const ms = (value: number) => `${Math.round(value)}`.padStart(6);
for (const times of values.times.split(',').map(Number)) {
  const rate = perSecond * times;
  const beside = {
    read: readOf(light),
    send: sendOf(light),
    healthz: page('/healthz'),
    login: page('/login'),
  };
  const [heavy, ...others] = await Promise.all([
    runOpenLoop(sendOf(login), rate, seconds),
    ...Object.values(beside).map((one) => runOpenLoop(one, BESIDE_PER_SECOND, seconds)),
  ]);
  const kept = (heavy.goodInTime / seconds / perSecond) * 100;
  console.log(
    `x${times}: ${JSON.stringify(Object.fromEntries(heavy.answers))} kept ${Math.round(kept)} % ` +
      `good p50 ${ms(percentile(heavy.good, 50))} p99 ${ms(percentile(heavy.good, 99))} ` +
      `refused p50 ${ms(percentile(heavy.refused, 50))} p99 ${ms(percentile(heavy.refused, 99))} drained ${ms(heavy.drained)}`,
  );
  for (const [at, name] of Object.keys(beside).entries()) {
    const other = others[at];
    if (!other) continue;
    console.log(
      `    light ${name.padEnd(8)} ${JSON.stringify(Object.fromEntries(other.answers))} ` +
        `p50 ${ms(percentile(other.good, 50))} p99 ${ms(percentile(other.good, 99))}`,
    );
  }
}
if (values.metrics) {
  const text = await (await fetch(`${server.origin}/metrics`)).text();
  console.log(
    text
      .split('\n')
      .filter((line) => /shed|event_loop|write_/.test(line) && !line.startsWith('#'))
      .join('\n'),
  );
}
await server.stop();
