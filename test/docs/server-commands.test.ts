import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { emptyPlace } from '../process/place.ts';
import { freePort } from '../support/free-port.ts';
import { at, blocksOf } from '../support/guide-blocks.ts';
import { readersFolder, runBlocks } from '../support/guide-shell.ts';
import { ENGINES } from '../support/test-app.ts';

/** The shell code of a section. */
function shellOf(file: string, section: string): string {
  const block = blocksOf(file, section).find(({ language }) => language === 'sh');
  assert.ok(block, `${file} has no command in "${section}"`);
  return block.code;
}

/** The same code with a server in the background that answers before the next command. */
function inBackground(code: string, port: number): string {
  const ready = `until curl -fso /dev/null http://127.0.0.1:${port}/readyz; do sleep 0.2; done`;
  const changed = code.replace(/^(?:npx )?tieline serve.*$/m, `$& > served.log &\n${ready}`);
  assert.notEqual(changed, code, 'a server starts');
  return changed;
}

suite('the commands of the quick starts', { concurrency: 2 }, () => {
  for (const [file, section] of [
    ['docs/start/connect-app.md', '1. See the loop'],
    ['docs/start/platform.md', '1. Look at it'],
  ] as const) {
    test(`start a server with an example world (${file})`, async () => {
      const port = await freePort();
      using folder = readersFolder();
      const look = `curl -fsL http://127.0.0.1:${port}/console -o /dev/null -w '%{http_code}'`;
      const shell = [inBackground(shellOf(file, section), port), look];
      const [, seen] = await runBlocks(shell, folder, { PORT: String(port) });
      assert.equal(seen, '200');
      assert.match(readFileSync(folder.at('served.log'), 'utf8'), /Customer account +AC/);
    });
  }
});

test('the program of the guide for Connect apps and its commands go through the whole loop', async () => {
  const port = await freePort();
  const address = { 'http://localhost:4010': `http://localhost:${port}` };
  const blocks = at(address, blocksOf('docs/guides/connect-app.md'));
  using folder = readersFolder();
  const program = blocks.find(({ code }) => code.includes('the whole loop'))?.code ?? '';
  writeFileSync(folder.at('loop.mjs'), program);
  const shell = blocks.find(({ code }) => code.includes('node loop.mjs'))?.code ?? '';
  const [printed] = await runBlocks([shell], folder, { PORT: String(port) });
  assert.match(printed ?? '', /^the whole loop works$/m);
});

const CARRIERS = 'docs/guides/carriers.md';
const OPERATIONS = 'docs/guides/operations.md';

for (const engine of ENGINES) {
  suite(`the commands for a server in production (${engine})`, { concurrency: 2 }, () => {
    for (const [file, section] of [
      ['README.md', 'In production'],
      ['docs/start/platform.md', '2. Start it for real'],
    ] as const) {
      test(`start it from nothing, and go on with the guides (${file})`, async () => {
        await using place = await emptyPlace(engine, 'data');
        const port = await freePort();
        using folder = readersFolder();
        const variable = engine === 'sqlite' ? 'TIELINE_DATA' : 'DATABASE_URL';
        const start = shellOf(file, section).replace(
          'DATABASE_URL=postgres://…',
          `${variable}='${place.data}'`,
        );
        const backup = shellOf(OPERATIONS, 'Backup and restore');
        const rate = shellOf(OPERATIONS, 'Money: rates and balances');
        const [started = '', saved, priced] = await runBlocks(
          [
            inBackground(start, port),
            `${backup.replace('/var/backups', '.')} tieline backup other.backup; ls *.backup`,
            // A command writes to a folder only while no server runs on it.
            `${engine === 'sqlite' ? 'kill $!; wait $! || true;' : ''} ${rate} tieline rates list`,
          ],
          folder,
          { PORT: String(port) },
        );
        assert.match(started, /https:\/\/api\.example\.com\/\S+/);
        assert.match(saved ?? '', /^other\.backup\ntieline-\d{4}-\d\d-\d\d\.backup$/m);
        assert.match(priced ?? '', /^sms +count +0\.0079 +2026-04-01 +operator$/m);
      });
    }

    test('give it a file of carriers, and show its choice', async () => {
      await using place = await emptyPlace(engine, 'data');
      const port = await freePort();
      using folder = readersFolder(blocksOf(CARRIERS));
      const file = folder.at('carriers.yaml');
      const serve = inBackground(
        shellOf(CARRIERS, 'The file').replace('/etc/tieline/carriers.yaml', file),
        port,
      );
      const [, chosen] = await runBlocks([serve, shellOf(CARRIERS, 'See the choice')], folder, {
        PORT: String(port),
        TIELINE_CARRIERS: file,
        TIELINE_DATA: place.data,
        TIELINE_PUBLIC_URL: 'https://api.example.com',
        TIELINE_SECRET_KEY: Buffer.alloc(32, 1).toString('base64'),
      });
      assert.match(chosen ?? '', /^practice +simulated +calls messages/m);
      assert.match(chosen ?? '', /^messages +practice +routes\.messages\[0\] \(to \+49\)$/m);
    });
  });
}
