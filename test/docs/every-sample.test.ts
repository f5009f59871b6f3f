import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { suite, test } from 'node:test';
import { demandTests, namedTests } from '../repository/named-tests.ts';
import { type Block, everyBlockOf } from '../support/guide-blocks.ts';
import { reach } from '../support/needs.ts';
import { SAMPLES, type Sample } from './samples.ts';

/** Every document of the repository for readers. Other pages are made from the code. */
const FILES = ['README.md', ...globSync('docs/**/*.md').toSorted()];

function isOf({ language, heading, part }: Sample, block: Block): boolean {
  if (language !== block.language) return false;
  if (heading !== undefined && heading !== block.heading) return false;
  return part === undefined || block.code.includes(part);
}

/** The faults of a file's samples and of their rows. */
function faultsOf(file: string): string[] {
  const rows = SAMPLES[file] ?? [];
  const blocks = everyBlockOf(file);
  const faults = blocks.flatMap((block) => {
    const count = rows.filter((row) => isOf(row, block)).length;
    if (count === 1) return [];
    const what = `${file}:${block.line} (${block.language || 'no language'}, ${block.heading})`;
    return [`${what} has ${count} rows in test/docs/samples.ts; give it one`];
  });
  for (const row of rows) {
    if (blocks.some((block) => isOf(row, block))) continue;
    faults.push(`${file} has no sample for the row ${JSON.stringify(row)}; take the row away`);
  }
  return faults;
}

suite('every sample of the documentation', () => {
  test('is run by a test, or stands in the list of fragments with a reason', () => {
    assert.deepEqual(FILES.flatMap(faultsOf), []);
    for (const [file, rows] of Object.entries(SAMPLES)) {
      assert.ok(FILES.includes(file), `there is no ${file}`);
      for (const { run, fragment } of rows) {
        assert.notEqual(run === undefined, fragment === undefined, `${file}: a test or a reason`);
      }
    }
  });

  test('names a test that exists and reads the document of the sample', () => {
    for (const [document, rows] of Object.entries(SAMPLES)) {
      for (const { run = '' } of rows) {
        demandTests(run);
        for (const { file } of namedTests(run)) {
          const code = [...reach(file)].map((one) => readFileSync(one, 'utf8')).join('\n');
          const isRead = [document, dirname(document)].some((path) => code.includes(`'${path}`));
          assert.ok(isRead || code.includes(document), `${file} does not read ${document}`);
        }
      }
    }
  });
});
