import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { blocksOf } from '../support/guide-blocks.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { basic, ENGINES, type Login } from '../support/test-app.ts';
import { type RunningTieline, runTieline, startTieline } from '../support/tieline-process.ts';
import { newPlace } from './place.ts';

const key = (byte: number) => Buffer.alloc(32, byte).toString('base64');
const K3 = `k3:${key(3)}`;
const K4 = `k4:${key(4)}`;
/** The time for which a killed process still counts. */
const COUNTED_MS = 15_000;
/** The clients that send requests at the same time. */
const CLIENTS = 4;
/** The pause of a client between two rounds, so that starting processes have the processor. */
const PAUSE_MS = 50;
const GUIDE = 'docs/guides/rotating-the-key.md';

/** Expects the heads and the steps of a console of the guide, with any numbers in them. */
function assertLikeGuide(printed: string, command: string): void {
  const block = blocksOf(GUIDE).find(({ code }) => code.startsWith(`$ ${command}\n`));
  const fixed = (block?.code ?? '').split('\n').filter((line) => /^(key|process|Step) /.test(line));
  assert.ok(fixed.length > 0, `${GUIDE} has no console of ${command}`);
  const anyNumber = (line: string) => line.replaceAll(/ +/g, ' ').replaceAll(/\b\d+ secrets/g, 'N');
  const lines = new Set(printed.split('\n').map(anyNumber));
  for (const line of fixed) assert.ok(lines.has(anyNumber(line)), `${line}\n${printed}`);
}

/** The accounts made between two steps. One account may have a thousand in all. */
const ACCOUNTS_A_STEP = 180;

if (ENGINES.includes('postgres')) {
  suite('the secret key of two processes on one PostgreSQL', { concurrency: 3 }, () => {
    test('is replaced under load, with no refused request and no lost secret', async () => {
      await using stage = await aStage();
      const { at, status, reseal } = stage;
      let servers = [await startTieline([], at(K3)), await startTieline([], at(K3))];
      const load = startLoad(() => servers);
      /** Restarts one after the other, as a proxy would have it: the new one first. */
      const roll = async (keys: string) => {
        for (const [index, old] of servers.entries()) {
          const next = await startTieline([], at(keys));
          servers = servers.with(index, next);
          assert.equal((await old.end('SIGTERM')).status, 0);
        }
      };
      await load.goesOn();
      assert.match(await status(), /There is nothing to do: everything is sealed with k3\.\n$/);

      await roll(`${K4},${K3}`);
      await load.goesOn();
      assertLikeGuide(await status(), 'tieline keys status');
      const { stdout, stderr } = await reseal(`${K4},${K3}`);
      assert.equal(stderr, '');
      assertLikeGuide(stdout, 'tieline keys reseal');
      await load.goesOn();
      assert.match(await status(), /\nStep 3 of 3, take away: nothing is sealed with k3: restart/);

      await roll(K4);
      await load.goesOn();
      assert.match(await status(), /There is nothing to do: everything is sealed with k4\.\n$/);
      const { answers, accounts } = await load.end();
      assert.deepEqual(
        [...new Set(answers)].filter((code) => code >= 400),
        [],
      );
      assert.ok(accounts.length > CLIENTS);
      const [server] = servers;
      assert.ok(server);
      for (const { sid, auth_token } of accounts) {
        const authorization = basic({ username: sid, password: auth_token });
        const path = `/2010-04-01/Accounts/${sid}.json`;
        const answer = await server.fetch(path, { headers: { authorization } });
        assert.equal(answer.status, 200);
        assert.equal(((await answer.json()) as Made).auth_token, auth_token, 'it can be read');
      }
      for (const one of servers) await one.end('SIGTERM');
    });

    test('is not replaced while one process lacks the new key, and nothing changes', async () => {
      await using stage = await aStage();
      const { at, reseal } = stage;
      await using first = await startTieline([], at(K3));
      await using second = await startTieline([], at(K3));
      const refused = await reseal(`${K4},${K3}`);
      assert.equal(refused.status, 2);
      assert.match(
        refused.stderr,
        /^tieline: The secret key "k4" cannot seal anything yet, because process \d+ on [^,\n]+, process \d+ on [^,\n]+ do not hold it: restart them with TIELINE_SECRET_KEY=k4:NEWKEY,k3:OLDKEY, [^\n]*\n$/,
      );
      assert.equal(refused.stdout, '');
      for (const server of [first, second]) {
        const { username } = server.developer;
        assert.equal((await server.fetch(`/2010-04-01/Accounts/${username}.json`)).status, 200);
        assert.equal((await server.fetch('/readyz')).status, 200);
      }
      // A start with the new key alone could not open all rows.
      const alone = await runTieline(['serve', '--port', '0'], at(K4));
      assert.equal(alone.status, 2);
      assert.match(alone.stderr, /^tieline: The data was sealed with a secret key named "k3"/);
      // A cleanly stopped process no longer counts, and a killed one counts for a while.
      assert.equal((await first.end('SIGTERM')).status, 0);
      const half = await reseal(`${K4},${K3}`);
      assert.match(half.stderr, /because process \d+ on [^,\n]+ does not hold it/);
      await second.end('SIGKILL');
      await stage.seenLater(60_000);
      const killed = await reseal(`${K4},${K3}`);
      assert.match(killed.stderr, /because process \d+ on [^,\n]+ does not hold it/);
      await stage.seenLater(-60_000 - COUNTED_MS);
      const done = await reseal(`${K4},${K3}`);
      assert.equal(done.status, 0, done.stderr);
      await using last = await startTieline([], at(K4));
      const { username } = last.developer;
      assert.equal((await last.fetch(`/2010-04-01/Accounts/${username}.json`)).status, 200);
      const late = await runTieline(['serve', '--port', '0'], at(K3));
      assert.equal(late.status, 2);
      assert.match(late.stderr, /^tieline: The data was sealed with a secret key named "k4"/);
    });

    test('is not needed by a start while it is only announced', async () => {
      await using stage = await aStage();
      const { at, status } = stage;
      await using old = await startTieline([], at(K3));
      await using announcing = await startTieline([], at(`${K4},${K3}`));
      assert.match(await status(), /Step 1 of 3, add: process \d+ on \S+ must be restarted with/);
      await old.end('SIGTERM');
      await using again = await startTieline([], at(K3));
      assert.deepEqual(again.developer, announcing.developer);
      const other = await runTieline(['serve', '--port', '0'], at(`k4:${key(5)},${K3}`));
      assert.equal(other.status, 2, 'another key of the same name');
      assert.match(other.stderr, /^tieline: The secret key "k4" is not the one/);
    });
  });
}

suite('the secret key of a data folder', () => {
  test('is replaced while the server is stopped, with all data unchanged', async () => {
    using folder = temporaryFolder();
    const at = (TIELINE_SECRET_KEY: string) => ({ cwd: folder.path, env: { TIELINE_SECRET_KEY } });
    const reseal = () => runTieline(['keys', 'reseal'], at(`${K4},${K3}`));
    const first = await startTieline([], at(K3));
    const beside = await reseal();
    assert.equal(beside.status, 2);
    assert.match(beside.stderr, /^tieline: Another Tieline process is using [^\n]*: stop it/);
    const status = await runTieline(['keys', 'status', '--json'], { cwd: folder.path });
    const { active, processes } = JSON.parse(status.stdout) as {
      active: string;
      processes: { key_ids: string[] }[];
    };
    assert.deepEqual([active, processes.map(({ key_ids }) => key_ids)], ['k3', [['k3']]]);
    const welcome = first.stdout().replaceAll(String(first.port), 'PORT');
    // A killed process loses its lock, so no wait for its last sign of life is needed.
    await first.end('SIGKILL');
    assert.equal((await reseal()).status, 0);
    await using second = await startTieline([], at(K4));
    assert.equal(second.stdout().replaceAll(String(second.port), 'PORT'), welcome);
    assert.equal((await second.fetch('/2010-04-01/Accounts.json')).status, 200);
  });
});

async function aStage() {
  const folder = temporaryFolder();
  const place = await newPlace('postgres', 'data');
  const at = (TIELINE_SECRET_KEY: string) => ({
    cwd: folder.path,
    env: { TIELINE_DATA: place.data, TIELINE_SECRET_KEY },
  });
  return {
    at,
    reseal: (keys: string) => runTieline(['keys', 'reseal'], at(keys)),
    /** The status that an operator can read without a key. */
    status: async () => {
      const env = { TIELINE_DATA: place.data };
      const { stdout, stderr } = await runTieline(['keys', 'status'], { cwd: folder.path, env });
      assert.equal(stderr, '');
      return stdout;
    },
    /** Moves the last sign of life of every process. */
    seenLater: async (ms: number) => {
      const client = new pg.Client({ connectionString: place.data });
      await client.connect();
      const { rowCount } = await client.query('update processes set date_seen = date_seen + $1', [
        ms,
      ]);
      await client.end();
      assert.equal(rowCount, 1, 'the killed process');
    },
    async [Symbol.asyncDispose]() {
      await place[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

interface Made {
  readonly sid: string;
  readonly auth_token: string;
}

/**
 * Clients that make subaccounts with an Idempotency-Key and read them back. As behind a proxy, any
 * of the servers may answer.
 */
function startLoad(servers: () => readonly RunningTieline[]) {
  const answers: number[] = [];
  const accounts: Made[] = [];
  let left = ACCOUNTS_A_STEP;
  const over = new AbortController();
  const ask = async (path: string, init: RequestInit & { login: Login }): Promise<Response> => {
    const headers = { authorization: basic(init.login), ...init.headers };
    for (;;) {
      const all = servers();
      const server = all[Math.floor(Math.random() * all.length)];
      const answer = await server?.fetch(path, { ...init, headers }).catch(() => null);
      if (!answer) continue;
      answers.push(answer.status);
      return answer;
    }
  };
  const login = servers()[0]?.developer as Login;
  const clients = Array.from({ length: CLIENTS }, async (_, client) => {
    for (let number = 0; !over.signal.aborted; number += 1) {
      const headers = { 'idempotency-key': `${client}-${number}` };
      const body = new URLSearchParams({ FriendlyName: `${client}-${number}` });
      const path = '/2010-04-01/Accounts.json';
      if (left > 0) {
        left -= 1;
        const made = await ask(path, { method: 'POST', login, headers, body });
        if (made.ok) accounts.push((await made.json()) as Made);
      }
      await ask(`/2010-04-01/Accounts/${login.username}.json`, { login });
      await sleep(PAUSE_MS);
    }
  });
  return {
    /** Waits until every client has some more answers. */
    async goesOn() {
      left = ACCOUNTS_A_STEP;
      const wanted = answers.length + 10 * CLIENTS;
      while (answers.length < wanted) await sleep(20);
    },
    async end() {
      over.abort();
      await Promise.all(clients);
      return { answers, accounts };
    },
  };
}
