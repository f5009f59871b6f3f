import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { cellsOf, readNotebook } from '../../src/notebooks/notebook.ts';
import { Session } from '../../src/notebooks/run/session.ts';
import { aHost, failureOf, NOWHERE, plainOf, runCells, valueOf } from './notebook-session.ts';

suite('the cells of a notebook', () => {
  test('share what they declare and assign', async () => {
    assert.equal(await valueOf('x = 1', 'var y = 2; function f() { return 3 }', 'x + y + f()'), 6);
    assert.equal(await valueOf('let a = 1; const b = 2', 'const b = 3; a + b'), 4);
    assert.equal(await valueOf('const a = await Promise.resolve(4)', 'a'), 4);
  });

  test('are sloppy scripts: `this` is global, and an assignment declares a name', async () => {
    assert.equal(await valueOf('"use strict"; undeclared = 1; this === window'), true);
  });

  test('have the value of their last statement', async () => {
    assert.equal(await valueOf('if (true) { y = 2 }'), 2);
    assert.equal(await valueOf('if (false) { y = 2 }'), undefined);
    assert.deepEqual(await valueOf('({a: [1, "two", null]})'), { a: [1, 'two', null] });
    assert.equal(await valueOf('var a = 5'), undefined);
  });

  test('find the values of earlier cells in $_ and $N', async () => {
    assert.deepEqual(await valueOf('10', '20', '[$0, $1, $_]'), [10, 20, 20]);
    const [, second] = await runCells(['throw 1', '[$0, $_]']);
    assert.deepEqual(plainOf(second?.value ?? null), [undefined, undefined]);
  });

  test('wait for a promise: $N then has its result, and a variable still has the promise', async () => {
    const [first, second] = await runCells([
      'p = new Promise((resolve) => setTimeout(() => resolve(7), 5))',
      '[$0, typeof p.then]',
    ]);
    assert.equal(plainOf(first?.value ?? null), 7);
    assert.deepEqual(plainOf(second?.value ?? null), [7, 'function']);
    assert.equal((await failureOf('Promise.reject(new TypeError("no"))')).name, 'TypeError');
  });

  test('wait for done when they call async()', async () => {
    assert.equal(await valueOf('done = async(); setTimeout(() => done(null, 3), 1); 5'), 3);
    const { message } = await failureOf('async()(new Error("told"))');
    assert.equal(message, 'told');
    assert.equal(await valueOf('async()(false, 4)'), 4);
    assert.equal(await valueOf('timeout("5000"); 4'), 4);
    const thrown = await failureOf('async(); throw new Error("at once")');
    assert.equal(thrown.message, 'at once');
  });

  test('fail when their callbacks throw', async () => {
    const ways = [
      'queueMicrotask(() => { throw new TypeError("late") }); 5',
      'load("https://github.com/chaijs/chai/releases/download/1.9.0/chai.js", () => { throw new TypeError("late") })',
      'setTimeout(() => { throw new TypeError("late") }, 0); await new Promise((go) => setTimeout(go, 20))',
    ];
    for (const way of ways) assert.equal((await failureOf(way)).message, 'late', way);
    assert.equal(await valueOf(ways[0] ?? '', '6'), 6);
  });

  test('fail immediately when no code is left that could end them', async () => {
    const never = await failureOf('new Promise(() => {})');
    assert.deepEqual([never.cause, never.message.includes('no code is left')], ['limit', true]);
    const undone = await failureOf('async()');
    assert.match(undone.message, /async\(\)/);
  });

  test('say what went wrong, and on which of their lines', async () => {
    const thrown = await failureOf('x = 1\n\nmissing.name');
    assert.deepEqual([thrown.name, thrown.line, thrown.cause], ['ReferenceError', 3, 'script']);
    const inside = await failureOf('function f() {\n  null.x\n}', '\nf()');
    assert.equal(inside.line, 2);
    const unread = await failureOf('a = 1\nb = = 2');
    assert.deepEqual([unread.name, unread.line], ['SyntaxError', 2]);
    const waiting = await failureOf('await 0\nthrow new RangeError("r")');
    assert.deepEqual([waiting.name, waiting.line], ['RangeError', 2]);
    assert.equal((await failureOf('throw "words"')).message, 'words');
    assert.equal((await failureOf('return 1')).name, 'SyntaxError');
  });

  test('run after a failed cell', async () => {
    const outcomes = await runCells(['a = 1', 'throw new Error()', 'a + 1']);
    assert.deepEqual(
      outcomes.map(({ state }) => state),
      ['ok', 'failed', 'ok'],
    );
  });

  test('may ask questions and get answers', async () => {
    const asked: unknown[] = [];
    const answers = ['AC1', true, null, null];
    const host = {
      answer: async (question: unknown) => {
        asked.push(question);
        return answers.shift() ?? null;
      },
    };
    const cell =
      '[prompt("Which?", "this"), window.confirm("Sure?"), alert("Look"), prompt("More")]';
    const [outcome] = await runCells([cell], host);
    assert.deepEqual(plainOf(outcome?.value ?? null), ['AC1', true, undefined, null]);
    assert.deepEqual(asked, [
      { kind: 'prompt', message: 'Which?', suggestion: 'this' },
      { kind: 'confirm', message: 'Sure?' },
      { kind: 'alert', message: 'Look' },
      { kind: 'prompt', message: 'More', suggestion: null },
    ]);
    const unanswered = await failureOf('prompt("Who?")');
    assert.deepEqual([unanswered.cause, unanswered.name], ['unanswered', 'UnansweredError']);
  });

  test('may load scripts, and chai comes with the product', async () => {
    const chai = "load('https://github.com/chaijs/chai/releases/download/1.9.0/chai.js')";
    const failure = await failureOf(chai, 'x = 1\nchai.assert.equal(404, 200)');
    assert.deepEqual(
      [failure.cause, failure.name, failure.message, failure.line],
      ['assertion', 'AssertionError', 'expected 404 to equal 200', 2],
    );
    assert.equal((await failureOf('load("https://example.com/x.js")')).cause, 'network');
  });

  test('have the browser functions that notebooks expect, and their own console', async () => {
    const [outcome] = await runCells([
      'console.log("a", 1, {b: [2]}); console.error(new TypeError("t")); setTimeout(() => {}, 1)\n' +
        'u = new URL("/p?a=1&a=2#h", "https://example.com:8080");\n' +
        '[u.href, u.searchParams.getAll("a"), btoa("hi"), atob("aGk="), String(new URLSearchParams({q: "a b"})), ' +
        'URL.canParse("nope")]',
    ]);
    assert.deepEqual(plainOf(outcome?.value ?? null), [
      'https://example.com:8080/p?a=1&a=2#h',
      ['1', '2'],
      'aGk=',
      'hi',
      'q=a+b',
      false,
    ]);
    assert.deepEqual(outcome?.lines, [
      { level: 'log', text: 'a 1 {"b":[2]}' },
      { level: 'error', text: 'TypeError: t' },
    ]);
  });

  test('show any value as a tree without calling accessors', async () => {
    const [outcome] = await runCells([
      'self2 = {n: 1, get g() { throw 1 }, u: undefined, f() {}, d: new Date(0), m: new Map([["k", 1]]), s: new Set([2]),' +
        ' big: 10n, sym: Symbol("s"), r: /x/g, deep: null}; self2.me = self2; self2',
    ]);
    const value = outcome?.value;
    assert.ok(value?.kind === 'object');
    const shown = Object.fromEntries(value.entries.map((entry) => [entry.key, entry.value]));
    assert.deepEqual(shown['g'], { kind: 'plain', type: 'accessor', text: '(…)' });
    assert.deepEqual(shown['me'], { kind: 'cut', text: 'itself' });
    const texts = Object.entries(shown).map(([key, { text }]) => `${key} ${text}`);
    for (const expected of ['d 1970-01-01T00:00:00.000Z', 'm Map', 's Set', 'r /x/g', 'big 10']) {
      assert.ok(texts.includes(expected), texts.join('\n'));
    }
  });
});

suite('a notebook that runs', () => {
  const [cell] = cellsOf(readNotebook('```javascript\nfor (;;) {}\n```\n'));
  assert.ok(cell);

  test('can be stopped while a cell runs', async () => {
    const session = new Session(aHost(), { base_url: NOWHERE });
    const running = session.run(cell);
    setTimeout(() => session.stop(), 300);
    const { state, failure } = await running;
    assert.equal(state, 'stopped');
    assert.match(failure?.message ?? '', /stopped/);
    assert.equal(session.isGone, true);
    await assert.rejects(session.run(cell), /ended/);
  });

  test('can be stopped and closed before it starts', async () => {
    const stopped = new Session(aHost(), { base_url: NOWHERE });
    const running = stopped.run(cell);
    stopped.stop();
    assert.equal((await running).state, 'stopped');
    const closed = new Session(aHost(), { base_url: NOWHERE });
    closed.close();
    await assert.rejects(closed.run(cell), /ended/);
    const broken = aHost({
      openWorker: (_, broke) => {
        setTimeout(broke, 1, new Error('no worker'));
        return { post: () => {}, terminate: () => {} };
      },
    });
    const { failure } = await new Session(broken, { base_url: NOWHERE }).run(cell);
    assert.match(failure?.message ?? '', /no worker/);
  });

  test('does not count the time that an answer takes as the cell’s', async () => {
    const slow = async () => {
      await new Promise((resolve) => setTimeout(resolve, 600));
      return 'at last';
    };
    // The first cell also waits for its sandbox.
    const cells = ['1', 'prompt("?")'];
    const [, outcome] = await runCells(cells, { answer: slow }, { timeout_ms: 300 });
    assert.equal(plainOf(outcome?.value ?? null), 'at last');
    assert.ok((outcome?.duration_ms ?? 600) < 600);
  });

  test('says at an unclosed cell that its fence is never closed', async () => {
    const session = new Session(aHost(), { base_url: NOWHERE });
    const [open] = cellsOf(readNotebook('text\n\n```javascript\nx = 1'));
    assert.ok(open);
    const { failure } = await session.run(open);
    session.close();
    assert.match(failure?.message ?? '', /line 3 is never closed/);
  });
});
