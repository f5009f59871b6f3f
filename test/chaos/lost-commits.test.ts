import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { newPlace } from '../process/place.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { basic, ENGINES, type Login, loginOf, type TestApp, testApp } from '../support/test-app.ts';
import { type RunningTieline, startTieline } from '../support/tieline-process.ts';
import { type CutPoint, Wire } from './wire.ts';

const POINTS: readonly CutPoint[] = ['before the commit', 'before the answer to the commit'];
/** A request takes about this many bytes between the process and the database. */
const BYTES_OF_REQUEST = 12_000;
const STEP = 400;
const RETRY_MS = 50;

interface Outcome {
  /** Null without an answer. */
  readonly status: number | null;
  readonly text: string;
  readonly retryAfter: string | null;
}

type Create = (name: string) => Promise<Outcome>;

/** Tries again, as a client does that was told to. @returns the SID */
async function createAgain(create: Create, name: string): Promise<string> {
  for (;;) {
    const { status, text } = await create(name);
    if (status === 201) return (JSON.parse(text) as { sid: string }).sid;
    assert.equal(status, 503, text);
    await sleep(RETRY_MS);
  }
}

/** A story whose process reaches its database over a wire that can be cut. */
async function overWire(
  story: (parts: {
    readonly wire: Wire;
    /** Makes a subaccount. The key makes it once, in any number of tries. */
    readonly create: Create;
    readonly sidsOf: (name: string) => Promise<string[]>;
    /** Waits for the writes that nobody waits for. */
    readonly idle: () => Promise<void>;
  }) => Promise<void>,
): Promise<void> {
  await using direct = await testApp({ engine: 'postgres' });
  const login = loginOf(await direct.anAccount());
  const { data, secretKeys } = direct.app.config;
  const url = new URL(data.engine === 'postgres' ? data.url : '');
  await using wire = await Wire.open(Number(url.port));
  url.port = String(wire.port);
  await using app: TestApp = await testApp({
    engine: 'postgres',
    config: { data: { engine: 'postgres', url: url.href }, secretKeys },
  });
  await story({
    wire,
    async create(name) {
      const { status, text, headers } = await app.request('POST', '/2010-04-01/Accounts.json', {
        login,
        headers: { 'idempotency-key': encodeURIComponent(name) },
        form: { FriendlyName: name },
      });
      return { status, text, retryAfter: headers['retry-after'] ?? null };
    },
    idle: () => app.app.database.idle(),
    async sidsOf(name) {
      const path = `/2010-04-01/Accounts.json?FriendlyName=${encodeURIComponent(name)}`;
      const { json } = await direct.get(path, login);
      return (json.accounts as { sid: string }[]).map(({ sid }) => sid);
    },
  });
}

suite('a change whose commit is cut off', () => {
  if (!ENGINES.includes('postgres')) return;

  for (const point of POINTS) {
    test(`${point} is a 503 and is made once by its key`, () =>
      overWire(async ({ wire, create, sidsOf, idle }) => {
        await createAgain(create, 'Not cut off');
        await idle();
        wire.cutAtCommit(point, () => {});
        const { status, text, retryAfter } = await create('Cut off');
        assert.equal(status, 503, text);
        assert.equal(retryAfter, '1');
        const before = await sidsOf('Cut off');
        assert.equal(before.length, point === 'before the commit' ? 0 : 1);
        const sid = await createAgain(create, 'Cut off');
        assert.deepEqual(await sidsOf('Cut off'), [sid]);
        if (before.length > 0)
          assert.deepEqual(before, [sid], 'the answer is that of the first try');
      }));
  }

  test('after any number of bytes is made once by its key', () =>
    overWire(async ({ wire, create, sidsOf }) => {
      const statuses = new Set<number | null>();
      for (let bytes = 0; bytes <= BYTES_OF_REQUEST; bytes += STEP) {
        const name = `After ${bytes} bytes`;
        wire.cutAfter(bytes);
        const { status, text } = await create(name);
        assert.ok(status === 201 || status === 503, `${name}: ${status} ${text}`);
        statuses.add(status);
        wire.disarm();
        const sid = await createAgain(create, name);
        assert.deepEqual(await sidsOf(name), [sid]);
      }
      assert.ok(statuses.has(503), 'no request was cut off');
    }));

  test('together with its process is made once by its key', async () => {
    using folder = temporaryFolder();
    await using place = await newPlace('postgres', 'data');
    const url = new URL(place.data);
    await using wire = await Wire.open(Number(url.port));
    url.port = String(wire.port);
    const at = { cwd: folder.path, env: { TIELINE_DATA: url.href } };
    await using processes = new AsyncDisposableStack();
    let server = processes.use(await startTieline([], at));
    const { developer } = server;
    for (const point of POINTS) {
      const killed = server;
      wire.cutAtCommit(point, () => killed.signal('SIGKILL'));
      const first = await createAt(killed, developer, point);
      server = processes.use(await startTieline([], at));
      const sid = await createAgain((name) => createAt(server, developer, name), point);
      // A worker may have committed first, so that the request was answered before the kill.
      if (first.status === 201) assert.match(first.text, new RegExp(sid));
      const path = `/2010-04-01/Accounts.json?FriendlyName=${encodeURIComponent(point)}`;
      const answer = await server.fetch(path, { headers: { authorization: basic(developer) } });
      const { accounts } = (await answer.json()) as { accounts: { sid: string }[] };
      assert.deepEqual(
        accounts.map((account) => account.sid),
        [sid],
      );
    }
  });
});

async function createAt(server: RunningTieline, login: Login, name: string): Promise<Outcome> {
  try {
    const answer = await server.fetch('/2010-04-01/Accounts.json', {
      method: 'POST',
      headers: { authorization: basic(login), 'idempotency-key': encodeURIComponent(name) },
      body: new URLSearchParams({ FriendlyName: name }),
    });
    const retryAfter = answer.headers.get('retry-after');
    return { status: answer.status, text: await answer.text(), retryAfter };
  } catch (error) {
    return { status: null, text: String(error), retryAfter: null };
  }
}
