import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { type Cell, cellsOf, MAX_CELLS, readNotebook } from '../../src/notebooks/notebook.ts';
import type { Outcome } from '../../src/notebooks/run/outcome.ts';
import { Session } from '../../src/notebooks/run/session.ts';
import {
  aHost,
  aNetwork,
  failureOf,
  NOWHERE,
  plainOf,
  runCells,
  valueOf,
} from './notebook-session.ts';

/** Long enough for a cell that ends, and a short wait for a cell that does not. */
const TIMEOUT_MS = 400;

function cellOf(source: string): Cell {
  const [cell] = cellsOf(readNotebook(`\`\`\`javascript\n${source}\n\`\`\`\n`));
  assert.ok(cell);
  return cell;
}

/** Runs a hostile cell, then two harmless ones: in the same sandbox, and in a new one. */
async function attack(cell: string, timeout_ms = TIMEOUT_MS): Promise<Outcome> {
  const [hostile, after] = await runCells([cell, '1 + 1'], {}, { timeout_ms });
  assert.ok(hostile);
  if (after) assert.equal(plainOf(after.value), 2, 'the next cell of the same notebook');
  assert.equal(await valueOf('1 + 1'), 2, 'the next run');
  return hostile;
}

async function assertLimited(cell: string): Promise<void> {
  const { failure } = await attack(cell);
  assert.equal(failure?.cause, 'limit', `${cell}: ${failure?.name} ${failure?.message}`);
  assert.equal(failure.name, 'LimitError');
}

suite('a notebook', () => {
  test('runs to its end with the most cells that are allowed', async () => {
    const outcomes = await runCells(Array.from({ length: MAX_CELLS }, (_, at) => `n = ${at}`));
    assert.equal(outcomes.length, MAX_CELLS);
    assert.equal(plainOf(outcomes.at(-1)?.value ?? null), MAX_CELLS - 1);
  });
});

suite('a hostile cell', () => {
  test('that never ends is stopped', async () => {
    const cells = [
      'for (;;) {}',
      'while (true) { try { for (;;) {} } catch (e) {} finally { for (;;) {} } }',
      'await new Promise(() => setInterval(() => {}, 1))',
      '(function again() { return Promise.resolve().then(again) })()',
      'done = async(); (function again() { setTimeout(again, 0) })()',
      '({ get then() { for (;;) {} } })',
      '/^(a+)+$/.test("a".repeat(40) + "b")',
      '[1].map(function f() { return [1].map(f) }); for (;;) {}',
      'throw { get message() { for (;;) {} } }; for (;;) {}',
    ];
    for (const cell of cells) {
      const { failure } = await attack(cell);
      assert.ok(failure, `${cell} ended well`);
    }
    await assertLimited('for (;;) {}');
    await assertLimited('/^(a+)+$/.test("a".repeat(40) + "b")');
  });

  test('that calls itself endlessly overflows its own stack', async () => {
    await assertLimited('(function f() { f() })()');
    await assertLimited('(function f() { return [1].map(f) })()');
    await assertLimited('o = {}; o.toString = () => `${o}`; `${o}`');
    await assertLimited('JSON.parse("[".repeat(1e5) + "]".repeat(1e5))');
    // The engine words its own error for code that is nested too deep. The cell must end.
    for (const cell of ['['.repeat(50_000), `${'('.repeat(20_000)}1${')'.repeat(20_000)}`]) {
      assert.ok((await attack(cell)).failure, 'nested code');
    }
  });

  test('that wants all memory gets its limit and no more', async () => {
    await assertLimited('s = "x".repeat(2 ** 30 - 1); s + s');
    await assertLimited('a = []; for (;;) a.push(new Uint8Array(1e6))');
    await assertLimited('s = "x"; for (;;) s += s');
    assert.ok((await attack('new ArrayBuffer(2 ** 40)')).failure);
  });

  test('that throws an unreadable value ends in time with an error', async () => {
    const { failure } = await attack('throw { get name() { for (;;) {} } }');
    assert.equal(failure?.message, `The cell did not end within ${TIMEOUT_MS} ms.`);
    assert.equal((await attack('throw null')).failure?.message, 'null');
  });

  test('that asks for more time gets it, up to a limit', async () => {
    const waiting = 'timeout(5000); await new Promise((go) => setTimeout(go, 900)); "late"';
    const [late] = await runCells([waiting], {}, { timeout_ms: TIMEOUT_MS });
    assert.equal(plainOf(late?.value ?? null), 'late');
    const { failure } = await attack('timeout(50); for (;;) {}', 60_000);
    assert.match(failure?.message ?? '', /50 ms/);
    assert.equal(await valueOf('timeout(1e300); timeout(Infinity); 1'), 1);
    for (const odd of ['NaN', '-1', '0', '"x"', '', 'null']) {
      assert.match((await failureOf(`timeout(${odd})`)).message, /milliseconds/, odd);
    }
  });

  test('finds nothing of the host', async () => {
    const names =
      'process, require, module, fetch, document, XMLHttpRequest, Worker, WebAssembly, Deno, std, os, host, importScripts';
    const reached = names
      .split(', ')
      .map((name) => `typeof ${name}`)
      .join(' + ');
    const nothing = 'undefined'.repeat(names.split(', ').length);
    assert.equal(await valueOf(reached), nothing);
    const ways = [
      '[].constructor.constructor',
      '(async () => {}).constructor',
      'API.createClient.constructor',
      'load.constructor',
      'console.log.constructor',
      'prompt.constructor',
      'Error.captureStackTrace.constructor',
      'new URL("http://a").constructor.constructor',
    ];
    for (const way of ways) {
      assert.equal(await valueOf(`${way}(${JSON.stringify(`return ${reached}`)})()`), nothing, way);
    }
    assert.match((await failureOf('import("node:fs")')).message, /./);
  });

  test('cannot change how the next cell is checked or shown', async () => {
    const tampering =
      'JSON.stringify = () => "1"; JSON.parse = () => ({}); Array.prototype.push = () => { throw 1 };' +
      'Object.defineProperty = () => {}; Promise.prototype.then = null; Reflect.apply = null;' +
      'Object.prototype.toJSON = () => "tampered"; Array.prototype.toJSON = () => []; String = null;' +
      'Object.defineProperty(Object.prototype, "kind", { get() { throw 1 } }); globalThis.API = null; load = null; 5';
    const [first, second, third] = await runCells([
      tampering,
      'throw new TypeError("seen")',
      '[6]',
    ]);
    assert.equal(first?.state, 'ok');
    assert.equal(second?.state, 'failed');
    assert.equal(third?.state, 'ok');
    const ways = [
      'Object.prototype.get = () => 1; 5',
      'Object.freeze(globalThis); 5',
      'Object.defineProperty(globalThis, "$_", { value: 0 }); 5',
      'Object.prototype.enumerable = Object.prototype.configurable = Object.prototype.set = 7; 5',
      'Promise.resolve = () => ({ then() {} }); queueMicrotask = setTimeout = null; 5',
    ];
    for (const way of ways) {
      const outcomes = await runCells([
        way,
        '6',
        '(async () => 7)()',
        'throw new TypeError("seen")',
      ]);
      assert.deepEqual(
        outcomes.map(({ value, failure }) => failure?.message ?? plainOf(value)),
        [5, 6, 7, 'seen'],
        way,
      );
    }
  });

  test('cannot break the host by random code', async () => {
    const session = new Session(aHost(aNetwork()), { base_url: NOWHERE, timeout_ms: TIMEOUT_MS });
    const run = async (source: string) => {
      return session.isGone ? null : session.run(cellOf(source));
    };
    const pieces = fc.constantFrom(
      'x',
      '1',
      '"a"',
      '=',
      '(',
      ')',
      '{',
      '}',
      '[',
      ']',
      '=>',
      'await ',
      'async ',
      'function ',
      'class ',
      'let ',
      'const ',
      'var ',
      ';',
      '\n',
      ',',
      '.',
      '...',
      'new ',
      'throw ',
      'return ',
      'yield ',
      '`',
      '${',
      '/',
      '//',
      '/*',
      'load',
      'API',
      'createClient',
      'timeout',
      'prompt',
      '$_',
      '$0',
      'null',
      'Symbol',
      'Proxy',
      '__proto__',
      '\u2028',
      '#!',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 14 }), async (words) => {
        const outcome = await run(words.join('').replaceAll('```', ''));
        assert.ok(outcome === null || ['ok', 'failed'].includes(outcome.state));
        assert.equal(session.isGone, false, 'the sandbox ended');
      }),
      { numRuns: 400 },
    );
    session.close();
  });
});
