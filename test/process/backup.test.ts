import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { basic, ENGINES } from '../support/test-app.ts';
import { type RunningTieline, runTieline, startTieline } from '../support/tieline-process.ts';
import { emptyPlace, newPlace } from './place.ts';

const env = { TIELINE_SECRET_KEY: Buffer.alloc(32, 7).toString('base64') };
/** Enough accounts for more rows than one read or write handles. */
const ACCOUNTS = 510;
/** The accounts that are made at the same time. */
const AT_A_TIME = 30;
/** The most accounts made beside a backup. One account may have a thousand in all. */
const MOST_BESIDE = 900;

for (const engine of ENGINES) {
  suite(`a backup of ${engine}`, { concurrency: true }, () => {
    test('restores the same working rows on any engine', async () => {
      using folder = temporaryFolder();
      await using place = await newPlace(engine, 'first');
      await using server = await start(folder, place.data);
      await createAccounts(server, ACCOUNTS);
      await server.end('SIGTERM');
      const said = await succeed(folder, `backup first.bak --data ${place.data}`);
      assert.match(said, /^\d{4} rows are in first\.bak\. Keep the secret key elsewhere/);
      for (const other of ENGINES) {
        await using second = await emptyPlace(other, 'second');
        await succeed(folder, `migrate --data ${second.data}`);
        await succeed(folder, `restore first.bak --data ${second.data}`);
        const overwriting = `backup second.bak --force --data ${second.data}`;
        await succeed(folder, overwriting);
        assert.deepEqual(rowsOf(folder, 'second.bak'), rowsOf(folder, 'first.bak'));
        await using again = await start(folder, second.data);
        assert.deepEqual(again.developer, server.developer);
        assert.equal((await again.fetch('/2010-04-01/Accounts.json')).status, 200);
      }
    });

    test('made while a server writes holds one moment, and the server goes on', async () => {
      using folder = temporaryFolder();
      await using place = await newPlace(engine, 'first');
      await using server = await start(folder, place.data);
      await createAccounts(server, 4);
      const stop = new AbortController();
      const writing = (async () => {
        for (let left = MOST_BESIDE; left > 0 && !stop.signal.aborted; left -= 4) {
          await createAccounts(server, 4);
          await sleep(50);
        }
      })();
      await succeed(folder, `backup busy.bak --data ${place.data}`);
      stop.abort();
      await writing;

      const rows = rowsOf(folder, 'busy.bak').map((line) => JSON.parse(line) as BackupRow);
      const sids = rows.filter(({ table }) => table === 'accounts').map(({ row }) => row['sid']);
      const tokens = rows.filter(({ table, row }) => table === 'auth_tokens' && row['sealed']);
      const owners = tokens.map(({ row }) => row['account_sid']);
      assert.ok(sids.length >= 6, 'the example accounts, and those made before the backup');
      assert.deepEqual(new Set(owners), new Set(sids), 'each account with the token made with it');
      await createAccounts(server, 1);
      assert.ok(!existsSync(folder.at('busy.bak.partial')));
    });

    test('that is incomplete is refused, and none of it is restored', async () => {
      using folder = temporaryFolder();
      const whole = await smallBackup(folder);
      const lines = linesOf(folder, 'whole.bak');
      await using place = await emptyPlace(engine, 'target');
      const broken: Record<string, Buffer> = {
        half: whole.subarray(0, whole.length / 2),
        'almost.whole': whole.subarray(0, -1),
        'without.end': zip(lines.slice(0, -1)),
        'without.row': zip(lines.toSpliced(1, 1)),
        'with.torn.row': zip([...lines.slice(0, -2), lines.at(-2)?.slice(0, -5) ?? '']),
      };
      for (const [file, bytes] of Object.entries(broken)) {
        writeFileSync(folder.at(file), bytes);
        const sentence = /is cut off: it holds \d+ rows|is not a whole Tieline backup/;
        await refuse(folder, `restore ${file} --data ${place.data}`, sentence);
      }
      // A database with any row would refuse the restore.
      await succeed(folder, `restore whole.bak --data ${place.data}`);
      const again = `restore whole.bak --data ${place.data}`;
      await refuse(folder, again, /is restored into an empty database, and this one is not/);
    });
  });
}

test('never restores or overwrites a file that is not a backup', async () => {
  using folder = temporaryFolder();
  await smallBackup(folder);
  const [, ...rows] = linesOf(folder, 'whole.bak');
  const newer = JSON.stringify({ format: 'tieline-backup', schema: '9999-later' });
  writeFileSync(folder.at('text'), 'Some text\n');
  writeFileSync(folder.at('empty'), '');
  writeFileSync(folder.at('zipped'), zip(['Some text']));
  writeFileSync(folder.at('other'), zip(['null', '[]', '7']));
  writeFileSync(folder.at('newer'), zip([newer, ...rows]));
  for (const file of ['text', 'empty', 'zipped', 'other']) {
    await refuse(folder, `restore ${file}`, /is not a (whole )?Tieline backup/);
  }
  await refuse(folder, 'restore newer', /made by a newer Tieline: restore it with that version/);
  const slip = /tieline\.db exists and is not a Tieline backup: name the file/;
  await refuse(folder, 'backup first/tieline.db --data first', slip);
  const older = /whole\.bak is a backup already: name another file, or overwrite it with --force/;
  await refuse(folder, 'backup whole.bak --data first', older);
  await succeed(folder, 'backup whole.bak --force --data first');
  await refuse(folder, 'backup absent/file --data first', /There is no file or folder for absent/);
  const below = /text\/file cannot be used \(ENOTDIR.*\): name a file that this user may open/;
  await refuse(folder, 'backup text/file --data first', below);
});

interface BackupRow {
  readonly table: string;
  readonly row: Record<string, string | number | null>;
}

function start(folder: TemporaryFolder, data: string): Promise<RunningTieline> {
  return startTieline(['--data', data], { cwd: folder.path, env });
}

async function createAccounts(server: RunningTieline, count: number): Promise<void> {
  const createOne = async (n: number): Promise<void> => {
    const answer = await server.fetch('/2010-04-01/Accounts.json', {
      method: 'POST',
      headers: { authorization: basic(server.developer) },
      body: new URLSearchParams({ FriendlyName: `Number ${n} – "naïve" \\ 🙂` }),
    });
    assert.equal(answer.status, 201);
  };
  // Fewer at a time than a server under load refuses.
  for (let made = 0; made < count; made += AT_A_TIME) {
    const length = Math.min(AT_A_TIME, count - made);
    await Promise.all(Array.from({ length }, (_, n) => createOne(made + n)));
  }
}

/** Makes `whole.bak` with a few rows. */
async function smallBackup(folder: TemporaryFolder): Promise<Buffer> {
  await succeed(folder, 'migrate --data first');
  await succeed(folder, 'accounts create --friendly-name First --data first');
  await succeed(folder, 'backup whole.bak --data first');
  return readFileSync(folder.at('whole.bak'));
}

async function succeed(folder: TemporaryFolder, line: string): Promise<string> {
  const { status, stdout, stderr } = await runTieline(line.split(' '), { cwd: folder.path, env });
  assert.equal(stderr, '');
  assert.equal(status, 0);
  return stdout;
}

async function refuse(folder: TemporaryFolder, line: string, sentence: RegExp): Promise<void> {
  const { status, stderr } = await runTieline(line.split(' '), { cwd: folder.path, env });
  assert.match(stderr, /^tieline: [^\n]*\n$/, line);
  assert.match(stderr, sentence);
  assert.doesNotMatch(stderr, /TIELINE_LOG_LEVEL=debug/);
  assert.equal(status, 2);
}

/** The rows of a backup, in an order that does not depend on the engine's collation. */
function rowsOf(folder: TemporaryFolder, file: string): string[] {
  return linesOf(folder, file).slice(1, -1).toSorted();
}

function linesOf(folder: TemporaryFolder, file: string): string[] {
  return gunzipSync(readFileSync(folder.at(file)))
    .toString('utf8')
    .trim()
    .split('\n');
}

function zip(lines: readonly string[]): Buffer {
  return gzipSync(lines.map((line) => `${line}\n`).join(''));
}
