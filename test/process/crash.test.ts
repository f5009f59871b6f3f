import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../../src/db/database.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { basic, ENGINES } from '../support/test-app.ts';
import {
  type RunningTieline,
  type Surroundings,
  startTieline,
} from '../support/tieline-process.ts';
import { newPlace } from './place.ts';

const WRITERS = 24;
const LONGEST_RUN_MS = 400;
/** An account may have 1,000 subaccounts. */
const MOST_WRITES = 1_000 - WRITERS;

for (const engine of ENGINES) {
  suite(`a killed server (${engine})`, { concurrency: 2 }, () => {
    test('keeps the write that it answered', () =>
      withPlace(engine, async (at) => {
        await using server = await startTieline([], at);
        const sid = await createAccount(server, 'The last before the crash');
        await server.end('SIGKILL');
        await using again = await startTieline([], at);
        const answer = await again.fetch(`/2010-04-01/Accounts/${sid}.json`);
        assert.equal(answer.status, 200);
        assert.match(await answer.text(), /The last before the crash/);
      }));

    test('keeps each of many concurrent writes that it answered', () =>
      withPlace(engine, async (at) => {
        await using server = await startTieline([], at);
        const answered: string[] = [];
        const writers = Array.from({ length: WRITERS }, () => writeOn(server, answered));
        while (answered.length === 0) await sleep(1);
        const wait = randomInt(LONGEST_RUN_MS);
        await sleep(wait);
        await server.end('SIGKILL');
        await Promise.all(writers);

        await using again = await startTieline([], at);
        const kept = await listSids(again);
        const lost = answered.filter((sid) => !kept.has(sid));
        assert.deepEqual(lost, [], `of ${answered.length} answered, killed after ${wait} ms`);
      }));
  });
}

/** Runs work with a new folder, and on PostgreSQL also with a new database. */
async function withPlace(engine: Engine, work: (at: Surroundings) => Promise<void>): Promise<void> {
  using folder = temporaryFolder();
  await using place = await newPlace(engine, 'data');
  await work({ cwd: folder.path, env: { TIELINE_DATA: place.data } });
}

async function createAccount(server: RunningTieline, FriendlyName: string): Promise<string> {
  const answer = await server.fetch('/2010-04-01/Accounts.json', {
    method: 'POST',
    headers: { authorization: basic(server.developer) },
    body: new URLSearchParams({ FriendlyName }),
  });
  assert.equal(answer.status, 201);
  return ((await answer.json()) as { sid: string }).sid;
}

/** Writes one after the other until the server is gone or has the most writes. */
async function writeOn(server: RunningTieline, answered: string[]): Promise<void> {
  try {
    while (answered.length < MOST_WRITES) {
      answered.push(await createAccount(server, 'One of many'));
    }
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
  }
}

interface AccountsPage {
  readonly accounts: readonly { readonly sid: string }[];
  readonly next_page_uri: string | null;
}

async function listSids(server: RunningTieline): Promise<Set<string>> {
  const sids = new Set<string>();
  let path: string | null = '/2010-04-01/Accounts.json?PageSize=1000';
  while (path) {
    const page = (await (await server.fetch(path)).json()) as AccountsPage;
    for (const { sid } of page.accounts) sids.add(sid);
    path = page.next_page_uri;
  }
  return sids;
}
