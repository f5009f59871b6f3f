import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '../../src/app.ts';
import { openDatabase } from '../../src/db/open-database.ts';
import { openLog } from '../../src/kit/log.ts';
import { verify } from '../../src/verify/verify.ts';
import { PROGRAM } from '../support/program/program.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ENGINES } from '../support/test-app.ts';
import {
  type RunningTieline,
  runTieline,
  type Surroundings,
  startTieline,
} from '../support/tieline-process.ts';
import { newPlace } from './place.ts';

const EVENTS_OF_BATCH = 3;
const PRICE_MICRO = 7_900;
const USAGE_PATH = '/_tieline/usage';

/** The body of a batch. Its keys stay the same, at any time and for any server. */
function batchOf(server: RunningTieline, number: number): string {
  return JSON.stringify(
    Array.from({ length: EVENTS_OF_BATCH }, (_, event) => ({
      account_sid: server.developer.username,
      category: 'sms-outbound-longcode',
      price: '0.0079',
      key: keyOf(number, event),
    })),
  );
}

function keyOf(number: number, event: number): string {
  return `${number}.${event}`;
}

/** Sends a batch. @returns whether it was acknowledged; false when the server is gone */
async function send(server: RunningTieline, number: number): Promise<boolean> {
  let reply: Response;
  let text: string;
  try {
    reply = await server.fetch(USAGE_PATH, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: batchOf(server, number),
    });
    text = await reply.text();
  } catch {
    return false;
  }
  assert.equal(reply.status, 200, text);
  const { accepted, repeated } = JSON.parse(text) as { accepted: number; repeated: number };
  assert.ok(
    [accepted, repeated].toSorted((a, b) => a - b).join() === `0,${EVENTS_OF_BATCH}`,
    `a batch counts as a whole, not ${text}`,
  );
  return true;
}

/** Expects every batch once in the record of all time, and `tieline verify` to agree. */
async function assertCountedOnce(
  server: RunningTieline,
  at: Surroundings,
  batches: number,
  story: string,
): Promise<void> {
  const path = `/2010-04-01/Accounts/${server.developer.username}/Usage/Records/AllTime.json?Category=sms`;
  const reply = await server.fetch(path);
  const [record] = ((await reply.json()) as { usage_records: Record<string, string>[] })
    .usage_records;
  const events = batches * EVENTS_OF_BATCH;
  assert.equal(record?.['count'], String(events), story);
  assert.equal(Number(record?.['price']).toFixed(6), ((events * PRICE_MICRO) / 1e6).toFixed(6));
  const { status, stdout, stderr } = await runTieline(['verify'], at);
  assert.match(stdout, /\nEverything agrees\.\n$/, story + stderr);
  assert.equal(status, 0, story);
}

/** The program that kills at a system call. `npm test` says when it is missing. */
const STRACE = process.env['TEST_STRACE'] ?? '';
/**
 * The fsyncs at which a process is killed. Each has its own process. The first are those of the
 * start, and each later one is that of a commit, so most of the later ones are left out.
 */
const KILLS = [...Array.from({ length: 20 }, (_, before) => before + 1), 25, 40];
/** The number of folders in parallel. The smallest machine has a processor for each. */
const LANES = 2;
/** Far more than a process needs for its N-th fsync. */
const MAX_BATCHES = 4 * Math.max(...KILLS);

/** The batches sent to one folder. */
interface Sent {
  count: number;
  readonly acknowledged: Set<number>;
}

/** Serves until the N-th fsync kills the server. All batches are sent again, then new ones. */
async function serveUntilKilled(at: Surroundings, n: number, sent: Sent): Promise<void> {
  const inject = `inject=fsync,fdatasync:signal=SIGKILL:when=${n}`;
  // With -D strace runs as a grandchild, and the server stays a child of this process.
  const flags = ['-D', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=fsync,fdatasync', '-e', inject];
  const command = [STRACE, ...flags, process.execPath, PROGRAM] as const;
  let server: RunningTieline;
  try {
    server = await startTieline([], { ...at, command });
  } catch (error) {
    assert.match(String(error), /^Error: It ended: null/, `fsync ${n} of a start`);
    return;
  }
  await using served = server;
  const already = sent.count;
  for (let number = 0; number < already + MAX_BATCHES; number += 2) {
    sent.count = Math.max(sent.count, number + 2);
    // Two batches at the same time may share a commit.
    const pair = [number, number + 1];
    const answers = await Promise.all(pair.map((one) => send(served, one)));
    for (const [index, isAcknowledged] of answers.entries()) {
      if (isAcknowledged) sent.acknowledged.add(number + index);
    }
    if (answers.includes(false)) {
      const { status, stderr } = await served.end();
      assert.equal(status, null, `fsync ${n} kills: ${stderr}`);
      return;
    }
  }
  assert.fail(`there was no fsync ${n}: answers do not wait for one`);
}

/** Checks the data that the killed process left, as the next start finds it. */
async function assertNothingLost(folder: string, n: number, sent: Sent): Promise<void> {
  if (sent.acknowledged.size === 0) return;
  const log = openLog('error');
  const database = await openDatabase({ engine: 'sqlite', folder }, log, { readonly: true });
  try {
    const rows = await database.db.selectFrom('usage_events').select('key').execute();
    // Usage of the first start has the SIDs of messages and calls as keys.
    const ours = rows.filter(({ key }) => /^\d+\.\d+$/.test(key));
    const keys = new Set(ours.map(({ key }) => key));
    for (const batch of sent.acknowledged) {
      for (let event = 0; event < EVENTS_OF_BATCH; event += 1) {
        assert.ok(keys.has(keyOf(batch, event)), `acknowledged before fsync ${n}: ${batch}`);
      }
    }
    assert.equal(keys.size % EVENTS_OF_BATCH, 0, `a batch is in the ledger whole, fsync ${n}`);
    const { differences } = await verify({ database, now: Date.now } as App);
    assert.deepEqual(differences, [], `after fsync ${n}`);
  } finally {
    await database.close();
  }
}

suite('usage on SQLite, killed at the N-th fsync', { concurrency: LANES }, () => {
  if (!STRACE) return;
  for (let lane = 0; lane < LANES; lane += 1) {
    const kills = KILLS.filter((n) => n % LANES === lane);
    test(`is counted once, N = ${kills.slice(0, 3).join(', ')}, … ${kills.at(-1)}`, async () => {
      using folder = temporaryFolder();
      // strace counts the calls of each thread. One thread for files makes that the count of syncs.
      const at = { cwd: folder.path, env: { TIELINE_DATA: 'data', UV_THREADPOOL_SIZE: '1' } };
      const sent: Sent = { count: 0, acknowledged: new Set() };
      for (const n of kills) {
        await serveUntilKilled(at, n, sent);
        await assertNothingLost(join(folder.path, 'data'), n, sent);
      }
      assert.ok(sent.acknowledged.size > 0 && sent.acknowledged.size < sent.count);
      await using server = await startTieline([], at);
      for (let number = 0; number < sent.count; number += 1) {
        assert.ok(await send(server, number));
      }
      await assertCountedOnce(server, at, sent.count, 'after the last fsync');
    });
  }
});

const PROCESSES = 3;
const BATCHES = 80;
/** The number of requests under way for each process. */
const WRITERS = 4;
const RANDOM_KILLS = 9;
const LONGEST_DELAY_MS = 20;

/** One of several processes on one database, with its successors. */
interface Slot {
  running: Promise<RunningTieline>;
  /** The requested kills, one after the other. */
  killing: Promise<void>;
}

async function killAndRestart(slot: Slot, delay: number, at: Surroundings): Promise<void> {
  await slot.killing;
  const server = await slot.running;
  await sleep(delay);
  const ended = server.end('SIGKILL');
  slot.running = ended.then(() => startTieline([], at));
  // A failed start shows in the requests to the new process.
  slot.running.catch(() => {});
}

/** The thresholds of triggers on the count of all events. */
const THRESHOLDS = [1, 60, 61, BATCHES * EVENTS_OF_BATCH] as const;
const NOT_REACHED = BATCHES * EVENTS_OF_BATCH + 1;

async function createTriggers(server: RunningTieline): Promise<void> {
  const { username, password } = server.developer;
  for (const value of [...THRESHOLDS, NOT_REACHED]) {
    const reply = await server.fetch(`/2010-04-01/Accounts/${username}/Usage/Triggers.json`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
      },
      body: new URLSearchParams({
        // Nothing listens on the port of the discard service.
        CallbackUrl: 'http://127.0.0.1:9/',
        TriggerValue: String(value),
        TriggerBy: 'count',
        UsageCategory: 'sms',
      }),
    });
    assert.equal(reply.status, 201, await reply.text());
  }
}

/** The thresholds of the triggers with a callback in the outbox. */
async function listFired(server: RunningTieline): Promise<number[]> {
  const reply = await server.fetch('/_tieline/deliveries');
  const { deliveries } = (await reply.json()) as {
    deliveries: { kind: string; parameters: { TriggerValue: string } }[];
  };
  return deliveries
    .filter(({ kind }) => kind === 'usage-trigger')
    .map(({ parameters }) => Number(parameters.TriggerValue))
    .toSorted((a, b) => a - b);
}

suite('usage on PostgreSQL, with three processes that are killed at random', () => {
  if (!ENGINES.includes('postgres')) return;
  test('is counted once although each gets all events, and fires each trigger once', async () => {
    const seed = randomInt(2 ** 31);
    const random = seededRandom(seed);
    using folder = temporaryFolder();
    await using place = await newPlace('postgres', 'data');
    const at = { cwd: folder.path, env: { TIELINE_DATA: place.data } };
    await using everything = new AsyncDisposableStack();
    const slots: Slot[] = [];
    everything.defer(async () => {
      await Promise.all(
        slots.map(async ({ killing, running }) => {
          await killing;
          await (await running).end('SIGKILL');
        }),
      );
    });
    // The first process makes the accounts.
    for (let process = 0; process < PROCESSES; process += 1) {
      const running = startTieline([], at);
      slots.push({ running, killing: Promise.resolve() });
      if (process === 0) await createTriggers(await running);
    }

    const killsAt = new Set<number>();
    while (killsAt.size < RANDOM_KILLS) killsAt.add(1 + random(PROCESSES * BATCHES - 1));
    let attempts = 0;
    const sendOne = async (slot: Slot, number: number): Promise<void> => {
      for (;;) {
        const running = slot.running;
        const server = await running;
        attempts += 1;
        if (killsAt.has(attempts)) {
          const unlucky = slots[random(PROCESSES)] as Slot;
          unlucky.killing = killAndRestart(unlucky, random(LONGEST_DELAY_MS), at);
        }
        if (await send(server, number)) return;
        assert.notEqual(slot.running, running, `seed ${seed}: a process ended by itself`);
      }
    };
    await Promise.all(
      slots.map(async (slot) => {
        const waiting = Array.from({ length: BATCHES }, (_, number) => number);
        const writers = Array.from({ length: WRITERS }, async () => {
          while (waiting.length > 0) {
            const [number] = waiting.splice(random(waiting.length), 1);
            await sendOne(slot, number as number);
          }
        });
        await Promise.all(writers);
      }),
    );
    await Promise.all(slots.map(({ killing }) => killing));
    const [server] = await Promise.all(slots.map(({ running }) => running));
    assert.ok(server);
    assert.deepEqual(await listFired(server), [...THRESHOLDS], `seed ${seed}`);
    await assertCountedOnce(server, at, BATCHES, `seed ${seed}: `);
  });
});
