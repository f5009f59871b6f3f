import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Block } from './guide-blocks.ts';
import { COMPILE_CACHE, PROGRAM } from './program/program.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';

/** The longest run of all commands of a guide together. After it, the test fails. */
const PATIENCE_MS = 60_000;
const BETWEEN = '----- the next block -----';

/** The folder of a reader: the packages, the files of the blocks, `npx tieline` and `tieline`. */
export function readersFolder(blocks: readonly Block[] = []): TemporaryFolder {
  const folder = temporaryFolder();
  symlinkSync(join(process.cwd(), 'node_modules'), folder.at('node_modules'));
  const tieline = `exec '${process.execPath}' '${PROGRAM}' "$@"\n`;
  command(folder, 'tieline', tieline);
  command(folder, 'npx', `[ "$1" = tieline ] && shift && ${tieline}`);
  for (const { name, code } of blocks) if (name) writeFileSync(folder.at(name), code);
  return folder;
}

/** Makes a command that the reader's shell finds first. */
export function command(folder: TemporaryFolder, name: string, script: string): void {
  writeFileSync(folder.at(name), `#!/bin/sh\n${script}`, { mode: 0o755 });
}

/**
 * Runs shell blocks one after the other in one shell, which ends its background processes.
 * @returns the output of each
 * @throws when a command fails
 */
export async function runBlocks(
  shell: readonly string[],
  { path }: TemporaryFolder,
  env: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const { HOME = path, PATH = '' } = process.env;
  const child = spawn('bash', ['-eu'], {
    cwd: path,
    env: { HOME, PATH: `${path}:${dirname(process.execPath)}:${PATH}`, ...COMPILE_CACHE, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: PATIENCE_MS,
  });
  child.stdin.end(
    ["trap 'kill $(jobs -p) 2> /dev/null || true' EXIT", ...shell].join(`\necho '${BETWEEN}'\n`),
  );
  const [[status], stdout, stderr] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ]);
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  const printed = stdout.split(`${BETWEEN}\n`).slice(1);
  assert.equal(printed.length, shell.length);
  return printed;
}

/** Runs shell blocks and compares their output with their comments. */
export async function assertTrue(
  shell: readonly string[],
  folder: TemporaryFolder,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const printed = await runBlocks(shell, folder, env);
  for (const [place, code] of shell.entries()) assertPrinted(code, printed[place] ?? '');
}

const withoutSpace = (lines: string) => lines.replaceAll(/\s/g, '');
const escaped = (literal: string) => literal.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);

/**
 * Compares the output of a guide's block with its comments. `…` in a comment fits any text, and
 * `… ms` also fits seconds, because the machine may be slow.
 */
function assertPrinted(code: string, printed: string): void {
  const documented = [...code.matchAll(/^# (.*)$/gm)].map(([, line = '']) => line).join('\n');
  const parts = withoutSpace(documented).replaceAll('…ms', '…s').split('…').map(escaped);
  const message = `The guide says:\n${documented}\n\nWhat was printed:\n${printed}`;
  assert.match(withoutSpace(printed), new RegExp(`^${parts.join('.*')}$`), message);
}
