import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { suite, test } from 'node:test';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ENGINES } from '../support/test-app.ts';
import { urlOf } from '../support/test-database.ts';
import {
  makeData,
  runTieline,
  type Surroundings,
  startTieline,
} from '../support/tieline-process.ts';
import { assertRefused } from './refused.ts';

const KEY = Buffer.alloc(32, 1).toString('base64');
const OTHER_KEY = Buffer.alloc(32, 2).toString('base64');
const PRODUCTION = { TIELINE_PUBLIC_URL: 'https://api.example.com', TIELINE_SECRET_KEY: KEY };

const serve = (parameters: readonly string[], at: Surroundings) =>
  runTieline(['serve', '--port', '0', ...parameters], at);

/** Defines a test that needs PostgreSQL. `npm test` says when PostgreSQL is missing. */
function onPostgres(name: string, story: () => Promise<void>): void {
  if (ENGINES.includes('postgres')) test(name, story);
}

suite('a start is refused in one sentence for', { concurrency: 4 }, () => {
  test('a second process on one folder, while the first goes on', async () => {
    using folder = temporaryFolder();
    const at = { cwd: folder.path };
    await using first = await startTieline(['--data', 'here'], at);
    assertRefused(await serve(['--data', 'here'], at), /Another Tieline process is using here/);
    const writing = ['accounts', 'create', '--friendly-name', 'Late', '--data', 'here'];
    assertRefused(await runTieline(writing, at), /Another Tieline process is using here/);
    assert.equal((await first.fetch('/2010-04-01/Accounts.json')).status, 200);
  });

  test('a port that is taken', async () => {
    using folder = temporaryFolder();
    const at = { cwd: folder.path };
    await using first = await startTieline(['--data', ':memory:'], at);
    const second = ['serve', '--data', ':memory:', '--port', String(first.port)];
    assertRefused(await runTieline(second, at), /Port \d+ on 127\.0\.0\.1 is taken .*--port/);
  });

  test('a data folder that is a file, lies below a file, or holds other files', async () => {
    using folder = temporaryFolder();
    const at = { cwd: folder.path };
    writeFileSync(folder.at('file'), '');
    mkdirSync(folder.at('other'));
    writeFileSync(folder.at('other/tieline.db'), 'This is no database.'.repeat(100));
    for (const data of ['file', 'file/below', 'other']) {
      const sentence = new RegExp(
        `The data folder ${data} cannot be used \\(.*\\): name a folder with --data`,
      );
      assertRefused(await serve(['--data', data], at), sentence);
    }
  });

  test('a database URL without a database behind it', async () => {
    using folder = temporaryFolder();
    const closed = `127.0.0.1:${await freePort()}`;
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const urls: Record<string, RegExp> = {
      [`postgres://someone:secret@127.0.0.1:${port}/name`]:
        /name cannot be used \(timeout expired\)/,
      [`postgres://someone:secret@${closed}/name`]: new RegExp(
        `${closed}/name cannot be used \\(.*\\): check the URL`,
      ),
      'mysql://localhost/name': /not at mysql:\/\//,
      'postgres://[': /postgres:\/\/user:password@host:5432\/name/,
    };
    for (const [DATABASE_URL, sentence] of Object.entries(urls)) {
      const refused = await serve([], { cwd: folder.path, env: { DATABASE_URL } });
      assertRefused(refused, sentence);
      assert.doesNotMatch(refused.stderr, /secret/);
    }
    silent.close();
  });

  onPostgres('a database that does not exist', async () => {
    using folder = temporaryFolder();
    const env = { DATABASE_URL: urlOf('tieline_nowhere') };
    const refused = await serve([], { cwd: folder.path, env });
    assertRefused(refused, /cannot be used \(.*"tieline_nowhere" does not exist\): check/);
  });

  test('a secret key that is missing, different or malformed', async () => {
    using folder = temporaryFolder();
    const at = { cwd: folder.path };
    await makeData(at);
    rmSync(folder.at('tieline-data/secret.key'));
    assertRefused(await serve([], at), /key that is not here: put .*secret\.key back/);
    assertRefused(await runTieline(['accounts', 'list'], at), /put .*secret\.key back/);
    const env = (TIELINE_SECRET_KEY: string) => ({ ...at, env: { TIELINE_SECRET_KEY } });
    assertRefused(await serve([], env(KEY)), /sealed with a secret key named "dev"/);
    assertRefused(await serve([], env(`dev:${OTHER_KEY}`)), /"dev" is not the one/);
    assertRefused(await serve([], env('too short')), /32 bytes in base64/);
    assertRefused(await serve([], env(`${KEY},${OTHER_KEY}`)), /two keys alike/);
  });

  test('a secret key file that was cut off', async () => {
    using folder = temporaryFolder();
    mkdirSync(folder.at('tieline-data'));
    writeFileSync(folder.at('tieline-data/secret.key'), KEY.slice(0, 20));
    assertRefused(await serve([], { cwd: folder.path }), /secret\.key does not hold a key/);
  });

  test('production without its settings, each of them named', async () => {
    using folder = temporaryFolder();
    const cwd = folder.path;
    const nothing = await serve(['--production', '--data', ':memory:'], { cwd });
    assertRefused(nothing, /public URL .*secret key .*place to keep data/);
    const { TIELINE_PUBLIC_URL, TIELINE_SECRET_KEY } = PRODUCTION;
    const withoutKey = { cwd, env: { TIELINE_PUBLIC_URL } };
    assertRefused(await serve(['--production'], withoutKey), /needs a secret key \([^,]*, made/);
    const withoutUrl = { cwd, env: { TIELINE_SECRET_KEY } };
    assertRefused(await serve(['--production'], withoutUrl), /needs a public URL \([^,]*\)\.$/m);
    const inMemory = await serve(['--production', '--data', ':memory:'], { cwd, env: PRODUCTION });
    assertRefused(inMemory, /needs a place to keep data/);
  });

  test('production on a database that began in development', async () => {
    using folder = temporaryFolder();
    const at = { cwd: folder.path, env: PRODUCTION };
    await using server = await startTieline([], at);
    await server.end('SIGTERM');
    assertRefused(await serve(['--production'], at), /began in development mode .*\(--data\)/);
  });

  test('an impossible port or address', async () => {
    using folder = temporaryFolder();
    const at = { cwd: folder.path };
    assertRefused(await serve(['--port', '65536'], at), /port must be a number from 0 to 65535/);
    assertRefused(await serve(['--host', '192.0.2.1'], at), /192\.0\.2\.1 is not .*--host/);
  });
});
