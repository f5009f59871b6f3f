import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { suite, test } from 'node:test';
import { COMPILE_CACHE, PROGRAM } from '../support/program/program.ts';
import { notebookFolder } from './notebook-command.ts';

/** A program of every Linux that gives another program a terminal. */
const SCRIPT = '/usr/bin/script';
/** The longest wait for output of a process. After it, the test fails. */
const PATIENCE_MS = 20_000;

/** A run at a terminal, with the text on the terminal and a way to type. */
function atTerminal(cwd: string, parameters: readonly string[], env: Record<string, string> = {}) {
  const command = [process.execPath, PROGRAM, 'notebook', 'run', ...parameters].join(' ');
  const child = spawn(SCRIPT, ['-qec', command, '/dev/null'], {
    cwd,
    env: {
      HOME: cwd,
      PATH: process.env['PATH'] ?? '',
      TERM: 'xterm',
      SHELL: '/bin/sh',
      ...COMPILE_CACHE,
      ...env,
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
  });
  const ended = once(child, 'close');
  return {
    screen: () => screen,
    /** Waits until the words are on the terminal, then types. */
    async type(words: string, keys: string): Promise<void> {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      while (!screen.includes(words)) {
        await Promise.race([once(child.stdout, 'data', { signal }), ended]);
        if (child.exitCode !== null && !screen.includes(words)) assert.fail(screen);
      }
      child.stdin.write(keys);
    },
    ended: async () => (await ended)[0] as number | null,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

suite('tieline notebook run at a terminal', () => {
  if (!existsSync(SCRIPT)) return;

  test('asks questions without a prepared answer, and shows no typed secret', async () => {
    using folder = notebookFolder();
    folder.notebook(
      'ask.md',
      "prompt('Your name', 'Ada')",
      "t = prompt('The token'); [t, t === 'correct-horse']",
      "prompt('Nothing')",
      "confirm('Sure')",
      "alert('Look')",
    );
    await using run = atTerminal(folder.path, ['ask.md']);
    await run.type('Your name [Ada] ', '\r');
    await run.type('The token ', 'correct-horse\r');
    await run.type('? Nothing ', '\u0004');
    await run.type('Sure (y/N) ', 'y\r');
    await run.type('Look (Enter goes on) ', '\r');
    assert.equal(await run.ended(), 0);
    for (const result of ['$0 "Ada"', '$1 ["********", true]', '$2 null', '$3 true']) {
      assert.ok(run.screen().includes(result), run.screen());
    }
    assert.doesNotMatch(run.screen(), /correct-horse/);
  });

  test('names a running cell, and replaces the name by the cell’s line, with and without colour', async () => {
    using folder = notebookFolder();
    folder.notebook('a.md', "// @name slow\n'done'", 'nothing.here');
    await using coloured = atTerminal(folder.path, ['a.md']);
    assert.equal(await coloured.ended(), 3);
    assert.ok(
      coloured.screen().includes('… $0 slow\r\u001B[2K\u001B[32mok\u001B[39m $0 slow "done"\r\n'),
      JSON.stringify(coloured.screen()),
    );
    await using plain = atTerminal(folder.path, ['a.md'], { NO_COLOR: '1' });
    assert.equal(await plain.ended(), 3);
    assert.ok(plain.screen().includes('… $0 slow\r\u001B[2Kok $0 slow "done"\r\n'));
    assert.ok(!plain.screen().includes('\u001B[3'));
  });

  test('ends with Ctrl-C in the middle of a question', async () => {
    using folder = notebookFolder();
    folder.notebook('ask.md', "prompt('Who?')", '1');
    await using run = atTerminal(folder.path, ['ask.md']);
    await run.type('? Who? ', '\u0003');
    assert.equal(await run.ended(), 130);
    assert.match(run.screen(), /skipped \$1 The run was interrupted\./);
  });
});
