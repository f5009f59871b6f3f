import assert from 'node:assert/strict';
import { copyFileSync, existsSync, fdatasync, readFileSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';
import { ConfigError, databaseFile } from '../../src/config.ts';
import type { Sync } from '../../src/db/commits-on-disk.ts';
import { openDatabase } from '../../src/db/open-database.ts';
import { openLog } from '../../src/kit/log.ts';
import { loginOf, type TestApp, testApp } from '../support/test-app.ts';
import { emptyFolder } from '../support/test-database.ts';

const syncNow = promisify(fdatasync);
const DISK_FAILED = 74;
/** Linux lists all locks here. */
const LOCKS = '/proc/locks';
const NEEDS_LOCKS = existsSync(LOCKS) ? {} : { skip: `needs ${LOCKS}` };
const failing: Sync = () => Promise.reject(new Error('EIO: i/o error'));

/** A disk that answers at once, until it is told to wait for a person. */
function gatedDisk() {
  let gate: PromiseWithResolvers<void> | null = null;
  let arrived = Promise.withResolvers<void>();
  const story = { syncs: 0 };
  const sync: Sync = async (descriptor) => {
    story.syncs += 1;
    arrived.resolve();
    await gate?.promise;
    await syncNow(descriptor);
  };
  return {
    story,
    sync,
    /** From now on each sync waits. @returns resolves when one does */
    shut(): Promise<void> {
      gate = Promise.withResolvers();
      arrived = Promise.withResolvers();
      return arrived.promise;
    },
    open(): void {
      gate?.resolve();
      gate = null;
    },
    fail(): void {
      gate?.reject(new Error('EIO: i/o error'));
    },
  };
}

suite('a commit to a data folder', () => {
  test('is answered when it is on the disk, and until then reads show the state before', async () => {
    const disk = gatedDisk();
    await using app = await testApp({ engine: 'sqlite', disk: { sync: disk.sync } });
    const { sid, auth_token } = await app.anAccount();
    const login = { username: sid, password: auth_token };
    const path = `/2010-04-01/Accounts/${sid}.json`;
    assert.equal((await app.post(path, login, { FriendlyName: 'before' })).status, 200);
    await app.app.database.idle();
    const waits = disk.shut();
    const answered: string[] = [];
    const rename = async (FriendlyName: string) => {
      const reply = await app.post(path, login, { FriendlyName });
      answered.push(FriendlyName);
      return reply;
    };
    const first = rename('after');
    await waits;
    const second = rename('after that');
    const seen: unknown[] = [];
    for (let read = 0; read < 20; read += 1) {
      seen.push((await app.get(path, login)).json.friendly_name);
    }
    const early = [...answered];
    using beside = new DatabaseSync(fileOf(app), { readOnly: true });
    const row = beside.prepare('select friendly_name from accounts where sid = ?').get(sid);
    disk.open();
    assert.equal(row?.['friendly_name'], 'after', 'SQLite has committed');
    assert.deepEqual(seen, Array(20).fill('before'));
    assert.deepEqual(early, []);
    assert.equal((await first).json.friendly_name, 'after');
    assert.equal((await second).json.friendly_name, 'after that');
    assert.deepEqual(answered, ['after', 'after that']);
    assert.equal((await app.get(path, login)).json.friendly_name, 'after that');
  });

  test('that the disk does not keep ends the process before any answer, and nobody sees it', async () => {
    const disk = gatedDisk();
    const story: string[] = [];
    const exit = (status: number) => void story.push(`exit ${status}`);
    await using app = await testApp({ engine: 'sqlite', disk: { sync: disk.sync, exit } });
    const account = await app.anAccount({ friendly_name: 'before' });
    const login = loginOf(account);
    const path = `/2010-04-01/Accounts/${account.sid}.json`;
    const waits = disk.shut();
    const rename = async (FriendlyName: string) => {
      const { status } = await app.post(path, login, { FriendlyName });
      story.push(`answer ${status}`);
    };
    const first = rename('after');
    await waits;
    disk.fail();
    await first;
    // Each write of the product ends the process once more, as nothing ends it in a test.
    const ending = [`exit ${DISK_FAILED}`, 'answer 503'];
    assert.deepEqual([...new Set(story)], ending);
    assert.equal((await app.get(path, login)).json.friendly_name, 'before');
    // A later sync might succeed although the bytes are lost.
    disk.open();
    const { syncs } = disk.story;
    story.length = 0;
    await rename('later');
    assert.deepEqual([...new Set(story)], ending);
    assert.equal(disk.story.syncs, syncs);
    assert.equal((await app.get(path, login)).json.friendly_name, 'before');
  });

  test('that changes nothing needs no disk, and is refused after the disk failed', async () => {
    const disk = gatedDisk();
    await using app = await testApp({
      engine: 'sqlite',
      disk: { sync: disk.sync, exit: () => {} },
    });
    const { sid } = await app.anAccount();
    const { database } = app.app;
    await app.deliver();
    await database.idle();
    const { syncs } = disk.story;
    const count = () => database.write((tx) => tx.selectFrom('accounts').select('sid').execute());
    await app.deliver();
    assert.deepEqual(await count(), [{ sid }]);
    assert.equal(disk.story.syncs, syncs, 'a look for due work and a read sync nothing');
    const rename = () =>
      database.write((tx) => tx.updateTable('accounts').set({ friendly_name: 'new' }).execute());
    await rename();
    assert.equal(disk.story.syncs, syncs + 1, 'a change is synced');
    const waits = disk.shut();
    const lost = rename();
    await waits;
    disk.fail();
    await assert.rejects(lost);
    await assert.rejects(count(), 'it would read what the disk has not');
  });

  test(
    'stays in its log beside other programs: a check of health gives up no lock',
    NEEDS_LOCKS,
    async () => {
      await using app = await testApp({ engine: 'sqlite' });
      await app.anAccount();
      const before = locksOn(fileOf(app));
      assert.ok(before.length > 0, 'SQLite holds a lock');
      assert.equal((await app.get('/readyz')).status, 200);
      // Without the lock, another program that reads the data would remove the log under the server.
      assert.deepEqual(locksOn(fileOf(app)), before);
    },
  );

  test('of a process that was killed is on the disk before a start shows it', async () => {
    await using app = await testApp({ engine: 'sqlite' });
    await app.anAccount({ friendly_name: 'before the kill' });
    const log = openLog('silent');
    const copy = await copyOfFolder(app);
    const refused = openDatabase(copy.location, log, { sync: failing });
    await assert.rejects(refused, (error: unknown) => {
      assert.ok(error instanceof ConfigError, String(error));
      assert.match(error.message, /tieline\.db-wal could not be brought to the disk/);
      return true;
    });
    // The refused start has let the folder go.
    await (await openDatabase(copy.location, log)).close();
    await copy.drop();

    const other = await copyOfFolder(app);
    const disk = gatedDisk();
    const waits = disk.shut();
    const opening = openDatabase(other.location, log, { sync: disk.sync });
    await Promise.race([waits, opening]);
    assert.equal(disk.story.syncs, 1);
    disk.open();
    const database = await opening;
    const names = await database.db.selectFrom('accounts').select('friendly_name').execute();
    assert.deepEqual(names, [{ friendly_name: 'before the kill' }]);
    await database.close();
    await other.drop();
  });
});

/** The locks of this process on a file: kind and range. */
function locksOn(file: string): string[] {
  const { ino } = statSync(file);
  const mine = new RegExp(`POSIX .* ${process.pid} \\S+:${ino} `);
  const lines = readFileSync(LOCKS, 'utf8').split('\n');
  return lines.filter((line) => mine.test(line)).map((line) => line.replace(/^\d+: /, ''));
}

/** The files of a running server, as its kill would leave them. */
async function copyOfFolder(app: TestApp) {
  const copy = await emptyFolder();
  const from = fileOf(app);
  const to = databaseFile(copy.location.folder);
  for (const end of ['', '-wal']) copyFileSync(`${from}${end}`, `${to}${end}`);
  return copy;
}

function fileOf({ app }: TestApp): string {
  const { data } = app.config;
  return databaseFile(data.engine === 'sqlite' ? data.folder : '');
}
