import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { suite, test } from 'node:test';
import { LANES, makeDataFolder, removeAbandoned } from '../support/steps.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const STEPS = new URL('../support/steps.ts', import.meta.url).href;

suite('the steps of npm test', () => {
  test('end at a signal, and start no further part', async () => {
    using folder = temporaryFolder();
    const started = Array.from({ length: LANES }, (_, lane) => `part ${lane}`);
    const parts = [...started, 'later'].map((name) => {
      const file = folder.at(`${name}.test.mjs`);
      writeFileSync(
        file,
        `import { writeFileSync } from 'node:fs';
        import { test } from 'node:test';
        test('waits', async () => {
          writeFileSync(${JSON.stringify(folder.at(name))}, '');
          await new Promise((resolve) => setTimeout(resolve, 60_000));
        });`,
      );
      return [file];
    });
    const script = `import { runParts } from ${JSON.stringify(STEPS)};
      await runParts(${JSON.stringify(parts)}, process.env);`;
    const running = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: 'ignore',
    });
    const ended = once(running, 'exit');
    const isRunning = () => started.every((name) => existsSync(folder.at(name)));
    while (!isRunning()) await new Promise((resolve) => setTimeout(resolve, 20));
    running.kill('SIGTERM');
    assert.deepEqual(await ended, [1, null]);
    assert.equal(existsSync(folder.at('later')), false);
  });

  test('end a part that hangs, and name the test in which it was', async () => {
    using folder = temporaryFolder();
    const [hanging, next] = [folder.at('hanging.test.mjs'), folder.at('next.test.mjs')];
    writeFileSync(
      hanging,
      `import { test } from 'node:test';
      import { createServer } from 'node:net';
      test('never ends', async () => {
        createServer().listen(0, '127.0.0.1');
        await new Promise(() => {});
      });`,
    );
    writeFileSync(next, `import { test } from 'node:test'; test('comes next', () => {});`);
    const script = `import { runParts } from ${JSON.stringify(STEPS)};
      await runParts([['${hanging}'], ['${next}']], process.env, { silence_ms: 3_000 });`;
    const running = spawn(process.execPath, ['--input-type=module', '--eval', script]);
    const printed: string[] = [];
    for (const stream of [running.stdout, running.stderr]) {
      stream.setEncoding('utf8').on('data', (said: string) => void printed.push(said));
    }
    assert.deepEqual(await once(running, 'close'), [1, null]);
    const said = printed.join('');
    assert.match(said, /✖ tests, part 1 of 2: .*hanging\.test\.mjs\n✖ ended early, in: never ends/);
    assert.match(said, /✔ tests, part 2 of 2/);
  });

  test('remove the data of runs that were killed, and only theirs', async () => {
    using folder = temporaryFolder();
    const data = makeDataFolder();
    data.remove();
    const own = basename(data.path);
    const gone = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(gone, 'exit');
    const ofGone = own.replace(`-${process.pid}-`, `-${gone.pid}-`);
    const ofElsewhere = ofGone.replace(/^tieline-tests-\d+/, 'tieline-tests-1');
    const others = [ofElsewhere, 'tieline-tests-abc', 'tieline-12-abc'];
    for (const name of [own, ofGone, ...others]) mkdirSync(folder.at(name));
    removeAbandoned(dirname(folder.at(own)));
    assert.deepEqual(readdirSync(folder.path).toSorted(), [own, ...others].toSorted());
  });
});
