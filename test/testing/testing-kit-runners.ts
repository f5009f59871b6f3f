import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { type PackedProject, packedProject } from './packed-project.ts';

/**
 * Tests the test kit as users have it: the packed package in another project, with several test
 * runners and an old Node.js. `npm run check:package` runs these tests. `npm test` does not, because
 * they install all of these packages.
 */

const CHECKOUT = join(import.meta.dirname, '..', '..');

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
    let project: PackedProject;
    before(async () => {
      project = await packedProject();
      cpSync(join(import.meta.dirname, 'runners'), project.path, { recursive: true });
    });

    test('has a Node.js that is too old for Tieline itself', async () => {
      const { stdout } = await project.run(project.older, 'node', '--version');
      assert.match(stdout, /^v20\./);
    });

    for (const [which, path] of [
      ['this Node.js', 'newer'],
      ['a Node.js that is too old', 'older'],
    ] as const) {
      test(`works under node:test, on ${which}`, async () => {
        const { stdout } = await project.run(project[path], 'node', '--test', 'node-test.test.mjs');
        assert.match(stdout, /pass 2\n/);
      });

      test(`works under Jest, in CommonJS, on ${which}`, async () => {
        const { stderr } = await project.run(
          project[path],
          'node',
          join(project.binaries, 'jest'),
          'jest.test.cjs',
        );
        assert.match(stderr, /Tests: +2 passed, 2 total/);
        assert.doesNotMatch(stderr, /did not exit|open handle/);
      });

      test(`is left by a process that forgot to close it, on ${which}`, async () => {
        const { stdout } = await project.run(project[path], 'node', 'unclosed.mjs');
        const { url } = JSON.parse(stdout) as { readonly url: string };
        assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
      });
    }

    test('works under Vitest', async () => {
      const { stdout } = await project.run(
        project.newer,
        'node',
        join(project.binaries, 'vitest'),
        'run',
        'vitest.test.mjs',
      );
      assert.match(stdout, /Tests .*2 passed/);
    });

    test('gives advice when no Node.js fits', async () => {
      const alone = project.run(project.binaries, 'node', 'unclosed.mjs');
      await assert.rejects(alone, ({ stderr }: { stderr: string }) => {
        assert.match(stderr, /Tieline needs Node\.js 24\.7 or newer, and this is 20\.\d+\.\d+: /);
        assert.match(stderr, /with "npm install --save-dev node-\S+@26", and then/);
        return true;
      });
    });

    test('has types for import and for require', async () => {
      for (const name of ['typed.mts', 'typed.cts']) writeFileSync(project.at(name), TYPED);
      const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024'];
      const libraries = ['--lib', 'es2024,esnext.disposable', '--types', 'node'];
      const roots = ['--typeRoots', join(CHECKOUT, 'node_modules', '@types')];
      const compiler = join(CHECKOUT, 'node_modules', '.bin', 'tsc');
      const files = ['typed.mts', 'typed.cts'];
      await project.run(project.newer, compiler, ...options, ...libraries, ...roots, ...files);
    });
  });
}
