import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { missingTools, type Program } from './programs.ts';
import { runProgram } from './run-program.ts';
import { STEPS } from './steps.ts';
import { type Results, shownTable } from './table.ts';

/** The number of programs at the same time, one for each processor of a small machine. */
const AT_ONCE = 2;

/** A column of a table. */
function columnOf({ sdk, version }: Program): string {
  return version === null ? sdk : `${sdk} ${version}`;
}

/** Installing needs a registry. `npm test` says whether it reached one. */
function canRun(program: Program): boolean {
  const needsRegistry = program.prepare !== undefined;
  return missingTools(program).length === 0 && (!needsRegistry || !!process.env['TEST_REGISTRY']);
}

/**
 * Lets every program go through the scenario, and compares a table of the guide with the results. A
 * program whose tools are missing is left out. `npm test` names it, and the table is not compared.
 */
export function testMatrix(
  name: string,
  programs: readonly Program[],
  tableOf: (columns: readonly string[], results: Results) => string,
): void {
  const results = new Map<string, Readonly<Record<string, string>>>();
  const runnable = programs.filter(canRun);

  void suite(`unmodified programs, ${name}`, () => {
    const home = temporaryFolder();
    after(() => home[Symbol.dispose]());

    void suite('go through the whole scenario', { concurrency: AT_ONCE }, () => {
      // The slowest begins first, so that the others run beside it.
      for (const program of runnable.toReversed()) {
        test(columnOf(program), async () => {
          const { report, printed } = await runProgram(program, home.path);
          results.set(columnOf(program), report.steps);
          const failed = Object.entries(report.steps).filter(([, outcome]) => outcome !== 'ok');
          assert.deepEqual(failed, [], printed);
          assert.deepEqual(report.problems, [], 'what the program says is not on the server');
          assert.deepEqual(
            Object.keys(report.steps).toSorted(),
            STEPS.map((step) => step.name).toSorted(),
          );
          assert.equal(report.status, 0, printed);
        });
      }
    });

    if (runnable.length === programs.length) {
      test('match the table of docs/guides/sdks.md', () => {
        const table = tableOf(programs.map(columnOf), results);
        assert.equal(shownTable(name, table), table, 'run it again with UPDATE_DOCS=1');
      });
    }
  });
}
