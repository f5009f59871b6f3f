import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { cellsOf, frontOf, NotebookError, readNotebook, writeNotebook } from './notebook.ts';
import { changePart, removePart, renameNotebook, swapParts } from './notebook-edits.ts';

const FILE = `---
title: Three
---

One text.

\`\`\`javascript
1
\`\`\`

Another,
with two lines.  


\`\`\`javascript
2
\`\`\`
\`\`\`javascript
3
\`\`\``;

/** The blocks of a file, with or without a blank line after them. */
const BLOCKS = [
  '```javascript\n1\n```',
  '```javascript\n```',
  'x',
  '  x  ',
  '```js\nx\n```',
  '---',
  '```',
];
const anyFile = fc
  .tuple(
    fc.constantFrom('', '\uFEFF', '\n', '---\ntitle: A\n---\n'),
    fc.array(fc.tuple(fc.constantFrom(...BLOCKS), fc.constantFrom('\n', '\n\n', '\n  \n')), {
      maxLength: 12,
    }),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([begin, blocks, is_closed, is_crlf]) => {
    const whole = begin + blocks.flat().join('');
    const file = is_closed ? whole : whole.trimEnd();
    return is_crlf ? file.replaceAll('\n', '\r\n') : file;
  });

suite('moving a part of a notebook', () => {
  test('swaps cells and texts and keeps the blank lines in place', () => {
    const moved = swapParts(readNotebook(FILE), 1);
    const expected = FILE.replace(
      '```javascript\n1\n```\n\nAnother,\nwith two lines.  \n',
      'Another,\nwith two lines.  \n\n```javascript\n1\n```\n',
    );
    assert.equal(writeNotebook(moved), expected);
    const kinds = moved.parts.map(({ kind }) => kind);
    assert.deepEqual(kinds, ['text', 'text', 'code', 'code', 'code'], 'the texts stay two');
    assert.deepEqual(
      moved.parts.map(({ line }) => expected.split('\n')[line - 1]),
      ['One text.', 'Another,', '1', '2', '3'],
    );
    const last = swapParts(readNotebook(FILE), 3);
    assert.deepEqual(
      cellsOf(last).map(({ part }) => part.source),
      ['1', '3', '2'],
    );
  });

  test('moved back, gives the same file byte for byte', () => {
    let moves = 0;
    fc.assert(
      fc.property(anyFile, fc.nat(3), (file, at) => {
        const notebook = readNotebook(file);
        let moved = notebook;
        try {
          moved = swapParts(notebook, at);
        } catch (error) {
          assert.ok(error instanceof NotebookError);
          return;
        }
        if (moved !== notebook) moves += 1;
        const back = swapParts(moved, at);
        assert.equal(writeNotebook(back), file);
        const sources = (one: typeof back) => one.parts.map(({ kind, source }) => [kind, source]);
        assert.deepEqual(sources(back), sources(notebook));
      }),
      { numRuns: 2_000 },
    );
    assert.ok(moves > 300, `${moves} moves`);
  });

  test('is kept by later edits', () => {
    const moved = swapParts(readNotebook(FILE), 1);
    const edited = changePart(moved, 4, 'three');
    assert.deepEqual(
      swapParts(edited, 1).parts.map(({ source }) => source),
      ['One text.', '1', 'Another,\nwith two lines.  ', '2', 'three'],
    );
    assert.equal(removePart(moved, 0).parts[0]?.line, 4);
  });

  test('refuses an unclosed cell', () => {
    const notebook = readNotebook('Text.\n\n```javascript\n1');
    assert.throws(() => swapParts(notebook, 0), /edit it first, which closes its fence/);
  });
});

suite('the title of a notebook', () => {
  test('goes into the front matter, and nothing else changes', () => {
    const written = (file: string) => writeNotebook(renameNotebook(readNotebook(file), 'New one'));
    assert.equal(written(FILE), FILE.replace('title: Three', 'title: New one'));
    const crlf = FILE.replaceAll('\n', '\r\n');
    assert.equal(written(crlf), crlf.replace('title: Three', 'title: New one'));
    assert.equal(written('---\nsite: x\n---\nText'), '---\nsite: x\ntitle: New one\n---\nText');
    assert.equal(written('Text'), '---\ntitle: New one\n---\n\nText');
    assert.equal(written('\uFEFFText\r\n'), '\uFEFF---\r\ntitle: New one\r\n---\r\n\r\nText\r\n');
    assert.equal(frontOf(readNotebook(written('')), 'title'), 'New one');
  });

  test('must fit into the front matter', () => {
    for (const title of ['', '  ', 'a: b', 'a\nb']) {
      assert.throws(() => renameNotebook(readNotebook(FILE), title), /A title is one line/);
    }
  });
});
