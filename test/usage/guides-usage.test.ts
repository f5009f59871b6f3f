import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { suite, test } from 'node:test';
import { freePort } from '../support/free-port.ts';
import { at, type Block, blocksOf } from '../support/guide-blocks.ts';
import { assertPrinted } from '../support/printed-guide.ts';
import { COMPILE_CACHE, PROGRAM } from '../support/program/program.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { type RunningTieline, startTieline } from '../support/tieline-process.ts';

/** The address of a server in the guides. */
const DOCUMENTED = 'http://localhost:4010';
/** The longest run of all commands of a guide together. After it, the test fails. */
const PATIENCE_MS = 60_000;
const BETWEEN = '----- the next block -----';

/** The folder of a reader of the guide: the programs, their packages, and `npx tieline`. */
function folderOf(blocks: readonly Block[]): TemporaryFolder {
  const folder = temporaryFolder();
  symlinkSync(join(process.cwd(), 'node_modules'), folder.at('node_modules'));
  const npx = `#!/bin/sh\n[ "$1" = tieline ] && shift && exec node '${PROGRAM}' "$@"\n`;
  writeFileSync(folder.at('npx'), npx, { mode: 0o755 });
  for (const { language, name, code } of blocks) {
    assert.equal(language === 'js', name !== undefined, `${language} ${name}`);
    if (name !== undefined) writeFileSync(folder.at(name), code);
  }
  return folder;
}

/** Runs the shell blocks one after the other in one shell. @returns the output of each */
async function run(
  shell: readonly string[],
  { path }: TemporaryFolder,
  env: Record<string, string>,
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
  return stdout.split(`${BETWEEN}\n`).slice(1);
}

/** Runs the commands of a text and compares their output with the text. */
async function assertTrue(
  blocks: readonly Block[],
  folder: TemporaryFolder,
  env: Record<string, string>,
): Promise<void> {
  const codes = blocks.filter(({ language }) => language === 'sh').map(({ code }) => code);
  const printed = await run(codes, folder, env);
  assert.equal(printed.length, codes.length);
  for (const [place, code] of codes.entries()) assertPrinted(code, printed[place] ?? '');
}

/** Noon of the day after the start, so that no midnight comes between two blocks. */
const NOON = new Date(new Date().setUTCHours(36, 0, 0, 0)).toISOString();

async function setToNoon(server: RunningTieline): Promise<void> {
  const moved = await server.fetch('/_tieline/clock', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ set: NOON }),
  });
  assert.equal(moved.status, 200, await moved.text());
}

suite('the examples of usage print their stated output', () => {
  test('in docs/guides/usage.md', async () => {
    const blocks = blocksOf('docs/guides/usage.md');
    const [settings, ...shell] = blocks.filter(({ language }) => language === 'sh');
    using folder = folderOf(blocks);
    await using server = await startTieline([], { cwd: folder.path });
    const world =
      /Customer account +(?<CUSTOMER_SID>\w+) +auth token (?<CUSTOMER_TOKEN>\w+)\n *Connect app +(?<APP_SID>\w+)/;
    const env = {
      TIELINE_URL: server.origin,
      DEVELOPER_TOKEN: server.developer.password,
      ...world.exec(server.stdout())?.groups,
    };
    const named = [...(settings?.code ?? '').matchAll(/(\w+)=/g)].map(([, name]) => name);
    assert.deepEqual(new Set(named), new Set(Object.keys(env)));
    await setToNoon(server);
    await assertTrue(shell, folder, env);
  });

  test('in docs/guides/clock.md', async () => {
    const port = `${await freePort()}`;
    const origin = `http://localhost:${port}`;
    const blocks = at({ [DOCUMENTED]: origin }, blocksOf('docs/guides/clock.md'));
    using folder = folderOf(blocks);
    await assertTrue(blocks, folder, { PORT: port, TIELINE_URL: origin });
  });

  test('in README.md', async () => {
    using home = temporaryFolder();
    await using server = await startTieline(['--data', ':memory:'], { cwd: home.path });
    await setToNoon(server);
    const addresses = { [DOCUMENTED]: server.origin, '3000': `${await freePort()}` };
    const blocks = at(addresses, blocksOf('README.md', 'Usage, and the clock'));
    using folder = folderOf(blocks);
    const { username, password } = server.developer;
    const env = { TWILIO_ACCOUNT_SID: username, TWILIO_AUTH_TOKEN: password };
    await assertTrue(blocks, folder, env);
  });
});
