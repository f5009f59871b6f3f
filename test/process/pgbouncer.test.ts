import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { PROGRAM } from '../support/program/program.ts';
import { PGBOUNCER, startPooler } from '../support/servers/pgbouncer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ENGINES } from '../support/test-app.ts';
import { type RunningTieline, runTieline, startTieline } from '../support/tieline-process.ts';
import { emptyPlace, newPlace } from './place.ts';

const KEY = Buffer.alloc(32, 1).toString('base64');
const PATIENCE_MS = 20_000;
/** The requests of a kind that a server gets, and the ones that it gets at a time. */
const REQUESTS = 40;
const AT_A_TIME = 10;
/** The connections to the server that all processes share. */
const POOL_SIZE = 3;

type Send = (server: RunningTieline, number: number) => Promise<Response>;

/** A number of the simulated carrier that takes every message. */
const TO = '+15005550002';

const meter: Send = (server, number) =>
  server.fetch('/_tieline/usage', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      account_sid: server.developer.username,
      category: 'sms-outbound-longcode',
      price: '0.0079',
      key: `${server.port}.${number}`,
    }),
  });

/** Answers every request, `AT_A_TIME` of them at a time. @returns the statuses that came */
async function load(server: RunningTieline, send: Send): Promise<number[]> {
  const statuses = new Set<number>();
  let sent = 0;
  const work = async () => {
    while (sent < REQUESTS) {
      sent += 1;
      const reply = await send(server, sent);
      await reply.text();
      statuses.add(reply.status);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return [...statuses];
}

async function post(server: RunningTieline, path: string, form: Record<string, string>) {
  const { username, password } = server.developer;
  return server.fetch(`/2010-04-01/Accounts/${username}/${path}`, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: { authorization: `Basic ${btoa(`${username}:${password}`)}` },
  });
}

/** Signs a person in to the console. @returns the page that this person then sees */
async function signIn({ origin, stdout }: RunningTieline): Promise<string> {
  const [, Email = '', Password = ''] = /Logins +(\S+) \/ (\S+)/.exec(stdout()) ?? [];
  const cookiesOf = (reply: Response) =>
    reply.headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? '');
  const page = await fetch(`${origin}/login`);
  const [, form_token = ''] = /name="form_token" value="([^"]+)"/.exec(await page.text()) ?? [];
  const done = await fetch(`${origin}/login`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: cookiesOf(page).join('; '), origin },
    body: new URLSearchParams({ form_token, Email, Password }),
  });
  assert.equal(done.headers.get('location'), '/console', await done.text());
  const console = await fetch(`${origin}/console`, {
    headers: { cookie: cookiesOf(done).join('; ') },
  });
  return console.text();
}

suite('processes behind PgBouncer in transaction mode', () => {
  if (!ENGINES.includes('postgres') || PGBOUNCER === undefined) return;

  test('take messages, usage and sign-ins at once over fewer connections, and all agrees', async () => {
    using folder = temporaryFolder();
    await using place = await newPlace('postgres', 'data');
    await using pooler = await startPooler(place.data, { poolSize: POOL_SIZE });
    const env = { DATABASE_URL: pooler.through(place.data), TIELINE_SECRET_KEY: KEY };
    const at = { cwd: folder.path, env };
    await using one = await startTieline([], at);
    await using two = await startTieline([], at);
    const bought = await post(one, 'IncomingPhoneNumbers.json', { AreaCode: '415' });
    const { phone_number: From } = (await bought.json()) as { phone_number: string };
    const message: Send = (server, number) =>
      post(server, 'Messages.json', { From, To: TO, Body: `Message ${number}` });
    const [metered, messages, pages] = await Promise.all([
      Promise.all([load(one, meter), load(two, meter)]),
      Promise.all([load(one, message), load(two, message)]),
      Promise.all([signIn(one), signIn(two)]),
    ]);
    assert.deepEqual({ metered, messages }, { metered: [[200], [200]], messages: [[201], [201]] });
    for (const page of pages) assert.match(page, /developer@example\.com/);
    const path = `/2010-04-01/Accounts/${one.developer.username}/Messages.json?PageSize=1000`;
    const listed = (await (await two.fetch(path)).json()) as { messages: unknown[] };
    assert.equal(listed.messages.length, 2 * REQUESTS);
    const { status, stdout, stderr } = await runTieline(['verify'], at);
    assert.match(stdout, /\nEverything agrees\.\n$/, stderr);
    assert.equal(status, 0);
  });

  test('migrate anew after one was killed in the middle of its migration', async () => {
    using folder = temporaryFolder();
    await using place = await emptyPlace('postgres', 'data');
    await using pooler = await startPooler(place.data, { poolSize: POOL_SIZE });
    const env = { DATABASE_URL: pooler.through(place.data), TIELINE_SECRET_KEY: KEY };
    await using client = await connect(place.data);
    await using watcher = await connect(place.data);
    // The migration waits in its middle, because this name is taken until the rollback.
    await client.query('begin; create table usage_events (of_somebody_else text)');
    const killed = spawn(process.execPath, [PROGRAM, 'migrate'], {
      cwd: folder.path,
      env: { PATH: process.env['PATH'], HOME: folder.path, ...env },
      stdio: 'ignore',
    });
    const ended = once(killed, 'exit');
    await untilSomebodyWaits(watcher);
    killed.kill('SIGKILL');
    await ended;
    await client.query('rollback');
    const { status, stdout, stderr } = await runTieline(['migrate'], { cwd: folder.path, env });
    assert.deepEqual([status, stdout], [0, 'The schema is up to date.\n'], stderr);
    const { rows } = await client.query('select count(*)::int as events from usage_events');
    assert.deepEqual(rows, [{ events: 0 }]);
  });
});

async function connect(url: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

/** Waits until a process waits for a lock in the database of this client. */
async function untilSomebodyWaits(client: pg.Client): Promise<void> {
  const waiting = `select from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`;
  for (let waited = 0; (await client.query(waiting)).rowCount === 0; waited += 50) {
    assert.ok(waited < PATIENCE_MS, 'the migration does not come to its middle');
    await sleep(50);
  }
}
