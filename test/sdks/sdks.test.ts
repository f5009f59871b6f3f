import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { testMatrix } from './matrix.ts';
import { FROM_SOURCES, NEWEST } from './programs.ts';
import { runProgram } from './run-program.ts';
import { STEPS } from './steps.ts';
import { stepTable, summaryTable } from './table.ts';

testMatrix('newest releases', NEWEST, stepTable);
testMatrix('SDKs from their sources', FROM_SOURCES, summaryTable);

test('a program that reports steps without doing them fails at each step', async () => {
  using home = temporaryFolder();
  const lines = STEPS.map(({ name }) => `ok ${name}`).join('\n');
  const { report } = await runProgram(
    { sdk: 'none', version: null, tools: [], files: {}, command: () => ['echo', lines] },
    home.path,
  );
  assert.deepEqual([report.status, Object.keys(report.steps).length], [0, STEPS.length]);
  const problems = report.problems.join('\n');
  for (const { name, status, counted } of STEPS) {
    const request = `${counted ?? name.split(' ')[0]} ${status}`;
    assert.match(problems, new RegExp(`The server saw ${request} 0 times`));
  }
  assert.match(problems, /After CreateMessage there is \[\], and not \["mark-\w+ 1"/);
});
