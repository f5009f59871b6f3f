import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  cellsOf,
  frontOf,
  MAX_CELLS,
  MAX_NOTEBOOK_LENGTH,
  NotebookError,
  readNotebook,
  writeNotebook,
} from './notebook.ts';
import { changePart, insertPart, removePart } from './notebook-edits.ts';

/** Reading takes linear time. If it took quadratic time, it would take much longer than this. */
const FOR_EVER_MS = 60_000;

const FILE = `---
site: https://example.com/notebooks/1
apiNotebookVersion: 1.1.66
title: Two cells
odd: one: two
---

A text with
two lines.

\`\`\`javascript
// @name first
one = 1
\`\`\`

\`\`\`js
not run
\`\`\`
   \`\`\`javascript
not run either

\`\`\`javascript
two = 2
\`\`\``;

suite('a notebook', () => {
  test('is text and cells between lines that are exactly fences', () => {
    const notebook = readNotebook(FILE);
    const seen = notebook.parts.map(({ kind, source, line }) => ({ kind, source, line }));
    assert.deepEqual(seen, [
      { kind: 'text', source: 'A text with\ntwo lines.', line: 8 },
      { kind: 'code', source: '// @name first\none = 1', line: 12 },
      {
        kind: 'text',
        source: '```js\nnot run\n```\n   ```javascript\nnot run either',
        line: 16,
      },
      { kind: 'code', source: 'two = 2', line: 23 },
    ]);
    assert.deepEqual(
      cellsOf(notebook).map(({ index, name }) => ({ index, name })),
      [
        { index: 0, name: 'first' },
        { index: 1, name: null },
      ],
    );
  });

  test('has front matter of names and values, and ignores a line with more colons', () => {
    const notebook = readNotebook(FILE);
    assert.equal(frontOf(notebook, 'title'), 'Two cells');
    assert.equal(frontOf(notebook, 'apiNotebookVersion'), '1.1.66');
    assert.equal(frontOf(notebook, 'odd'), null);
  });

  test('reads the same with CRLF and a byte order mark', () => {
    const windows = `\uFEFF${FILE.replaceAll('\n', '\r\n')}`;
    const sources = (text: string) => readNotebook(text).parts.map(({ source }) => source);
    assert.deepEqual(sources(windows), sources(FILE));
    assert.equal(frontOf(readNotebook(windows), 'title'), 'Two cells');
  });

  test('names the line of an unclosed fence, and keeps the text after it', () => {
    const notebook = readNotebook('Text\n\n```javascript\na = 1\n\nmore text\n');
    const [cell] = cellsOf(notebook);
    assert.equal(cell?.part.unclosed, true);
    assert.equal(cell.part.line, 4);
    assert.equal(cell.part.source, 'a = 1\n\nmore text');
    assert.equal(cellsOf(readNotebook('```javascript'))[0]?.part.unclosed, true);
  });

  test('refuses a file that is too long, has too many cells, or is not text', () => {
    const cells = (count: number) => '```javascript\n1\n```\n\n'.repeat(count);
    assert.equal(cellsOf(readNotebook(cells(MAX_CELLS))).length, MAX_CELLS);
    assert.throws(() => readNotebook(cells(MAX_CELLS + 1)), NotebookError);
    assert.throws(() => readNotebook('x'.repeat(MAX_NOTEBOOK_LENGTH + 1)), NotebookError);
    assert.throws(() => readNotebook('PNG\0\0'), /not text/);
  });

  test('reads many cells after many lines in linear time', () => {
    const file = '\n'.repeat(1_000_000) + '```javascript\n```\n'.repeat(1_000);
    const start = performance.now();
    assert.equal(cellsOf(readNotebook(file)).length, 1_000);
    assert.ok(performance.now() - start < FOR_EVER_MS);
  });
});

/** Files of meaningful lines, in any order, with any line ends. */
const anyFile = fc
  .tuple(
    fc.array(
      fc.oneof(
        fc.constantFrom(
          '```javascript',
          '```',
          '---',
          '',
          '  ',
          'title: A',
          '```js',
          '~~~',
          'x = 1',
        ),
        fc.string({ unit: 'grapheme', maxLength: 12 }).map((line) => line.replaceAll('\0', '')),
      ),
      { maxLength: 30 },
    ),
    fc.constantFrom('\n', '\r\n'),
    fc.boolean(),
  )
  .map(([lines, ended, closed]) => lines.join(ended) + (closed ? ended : ''));

suite('writing a notebook', () => {
  test('returns an unchanged file byte for byte', () => {
    fc.assert(
      fc.property(anyFile, (file) => {
        assert.equal(writeNotebook(readNotebook(file)), file);
      }),
      { numRuns: 2_000 },
    );
  });

  test('changes one cell and nothing else', () => {
    for (const file of [FILE, FILE.replaceAll('\n', '\r\n')]) {
      const notebook = readNotebook(file);
      const changed = changePart(notebook, 1, 'one = 1\nmore = 2');
      const written = writeNotebook(changed);
      const ended = notebook.line_end;
      assert.equal(
        written,
        file.replace(`// @name first${ended}one = 1`, `one = 1${ended}more = 2`),
      );
      assert.equal(writeNotebook(changePart(notebook, 1, notebook.parts[1]?.source ?? '')), file);
    }
  });

  test('changes a text and keeps the blank lines around it', () => {
    const written = writeNotebook(changePart(readNotebook(FILE), 0, 'Other words.'));
    assert.equal(written, FILE.replace('A text with\ntwo lines.', 'Other words.'));
  });

  test('adds and removes parts, and the file can be read again', () => {
    const notebook = readNotebook(FILE);
    const more = insertPart(insertPart(notebook, 4, 'code', 'last'), 1, 'code', 'zero = 0');
    assert.deepEqual(
      cellsOf(more).map(({ part }) => part.source),
      ['zero = 0', '// @name first\none = 1', 'two = 2', 'last'],
    );
    assert.deepEqual(readNotebook(writeNotebook(more)), more);
    const less = removePart(notebook, 1);
    assert.deepEqual(
      cellsOf(less).map(({ part }) => part.source),
      ['two = 2'],
    );
    const [only] = cellsOf(insertPart(readNotebook(''), 0, 'code', 'x'));
    assert.equal(only?.part.source, 'x');
  });

  test('closes the fence of a changed cell', () => {
    const notebook = readNotebook('```javascript\na = 1');
    const written = writeNotebook(changePart(notebook, 0, 'a = 2'));
    assert.equal(written, '```javascript\na = 2\n```\n');
  });
});
