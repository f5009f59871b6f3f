import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SipAgent } from '../src/carriers/sip/agent.ts';
import type { CallEnd } from '../src/carriers/sip/call.ts';
import { makeOffer } from '../src/carriers/sip/offer-answer.ts';
import { NO_PARAMETERS } from '../src/carriers/sip/parameters.ts';
import { realOutside } from '../test/carriers/sip/real-outside.ts';
import { isBound, SCENARIOS } from '../test/carriers/sip/sipp.ts';
import { freePort } from '../test/support/free-port.ts';
import { startCluster } from '../test/support/postgres-cluster.ts';
import { whenDone } from './child.ts';
import { callsThrough } from './sip-calls.ts';

/**
 * Makes calls to SIPp as the carrier: bare ones by the SIP user agent alone, or whole ones through
 * the API of a server.
 */
const { values } = parseArgs({
  options: {
    part: { type: 'string', default: 'bare' },
    engine: { type: 'string', default: 'sqlite' },
    // A folder in memory leaves out the disk.
    place: { type: 'string', default: tmpdir() },
    calls: { type: 'string', default: '5000' },
    rate: { type: 'string', default: '600' },
    // The percentage of messages that SIPp loses in each direction.
    lost: { type: 'string', default: '0' },
    // The requests that are under way at once, through the API.
    clients: { type: 'string', default: '32' },
    // Whether a silent target of the first priority stands before SIPp, through the API.
    silent: { type: 'boolean', default: false },
  },
});
const HERE = '127.0.0.1';
const SCENARIO = join(SCENARIOS, 'sipp-uas-patient.xml');
const calls = Number(values.calls);
/** SIPp counts a repeat after the end of its call as another call, so it may have more. */
const SPARE = 1_000_000;

const folder = mkdtempSync(join(values.place, 'tieline-sip-'));
whenDone(() => rmSync(folder, { recursive: true, force: true }));

async function startSipp(): Promise<{ readonly port: number; readonly child: ChildProcess }> {
  const port = await freePort();
  const settings = ['-i', HERE, '-p', String(port), '-m', String(calls + SPARE), '-nostdin'];
  const lost = values.lost === '0' ? [] : ['-lost', values.lost];
  const child = spawn('/usr/bin/sipp', ['-sf', SCENARIO, ...settings, ...lost], {
    stdio: 'ignore',
    cwd: folder,
    env: { ...process.env, TERM: 'dumb' },
  });
  whenDone(() => void child.kill('SIGKILL'));
  while (!isBound(port)) await pause(20);
  return { port, child };
}

async function bare(port: number): Promise<void> {
  const settings = {
    listen: [{ transport: 'udp', host: HERE, port: 0 } as const],
    public: null,
    tls: null,
    max_calls: calls * 2,
  };
  const hop = { transport: 'udp', address: HERE, port } as const;
  const agent = await SipAgent.open(settings, {
    outside: realOutside,
    locate: async () => hop,
    invited: async () => 403,
  });
  const ends: Promise<CallEnd>[] = [];
  const cpu = process.cpuUsage();
  const started = performance.now();
  while (ends.length < calls) {
    const due = Math.min(
      calls,
      Math.ceil(((performance.now() - started) / 1_000) * Number(values.rate)),
    );
    while (ends.length < due) ends.push(oneCall(agent, port, hop));
    await pause(1);
  }
  const made = performance.now() - started;
  const all = await Promise.all(ends);
  const seconds = (performance.now() - started) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const failures = Map.groupBy(
    all.filter(({ why }) => why !== 'here'),
    ({ why, status, reason }) => `${why} ${status ?? ''} ${reason ?? ''}`,
  );
  const good = all.filter(({ why }) => why === 'here').length;
  console.log(
    `bare: ${good} of ${calls} calls answered and ended in ${seconds.toFixed(1)} s; ` +
      `made at ${Math.round((calls / made) * 1_000)}/s; ` +
      `${((user + system) / 1_000 / calls).toFixed(2)} ms of processor time a call`,
  );
  for (const [why, some] of failures) console.log(`  ${some.length} × ${why}`);
  agent.close();
}

function oneCall(agent: SipAgent, port: number, hop: Parameters<SipAgent['call']>[0]['hop']) {
  const { promise, resolve } = Promise.withResolvers<CallEnd>();
  const call = agent.call(
    {
      uri: `sip:+4930123@${HERE}:${port}`,
      from: { display: '', uri: 'sip:+4930999@pbx.example', parameters: NO_PARAMETERS },
      user: 'tieline',
      hop,
      routes: [],
      headers: [],
      credentials: null,
      try_ms: 32_000,
    },
    {
      offer: () => makeOffer({ address: HERE, port: 40_000, session: 1, version: 1 }),
      answer: () => null,
    },
    { progress: () => {}, key: () => {}, answered: () => call?.hangUp(), ended: resolve },
  );
  return promise;
}

async function api(port: number): Promise<void> {
  let data = join(folder, 'data');
  if (values.engine === 'postgres') {
    const cluster = await startCluster({ durable: true, place: values.place });
    if (!cluster) throw new Error('PostgreSQL is not installed');
    whenDone(() => cluster.stop());
    data = cluster.url;
  }
  const file = join(folder, 'carriers.yaml');
  writeFileSync(
    file,
    `carriers: { pstn: { kind: sip, listen: ["udp:${HERE}:0"], max_calls: 10000, try_ms: ${values.silent ? 4_000 : 32_000} } }\n`,
  );
  const silent = values.silent ? `sip:${HERE}:${await silentPort()}` : null;
  const targets = [
    ...(silent === null ? [] : [{ target: silent, priority: 1 }]),
    { target: `sip:${HERE}:${port}`, priority: 2 },
  ];
  const wanted = { data, file, targets, calls, clients: Number(values.clients) };
  const { seconds, created_seconds, cpu_ms, statuses } = await callsThrough(wanted);
  console.log(
    `api on ${values.engine}: ${calls} calls created in ${created_seconds.toFixed(1)} s and ended in ` +
      `${seconds.toFixed(1)} s, ${(calls / seconds).toFixed(0)}/s; ${cpu_ms.toFixed(2)} ms of processor time a call`,
  );
  console.log(`  ${[...statuses].map(([status, count]) => `${count} ${status}`).join(', ')}`);
}

/** A port that takes datagrams, and never answers. */
async function silentPort(): Promise<number> {
  const { createSocket } = await import('node:dgram');
  const socket = createSocket('udp4');
  socket.bind(0, HERE);
  await once(socket, 'listening');
  socket.unref();
  return socket.address().port;
}

const { port } = await startSipp();
await (values.part === 'api' ? api(port) : bare(port));
process.exit(0);
