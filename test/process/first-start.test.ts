import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';
import { PROGRAM, SOURCE_PROGRAM } from '../support/program/program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { basic } from '../support/test-app.ts';
import { runTieline, startTieline } from '../support/tieline-process.ts';

const run = promisify(execFile);

suite('the first start', { concurrency: true }, () => {
  test('prints a curl line to paste, a customer who can log in, and no warning', async () => {
    using folder = temporaryFolder();
    await using server = await startTieline([], { cwd: folder.path });
    const line = /^ +(curl .*)$/m.exec(server.stdout())?.[1] ?? 'false';
    const { stdout } = await run('sh', ['-c', line], { timeout: 10_000 });
    const { connect_apps } = JSON.parse(stdout) as { connect_apps: { sid: string }[] };
    assert.match(server.stdout(), new RegExp(`Connect app +${connect_apps[0]?.sid} `));

    const [, username = '', password = ''] =
      /Customer account +(AC\w{32}) +auth token (\w+)/.exec(server.stdout()) ?? [];
    const headers = { authorization: basic({ username, password }) };
    const answer = await server.fetch(`/2010-04-01/Accounts/${username}.json`, { headers });
    assert.equal(answer.status, 200);
    const { stderr } = await server.end('SIGTERM');
    for (const line of stderr.trim().split('\n')) assert.doesNotThrow(() => JSON.parse(line));
  });

  test('is followed by starts that print the same, of the sources and of a bundle', async () => {
    using folder = temporaryFolder();
    const prints: string[] = [];
    for (const program of [SOURCE_PROGRAM, SOURCE_PROGRAM, PROGRAM]) {
      const command = [process.execPath, program] as const;
      await using server = await startTieline(['--data', 'here'], { cwd: folder.path, command });
      prints.push(server.stdout().replaceAll(String(server.port), 'PORT'));
      await server.end('SIGTERM');
    }
    assert.equal(prints[0], prints[1]);
    assert.equal(prints[0], prints[2]);
  });

  test('takes the developer account from the environment variables of SDKs', async () => {
    using folder = temporaryFolder();
    const developer = { username: `AC${'0123456789abcdef'.repeat(2)}`, password: '5'.repeat(32) };
    const env = {
      TWILIO_ACCOUNT_SID: developer.username,
      TWILIO_AUTH_TOKEN: developer.password,
    };
    await using server = await startTieline([], { cwd: folder.path, env });
    assert.deepEqual(server.developer, developer);
    const answer = await server.fetch(`/2010-04-01/Accounts/${developer.username}.json`);
    assert.equal(answer.status, 200);
  });

  test('ignores a compile cache that is damaged, of another program, or no folder', async () => {
    using folder = temporaryFolder();
    const cache = folder.at('cache');
    const version = (NODE_COMPILE_CACHE: string) =>
      runTieline(['--version'], { cwd: folder.path, env: { NODE_COMPILE_CACHE } });
    const { stdout } = await version(cache);
    const files = globSync('**/*', { cwd: cache, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
    assert.ok(files.length > 1, 'the first start has filled the cache');
    const [first = '', second = ''] = files;
    copyFileSync(first, second);
    for (const file of files.slice(2)) writeFileSync(file, 'damaged');
    writeFileSync(folder.at('file'), '');
    for (const place of [cache, folder.at('file')]) {
      const answered = await version(place);
      assert.deepEqual([answered.status, answered.stdout], [0, stdout], answered.stderr);
      assert.equal(answered.stderr, '', place);
    }
  });

  test('leaves its compiled code for the next start even if it is killed', async () => {
    using folder = temporaryFolder();
    const cache = folder.at('cache');
    writeFileSync(folder.at('file'), '');
    for (const NODE_COMPILE_CACHE of [cache, folder.at('file')]) {
      const env = { NODE_COMPILE_CACHE };
      await using server = await startTieline(['--data', ':memory:'], { cwd: folder.path, env });
      const answer = await server.fetch(`/2010-04-01/Accounts/${server.developer.username}.json`);
      assert.equal(answer.status, 200);
      const { stderr } = await server.end('SIGKILL');
      assert.equal(stderr, '');
    }
    const files = globSync('**/*', { cwd: cache, withFileTypes: true });
    assert.ok(files.some((entry) => entry.isFile()));
  });

  test('leaves nothing behind with data in memory', async () => {
    using folder = temporaryFolder();
    await using server = await startTieline(['--data', ':memory:'], { cwd: folder.path });
    assert.match(server.stdout(), /data in memory/);
    const answer = await server.fetch(`/2010-04-01/Accounts/${server.developer.username}.json`);
    assert.equal(answer.status, 200);
    const { status } = await server.end('SIGTERM');
    assert.equal(status, 0);
    assert.deepEqual((await run('ls', ['-A', folder.path])).stdout, '');
  });
});
