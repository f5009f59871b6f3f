import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { cellsOf, readNotebook } from '../../src/notebooks/notebook.ts';
import { Session } from '../../src/notebooks/run/session.ts';
import { aHost, aNetwork, NOWHERE, plainOf, runCells, valueOf } from './notebook-session.ts';

suite('a cell that', () => {
  test('hoards memory stays within its limit, and the error names the limit', async () => {
    const before = process.memoryUsage().rss;
    for (const hoard of ['new Uint8Array(1e6)', '"x".repeat(1e6) + a.length', '{}']) {
      const [cell] = cellsOf(
        readNotebook(`\`\`\`javascript\na = []; for (;;) a.push(${hoard})\n\`\`\`\n`),
      );
      assert.ok(cell);
      const session = new Session(aHost(aNetwork()), { base_url: NOWHERE, timeout_ms: 20_000 });
      const { failure } = await session.run(cell);
      const rss = process.memoryUsage().rss - before;
      session.close();
      assert.match(failure?.message ?? '', /memory/, hoard);
      assert.ok(rss < 400e6, `${hoard} took ${rss} bytes`);
    }
    const promises = 'p = Promise.resolve(); for (i = 0; i < 3e6; i++) p = p.then(() => i)';
    const [outcome] = await runCells([promises], {}, { timeout_ms: 20_000 });
    assert.equal(outcome?.failure?.name, 'LimitError');
    assert.match(outcome.failure.message, /memory/);
    assert.equal(await valueOf('1 + 1'), 2, 'the next run');
  });

  test('has a huge value is shown cut, and its value stays whole', async () => {
    const huge: Record<string, string> = {
      'Array.from({length: 1e6}, (_, i) => i)': 'array',
      'new Uint8Array(2e6)': 'object',
      'Object.fromEntries(Array.from({length: 2e5}, (_, i) => [`k${i}`, i]))': 'object',
      'new Map(Array.from({length: 2e5}, (_, i) => [i, i]))': 'object',
      'new Set(Array.from({length: 2e5}, (_, i) => i))': 'object',
      '({ ["k".repeat(1e6)]: 1 })': 'object',
      'Array.from({length: 400}, () => Array.from({length: 9}, () => "x".repeat(9e3)))': 'array',
      'new Proxy({}, { getPrototypeOf() { throw 1 } })': 'object',
      '[new Proxy([], { get() { throw 1 } })]': 'array',
      'new Error("e".repeat(1e6))': 'error',
    };
    const cells = Object.keys(huge).flatMap((code) => [`x = ${code}`, 'typeof x']);
    const outcomes = await runCells(cells, {}, { timeout_ms: 5_000 });
    for (const [at, [code, kind]] of Object.entries(huge).entries()) {
      const [made, after] = [outcomes[2 * at], outcomes[2 * at + 1]];
      assert.equal(made?.failure ?? null, null, code);
      assert.equal(made?.value?.kind, kind, code);
      const written = JSON.stringify(made.value).length;
      assert.ok(written < 1e6, `${code} is shown by ${written} characters`);
      assert.equal(plainOf(after?.value ?? null), 'object');
    }
    const [, , bytes] = [0, 1, 2].map((at) => outcomes[at]?.value);
    assert.ok(bytes?.kind === 'object');
    assert.deepEqual([bytes.length, bytes.entries.length, bytes.more], [2e6, 500, 2e6 - 500]);
  });

  test('floods the console has its output cut', async () => {
    const flood = 'for (i = 0; i < 1e4; i++) console.log("y".repeat(i))';
    const { lines, state } = (await runCells([flood])).at(0) ?? assert.fail();
    assert.equal(state, 'ok');
    assert.match(lines.at(-1)?.text ?? '', /The rest is left out/);
    const length = lines.reduce((sum, { text }) => sum + text.length, 0);
    assert.ok(length < 300_000 && lines.length > 500, `${lines.length} lines, ${length} long`);
  });

  test('asks endlessly ends in time if programs answer', async () => {
    const asked: number[] = [];
    const host = {
      answer: async ({ message }: { readonly message: string }) => {
        asked.push(message.length);
        return true;
      },
    };
    const cells = ['0', 'for (n = 0; ; n++) confirm("y".repeat(1e5))'];
    const [, outcome] = await runCells(cells, host, { timeout_ms: 500 });
    assert.match(outcome?.failure?.message ?? '', /did not end within 500 ms/);
    assert.ok(asked.length > 0 && asked.every((length) => length <= 10_000));
  });
});
