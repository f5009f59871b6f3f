import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { opensBrowser, startsPrograms } from '../support/needs.ts';
import { dealFiles } from '../support/steps.ts';
import { allParts, allTestFiles, LONG, LONGEST } from '../support/test-files.ts';

suite('the files that npm run check leaves out', () => {
  test('exist', () => {
    const files = allTestFiles();
    for (const file of [...LONG, ...LONGEST]) assert.ok(files.includes(file), file);
  });

  test('are those that start other programs, themselves or by a helper', () => {
    assert.ok(startsPrograms('test/sdks/sdks.test.ts'), 'an SDK in another language');
    assert.ok(startsPrograms('test/notebooks/notebook-page.test.ts'), 'a browser');
    assert.ok(startsPrograms('test/process/crash.test.ts'), 'a server');
    assert.ok(!startsPrograms('test/messages/messages.test.ts'), 'the app in this process');
  });

  test('open a browser where they open pages, and nowhere else', () => {
    assert.ok(opensBrowser('test/notebooks/notebook-page.test.ts'), 'by a helper of a helper');
    assert.ok(!opensBrowser('test/process/crash.test.ts'), 'a server');
  });

  test('are the only ones: each file is in one part', () => {
    const files = allTestFiles();
    assert.deepEqual(dealFiles(files).flat().toSorted(), files);
    assert.deepEqual(allParts().flat().toSorted(), files, 'of the whole run, too');
  });
});
