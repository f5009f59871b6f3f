import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import { cellScript } from './cell-script.ts';

/** Runs cells as scripts of one global object. Returns the last value and the global object. */
async function run(
  ...cells: string[]
): Promise<{ value: unknown; global: Record<string, unknown> }> {
  const global = createContext({ later: (value: unknown) => Promise.resolve(value) });
  let value: unknown;
  for (const cell of cells) value = await runInContext(cellScript(cell).text, global);
  return { value, global };
}

suite('the script of a cell', () => {
  test('declares names for the next cells, and may declare them again', async () => {
    const cells = [
      'let a = 1; const b = 2; class C { get three() { return 3 } }; function f() { return 4 }',
      'let a = a0 = 5; const b = 6; class C { get three() { return 7 } }',
      '[a, b, new C().three, f()]',
    ];
    const { value } = await run(...cells);
    assert.deepEqual([...(value as number[])], [5, 6, 7, 4]);
  });

  test('keeps declarations of blocks and functions local', async () => {
    const { global } = await run('{ let inner = 1 } (function () { const own = 2 })()');
    assert.equal('inner' in global, false);
    assert.equal('own' in global, false);
  });

  test('has the value of its last statement', async () => {
    assert.equal((await run('x = 1; if (x) { y = x + 1 }')).value, 2);
    assert.equal((await run('if (false) { y = 1 }')).value, undefined);
    assert.equal((await run('const a = 5')).value, undefined);
  });

  test('may await, and has the value of its last expression', async () => {
    const { value, global } = await run(
      'const a = await later(1)\nlet b\nvar [c, { d = 4, ...rest }] = [3, { e: 5 }]\nfirst = early()\n' +
        'function early() { return "early" }\nclass K { static six = 6 }\n' +
        'for (let i = 0, n = 2; i < n; i++) { var last = await later(i) }\nfor (const x of [1]) { await x }\na + c',
      'if (true) { var deep = await later(8) }\ndone = K.six',
    );
    assert.equal(value, 6);
    const { a, b, c, d, rest, first, last, deep } = global;
    assert.deepEqual(
      { a, b, c, d, first, last, deep },
      {
        a: 1,
        b: undefined,
        c: 3,
        d: 4,
        first: 'early',
        last: 1,
        deep: 8,
      },
    );
    assert.deepEqual({ ...(rest as object) }, { e: 5 });
    assert.equal('i' in global, false);
  });

  test('keeps its line numbers', async () => {
    for (const waits of ['', 'await 0\n']) {
      const source = `${waits}const a = 1\nlet b = 2\n\nthrow new Error('here')`;
      const line = source.split('\n').findIndex((one) => one.startsWith('throw'));
      const { text } = cellScript(source);
      assert.ok(text.split('\n')[line]?.includes('throw'), text);
    }
  });

  test('stays unchanged when it cannot be parsed', () => {
    for (const source of ['return 1', 'const = ', '(((', '('.repeat(50_000), 'import x from "y"']) {
      const { text, error } = cellScript(source);
      assert.deepEqual([text, error], [source, null]);
    }
  });

  test('knows the columns of moved code', () => {
    const sources = [
      'const a = 1, b = HERE',
      'class A {} class B {} HERE',
      '"use strict"; HERE',
      'await 0; let a = 1; const { b } = HERE',
      'let a = await 0\nclass B {} for (var c = 1; c < HERE; c++) {}\nB',
      'const a = "\u{1F600}", b = HERE',
    ];
    for (const source of sources) {
      const { text, columnAt } = cellScript(source);
      const place = (code: string): [number, string] => {
        const line = code.split('\n').findIndex((one) => one.includes('HERE'));
        return [line + 1, code.split('\n')[line]?.split('HERE')[0] ?? ''];
      };
      const [line, before] = place(text);
      const column = [...before].length + 1;
      assert.equal(columnAt(line, column), place(source)[1].length + 1, text);
    }
  });

  test('explains a syntax error in code with await, which engines cannot', () => {
    const { error } = cellScript('a = await 1\nb = = 2');
    assert.deepEqual(error, { message: 'Unexpected token', line: 2, column: 5 });
    assert.equal(cellScript('a = 1\nb = = await 2').error, null);
  });
});
