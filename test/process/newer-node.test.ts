import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { tooOldSentence } from '../../bin/newer-node.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { runTieline, startTieline } from '../support/tieline-process.ts';

/** Places in an empty home, and the variable that names each. */
const PLACES = [
  { variable: 'PATH', file: 'node' },
  { variable: 'NVM_DIR', file: 'versions/node/v24.21.0/bin/node' },
  { variable: 'FNM_DIR', file: 'node-versions/v24.21.0/installation/bin/node' },
  { variable: 'VOLTA_HOME', file: 'tools/image/node/24.21.0/bin/node' },
  { variable: 'ASDF_DATA_DIR', file: 'installs/nodejs/24.21.0/bin/node' },
  { variable: 'MISE_DATA_DIR', file: 'installs/node/24.21.0/bin/node' },
  { variable: 'N_PREFIX', file: 'n/versions/node/24.21.0/bin/node' },
];

/** Puts a program that says its version to a place, as Node.js does. */
function say(version: string, file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\necho ${version}\n`);
  chmodSync(file, 0o755);
}

/** Searches from a folder without packages. The checkout has a Node.js, which would come first. */
function findFrom(folder: TemporaryFolder, env: Readonly<Record<string, string>>): string | null {
  const copy = folder.at('newer-node.mjs');
  cpSync(new URL('../../bin/newer-node.js', import.meta.url), copy);
  const ask = `(await import(${JSON.stringify(copy)})).findNewerNode(${JSON.stringify(env)})`;
  const code = `console.log(JSON.stringify(${ask}))`;
  const given = ['--input-type=module', '-e', code];
  const surroundings = { cwd: folder.path, env: { HOME: folder.path }, encoding: 'utf8' } as const;
  return JSON.parse(execFileSync(process.execPath, given, surroundings)) as string | null;
}

/** A command that treats this Node.js as too old, and runs the program on another one. */
function oldNodeIn(folder: TemporaryFolder): readonly [string, ...string[]] {
  symlinkSync(process.execPath, folder.at('node'));
  const runOn = new URL('../../bin/run-on.js', import.meta.url).href;
  const bin = new URL('../../bin/tieline.js', import.meta.url).pathname;
  const code = `process.argv.splice(1, 0, ${JSON.stringify(bin)});
    (await import('${runOn}')).runOn(${JSON.stringify(folder.at('node'))});`;
  return [process.execPath, '--input-type=module', '-e', code];
}

suite('a newer Node.js', () => {
  for (const { variable, file } of PLACES) {
    test(`is found by ${variable}, and an older one there is passed over`, () => {
      using folder = temporaryFolder();
      const older = folder.at('older');
      say('v20.20.2', join(older, 'node'));
      say('v24.21.0', folder.at(file));
      const there = { PATH: older, [variable]: folder.path };
      if (variable === 'PATH') there.PATH = `${older}:${folder.path}`;
      assert.equal(findFrom(folder, there), folder.at(file));
    });
  }

  test('of several versions is the newest', () => {
    using folder = temporaryFolder();
    const at = (version: string) => folder.at(`versions/node/v${version}/bin/node`);
    for (const version of ['9.9.9', '24.9.0', '26.10.0']) say(`v${version}`, at(version));
    assert.equal(findFrom(folder, { NVM_DIR: folder.path }), at('26.10.0'));
  });

  test('is named with one command in one sentence', () => {
    const sentence = tooOldSentence();
    assert.match(sentence, /^Tieline needs Node\.js 24\.7 or newer, and this is [\d.]+: /);
    assert.match(sentence, /"npm install --save-dev node-\S+@26", and then do the same as now/);
  });

  test('runs the program, whose status and words are its own', async () => {
    using folder = temporaryFolder();
    const command = oldNodeIn(folder);
    const told = await runTieline(['serve', '--port', 'x'], { cwd: folder.path, command });
    assert.equal(told.status, 2, told.stderr);
    assert.match(told.stderr, /^tieline: .*port/im);
  });

  test('ends its server when the old one is killed', async () => {
    using folder = temporaryFolder();
    const at = { cwd: folder.path, command: oldNodeIn(folder) };
    await using server = await startTieline(['--data', 'data'], at);
    await server.end('SIGKILL');
    while (
      await server.fetch('/healthz').then(
        () => true,
        () => false,
      )
    )
      await setTimeout(20);
  });
});
