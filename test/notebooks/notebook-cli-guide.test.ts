import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { suite, test } from 'node:test';
import { freePort } from '../support/free-port.ts';
import { assertPrinted } from '../support/printed-guide.ts';
import { COMPILE_CACHE, PROGRAM } from '../support/program/program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** The longest time for all commands of the guide together. After it, the test fails. */
const PATIENCE_MS = 60_000;
const BETWEEN = '----- the next block -----';
/** The port of the server in the guide. */
const DOCUMENTED_PORT = '4010';

/** The blocks of the guide. A notebook has fences of its own, so its block has a longer fence. */
function blocksOf(markdown: string) {
  const fenced = markdown.matchAll(/^(`{3,4})(\w+)(?: (\S+))?\n([^]*?)^\1$/gm);
  return [...fenced].map(([, , language = '', name, code = '']) => ({ language, name, code }));
}

suite('the samples in the guide of notebooks work', () => {
  test('in docs/guides/notebooks.md', async () => {
    const port = `${await freePort()}`;
    const guide = readFileSync('docs/guides/notebooks.md', 'utf8');
    const blocks = blocksOf(guide.replaceAll(`localhost:${DOCUMENTED_PORT}`, `localhost:${port}`));
    using folder = temporaryFolder();
    const npx = `#!/bin/sh\n[ "$1" = tieline ] && shift && exec '${process.execPath}' '${PROGRAM}' "$@"\n`;
    writeFileSync(folder.at('npx'), npx, { mode: 0o755 });
    for (const { name, code } of blocks) if (name) writeFileSync(folder.at(name), code);
    const shell = blocks.filter(({ language }) => language === 'sh').map(({ code }) => code);
    assert.ok(shell.length > 0);

    const { HOME = folder.path, PATH = '' } = process.env;
    const child = spawn('bash', ['-eu'], {
      cwd: folder.path,
      env: {
        HOME,
        PATH: `${folder.path}:${dirname(process.execPath)}:${PATH}`,
        PORT: port,
        ...COMPILE_CACHE,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: PATIENCE_MS,
    });
    const lines = ["trap 'kill $(jobs -p) 2> /dev/null || true' EXIT", ...shell];
    child.stdin.end(lines.join(`\necho '${BETWEEN}'\n`));
    const [[status], stdout, stderr] = await Promise.all([
      once(child, 'close'),
      text(child.stdout),
      text(child.stderr),
    ]);
    assert.equal(status, 0, `${stdout}\n${stderr}`);
    const printed = stdout.split(`${BETWEEN}\n`).slice(1);
    assert.equal(printed.length, shell.length);
    for (const [place, code] of shell.entries()) assertPrinted(code, printed[place] ?? '');
  });
});
