import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readNotebook } from '../notebook.ts';
import { saysThatItWrites, surveyOf } from './survey.ts';

/** The survey takes linear time. If it took quadratic time, it would take much longer than this. */
const FOR_EVER_MS = 60_000;

suite('a survey of a notebook', () => {
  test('names the cells that change something, and other hosts', () => {
    const cells = [
      "load('https://github.com/chaijs/chai/releases/download/1.9.0/chai.js')",
      "// see https://comment.example/\nclient.json.post({ Url: 'https://b.example/x' })",
      'client.json.get(); "http://a.example:81/"',
      'client.json.delete({})',
    ];
    const file = cells.map((cell) => `\`\`\`javascript\n${cell}\n\`\`\`\n`).join('\n');
    assert.deepEqual(surveyOf(readNotebook(`Text .post( here.\n\n${file}`)), {
      cells: 4,
      writing: [1, 3],
      hosts: ['a.example:81', 'b.example'],
    });
  });

  test('reads a cell of many blank lines in linear time', () => {
    const start = performance.now();
    assert.ok(!saysThatItWrites('\n'.repeat(1_000_000)));
    assert.ok(performance.now() - start < FOR_EVER_MS);
  });

  test('counts a call as a write, but not a comment or a name', () => {
    for (const source of ['a.post()', 'a\n  .put ({})', 'b.patch(1)', 'x . delete(y)']) {
      assert.ok(saysThatItWrites(source), source);
    }
    for (const source of ['// a.post()', 'post()', 'a.posts()', 'delete a.b', 'a.get("post(")']) {
      assert.ok(!saysThatItWrites(source), source);
    }
  });
});
