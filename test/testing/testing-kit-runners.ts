import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, globSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { oldestNode } from '../support/oldest-node.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/**
 * Tests the test kit as users have it: the packed package in another project, with several test
 * runners and an old Node.js. `npm run test:sdks` runs these tests. `npm test` does not, because
 * they install all of these packages.
 */

const run = promisify(execFile);
const CHECKOUT = join(import.meta.dirname, '..', '..');
const SOURCES = ['bin', 'src', 'scripts', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];
const INSTALL_MS = 180_000;
const SUITE_MS = 60_000;

const RUNNERS = ['jest@30.5.2', 'vitest@5.1.1'];
/** A Node.js that is too old for Tieline, and the oldest one that the official SDK accepts. */
const OLD_NODE = `${oldestNode().name}@20.20.2`;

const NPM_INSTALL = ['install', '--prefer-offline', '--no-audit', '--no-fund'];

const TYPED = `
import { type Receiver, startTieline, TielineError } from 'tieline/testing';
export async function story(): Promise<string> {
  await using tieline = await startTieline({ logLevel: 'silent' });
  const receiver: Receiver = await tieline.receiver();
  const { account_sid } = await tieline.control.authorize({
    connect_app_sid: tieline.connectApp.sid,
    account_sid: tieline.customer.accountSid,
  });
  // @ts-expect-error it needs a SID
  await tieline.control.upgradeAccount(1).catch((error: unknown) => error instanceof TielineError);
  return account_sid + receiver.url;
}
`;

if (process.env['TEST_REGISTRY']) {
  void suite('the test kit in a project of its users', () => {
    const folder = temporaryFolder();
    const project = folder.at('project');
    const binaries = join(project, 'node_modules', '.bin');
    /** Two values of `PATH`, with this Node.js or the project's older one first. */
    const newer = [dirname(process.execPath), binaries, '/usr/bin', '/bin'].join(delimiter);
    const older = [binaries, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter);

    before(async () => {
      const copy = folder.at('checkout');
      for (const name of SOURCES)
        cpSync(join(CHECKOUT, name), join(copy, name), { recursive: true });
      symlinkSync(join(CHECKOUT, 'node_modules'), join(copy, 'node_modules'));
      const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter);
      const options = { timeout: INSTALL_MS, env: { ...process.env, PATH } };
      await run('npm', ['pack', '--pack-destination', folder.path], { ...options, cwd: copy });
      const [file = ''] = globSync('*.tgz', { cwd: folder.path });
      mkdirSync(project);
      writeFileSync(join(project, 'package.json'), '{ "private": true }\n');
      const wanted = [folder.at(file), ...RUNNERS, OLD_NODE];
      await run('npm', [...NPM_INSTALL, ...wanted], { ...options, cwd: project });
      cpSync(join(import.meta.dirname, 'runners'), project, { recursive: true });
    });
    after(() => folder[Symbol.dispose]());

    /** Runs a program of the project with nothing else in its environment. */
    const inProject = (PATH: string, program: string, ...parameters: string[]) =>
      run(program, parameters, {
        cwd: project,
        timeout: SUITE_MS,
        env: { PATH, HOME: folder.path, CI: 'true' },
      });

    test('has a Node.js that is too old for Tieline itself', async () => {
      const { stdout } = await inProject(older, 'node', '--version');
      assert.match(stdout, /^v20\./);
    });

    for (const [which, path] of [
      ['this Node.js', newer],
      ['a Node.js that is too old', older],
    ] as const) {
      test(`works under node:test, on ${which}`, async () => {
        const { stdout } = await inProject(path, 'node', '--test', 'node-test.test.mjs');
        assert.match(stdout, /pass 2\n/);
      });

      test(`works under Jest, in CommonJS, on ${which}`, async () => {
        const { stderr } = await inProject(path, 'node', join(binaries, 'jest'), 'jest.test.cjs');
        assert.match(stderr, /Tests: +2 passed, 2 total/);
        assert.doesNotMatch(stderr, /did not exit|open handle/);
      });

      test(`is left by a process that forgot to close it, on ${which}`, async () => {
        const { stdout } = await inProject(path, 'node', 'unclosed.mjs');
        const { url } = JSON.parse(stdout) as { readonly url: string };
        assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
      });
    }

    test('works under Vitest', async () => {
      const { stdout } = await inProject(
        newer,
        'node',
        join(binaries, 'vitest'),
        'run',
        'vitest.test.mjs',
      );
      assert.match(stdout, /Tests .*2 passed/);
    });

    test('gives advice when no Node.js fits', async () => {
      const alone = inProject(binaries, 'node', 'unclosed.mjs');
      await assert.rejects(alone, ({ stderr }: { stderr: string }) => {
        assert.match(stderr, /Tieline needs Node\.js 24\.7 or newer, and this is 20\.\d+\.\d+: /);
        assert.match(stderr, /with "npm install --save-dev node-\S+@26", and then/);
        return true;
      });
    });

    test('has types for import and for require', async () => {
      for (const name of ['typed.mts', 'typed.cts']) writeFileSync(join(project, name), TYPED);
      const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024'];
      const libraries = ['--lib', 'es2024,esnext.disposable', '--types', 'node'];
      const roots = ['--typeRoots', join(CHECKOUT, 'node_modules', '@types')];
      const compiler = join(CHECKOUT, 'node_modules', '.bin', 'tsc');
      const files = ['typed.mts', 'typed.cts'];
      await inProject(newer, compiler, ...options, ...libraries, ...roots, ...files);
    });
  });
}
