import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from './load.ts';
import { CATEGORIES } from './metering.ts';
import { accountPath, basic, type Login } from './servers.ts';

/** The number of the account's usage triggers, which is a limit of the product. */
export const TRIGGERS = 1_000;
/** The pause between two events, so that callbacks of the first do not delay those of the next. */
const PAUSE_MS = 5;
const LATEST_MS = 60_000;

/** The size of batches of other usage of the same account, which no trigger watches. */
const LOAD_BATCH = 100;
const LOAD_EVERY_MS = 20;

/** The times of callbacks, in milliseconds. */
export interface CallbackTimes {
  /** The times when each event fires one trigger while other usage is metered. */
  readonly oneByOne: readonly number[];
  /** The rate of the other events. */
  readonly othersPerSecond: number;
  /** The times when one event fires all triggers. */
  readonly together: readonly number[];
}

/** A receiver that notes the first byte of each trigger's callback. */
interface Receiver {
  readonly url: string;
  /** The time of the callback of this trigger. */
  came(sid: string): Promise<number>;
  close(): void;
}

async function openReceiver(): Promise<Receiver> {
  const waiting = new Map<string, ReturnType<typeof Promise.withResolvers<number>>>();
  const of = (sid: string) => {
    let found = waiting.get(sid);
    if (!found) waiting.set(sid, (found = Promise.withResolvers()));
    return found;
  };
  const server: Server = createServer((request, response) => {
    const at = performance.now();
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      of(new URLSearchParams(body).get('UsageTriggerSid') ?? '').resolve(at);
      response.end();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/fired`,
    came: (sid) => {
      const late = new Promise<never>((_resolve, reject) =>
        setTimeout(() => reject(new Error(`${sid} did not call`)), LATEST_MS).unref(),
      );
      return Promise.race([of(sid).promise, late]);
    },
    close: () => void server.close(),
  };
}

/** Makes triggers at 1, 2, 3… above `from`, or all at one value. @returns their SIDs */
async function makeTriggers(
  { origin }: Target,
  login: Login,
  url: string,
  valueOf: (number: number) => number,
): Promise<string[]> {
  const sids: string[] = [];
  for (let number = 1; number <= TRIGGERS; number += 1) {
    const answer = await fetch(`${origin}${accountPath(login)}/Usage/Triggers.json`, {
      method: 'POST',
      headers: { authorization: basic(login) },
      body: new URLSearchParams({
        CallbackUrl: url,
        TriggerValue: String(valueOf(number)),
        UsageCategory: CATEGORIES[1],
        TriggerBy: 'count',
      }),
    });
    if (!answer.ok) throw new Error(`a trigger could not be made: ${await answer.text()}`);
    sids.push(((await answer.json()) as { sid: string }).sid);
  }
  return sids;
}

interface Used {
  readonly account_sid: string;
  readonly category: string;
  readonly key: string;
}

async function use({ origin }: Target, usage: Used | readonly Used[]): Promise<void> {
  const answer = await fetch(`${origin}/_tieline/usage`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(usage),
  });
  if (!answer.ok) throw new Error(`usage was not counted: ${await answer.text()}`);
  await answer.body?.cancel();
}

/** Meters at a steady rate until it is stopped. `stop` returns the events a second. */
function startLoad(target: Target, account_sid: string): { stop(): Promise<number> } {
  const started = performance.now();
  let batches = 0;
  const load = { isStopped: false };
  const run = async () => {
    for (; !load.isStopped; batches += 1) {
      const batch = Array.from({ length: LOAD_BATCH }, (_, index) => {
        return { account_sid, category: CATEGORIES[4], key: `other ${batches} ${index}` };
      });
      await use(target, batch);
      const next = started + (batches + 1) * LOAD_EVERY_MS;
      await sleep(Math.max(0, next - performance.now()));
    }
  };
  const running = run();
  return {
    async stop() {
      load.isStopped = true;
      await running;
      return (batches * LOAD_BATCH * 1000) / (performance.now() - started);
    },
  };
}

/** The time from an event's answer to the callback of the trigger that it fired. */
async function timeFire(target: Target, receiver: Receiver, usage: Used, sids: readonly string[]) {
  await use(target, usage);
  const answered = performance.now();
  const times: number[] = [];
  for (const sid of sids) times.push(Math.max(0, (await receiver.came(sid)) - answered));
  return times;
}

async function deleteTriggers({ origin }: Target, login: Login, sids: readonly string[]) {
  for (const sid of sids) {
    const url = `${origin}${accountPath(login)}/Usage/Triggers/${sid}.json`;
    const answer = await fetch(url, { method: 'DELETE', headers: { authorization: basic(login) } });
    if (!answer.ok) throw new Error(`a trigger could not be deleted: ${await answer.text()}`);
  }
}

/**
 * The time from the answer to an event, which is its commit, to the first byte of the callback of
 * the trigger that it fired. A callback that overtakes the answer counts as 0.
 */
export async function measureCallbacks(target: Target, login: Login): Promise<CallbackTimes> {
  const receiver = await openReceiver();
  const account_sid = login.username;
  const category = CATEGORIES[1];
  try {
    const first = await makeTriggers(target, login, receiver.url, (number) => number);
    const load = startLoad(target, account_sid);
    const oneByOne: number[] = [];
    for (const sid of first) {
      const usage = { account_sid, category, key: `fires ${sid}` };
      oneByOne.push(...(await timeFire(target, receiver, usage, [sid])));
      await sleep(PAUSE_MS);
    }
    const othersPerSecond = await load.stop();
    await deleteTriggers(target, login, first);
    const second = await makeTriggers(target, login, receiver.url, () => TRIGGERS + 1);
    const usage = { account_sid, category, key: 'fires all' };
    const together = await timeFire(target, receiver, usage, second);
    return { oneByOne, othersPerSecond, together };
  } finally {
    receiver.close();
  }
}
