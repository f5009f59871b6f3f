import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { makeVenv, missingTools, type Program, PYTHON } from '../sdks/programs.ts';
import { madeReady } from '../sdks/run-program.ts';
import { blocksOf } from '../support/guide-blocks.ts';
import { COMPILE_CACHE, PROGRAM } from '../support/program/program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Builds the kit for pytest as a user's pip does, and runs its tests and the samples of its guide. */

const run = promisify(execFile);
const KIT = join(import.meta.dirname, '..', '..', 'pytest-tieline');
const GUIDE = 'docs/guides/pytest.md';
/** The longest build or run of the tests, on a busy machine. */
const PATIENCE_MS = 120_000;

const VENV: Program = {
  sdk: 'pytest',
  version: null,
  tools: [PYTHON],
  files: { 'requirements.txt': join(KIT, 'tests', 'requirements.txt') },
  prepare: makeVenv,
  command: (folder) => [join(folder, 'venv/bin/python')],
};

// The end of `npm test` names missing tools, for this test as for the SDKs in other languages.
if (process.env['TEST_REGISTRY'] && missingTools(VENV).length === 0) {
  void suite('the kit for pytest', () => {
    const folder = temporaryFolder();
    const site = folder.at('site');
    let python: string;

    /** Runs Python with the built kit and no files written into the checkout. */
    const withKit = async (cwd: string, ...parameters: string[]) => {
      const env = {
        PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
        HOME: folder.path,
        PYTHONPATH: site,
        PYTHONDONTWRITEBYTECODE: '1',
        ...COMPILE_CACHE,
      };
      const { stdout } = await run(python, parameters, { cwd, env, timeout: PATIENCE_MS }).catch(
        ({ stdout, stderr }: { stdout: string; stderr: string }) =>
          assert.fail(`${stdout}\n${stderr}`),
      );
      return stdout;
    };

    before(async () => {
      [python] = VENV.command(await madeReady(VENV));
      const wheels = ['--wheel-dir', folder.at('wheels')];
      // The venv has the build's one tool, so that no run downloads it again.
      const build = ['--no-deps', '--no-build-isolation', '--quiet', KIT];
      await withKit(folder.path, '-m', 'pip', 'wheel', ...wheels, ...build);
      const [wheel = ''] = globSync(folder.at('wheels/*.whl'));
      const target = ['--no-deps', '--no-index', '--quiet', '--target', site];
      await withKit(folder.path, '-m', 'pip', 'install', ...target, wheel);
    });
    after(() => folder[Symbol.dispose]());

    test('is a wheel with its types and its licence', () => {
      const files = globSync('**', { cwd: site });
      for (const name of ['pytest_tieline/py.typed', 'pytest_tieline/keeper.py']) {
        assert.ok(files.includes(name), name);
      }
      assert.ok(files.some((name) => /^pytest_tieline-.*\/LICENSE$/.test(name)));
    });

    test('passes its own tests and the samples of its guide, on two workers', async () => {
      const samples = blocksOf(GUIDE).filter(({ language }) => language === 'python');
      for (const { name = '', code } of samples) {
        assert.match(name, /^\w+\.py$/, `${GUIDE}: a sample has no file name`);
        writeFileSync(folder.at(name), code);
      }
      const quiet = ['-p', 'no:cacheprovider', '--basetemp', folder.at('basetemp')];
      const command = ['--tieline-command', `'${process.execPath}' '${PROGRAM}'`];
      const tests = [join(KIT, 'tests'), ...globSync(folder.at('test_*.py'))];
      // The files are dealt out whole, so that each worker starts Tieline and makes several worlds.
      const options = ['-q', '-n', '2', '--dist', 'loadfile', ...quiet, ...command];
      const said = await withKit(folder.path, '-m', 'pytest', ...options, ...tests);
      assert.match(said, /^\d+ passed/m);
      assert.doesNotMatch(said, /skipped|failed|error/);
    });
  });
}
