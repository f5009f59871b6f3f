import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { SOURCE_PROGRAM } from '../support/program/program.ts';
import { runPlace, trustFoldersIn } from '../support/run-command.ts';

/** The sources: these tests replace one of them, which a bundle does not load by its name. */
const RUN = [process.execPath, SOURCE_PROGRAM, 'run'];

suite('tieline run, when its start goes wrong', () => {
  test('a failure before COMMAND has a special status', async () => {
    using place = runPlace();
    for (const [wrong, sentence] of [
      [['--port', 'x'], /The port must be a number/],
      [['--proxy-port', '65536'], /--proxy-port takes a number/],
      [['--data', 'mongodb://x'], /Data can live in a folder/],
      [['--data', place.file('text', '')], /The data folder .* cannot be used .*--data/],
      [['--data', '/proc/nowhere'], /The data folder .* cannot be used .*--data/],
    ] as const) {
      const { status, stdout, stderr } = await place.run([...wrong, '--', 'echo', 'never']);
      assert.deepEqual([status, stdout], [125, '']);
      assert.match(stderr, sentence);
      assert.equal(stderr.trim().split('\n').length, 1);
    }
  });

  test('temporary files that cannot be written are named', async () => {
    using place = runPlace();
    const env = { TMPDIR: place.file('text', '') };
    const { status, stderr } = await place.run(['--', 'echo', 'never'], { env });
    assert.equal(status, 125);
    assert.match(stderr, /^tieline: Files for programs cannot be written to .*TMPDIR\.\n$/);
  });

  test('a start that fails after COMMAND has begun ends COMMAND and its processes', async () => {
    using place = runPlace();
    const begun = join(place.path, 'begun');
    const env = { NODE_OPTIONS: `--import ${place.file('broken.mjs', brokenStart(begun))}` };
    const command = `trap 'kill $!; wait; exit' TERM
      sh -c 'echo $$ > "$0"; exec sleep 60' '${begun}' & wait`;
    const { status, stdout, stderr } = await place.spawn([...RUN, '--', 'sh', '-c', command], {
      env,
    });
    assert.deepEqual([status, stdout], [125, '']);
    assert.match(stderr, /^tieline: it is broken [^\n]+\n$/);
    assert.throws(() => process.kill(Number(readFileSync(begun, 'utf8')), 0), { code: 'ESRCH' });
    assert.deepEqual(trustFoldersIn(place), []);
  });

  test('a COMMAND that will not end with a failed start is killed', async () => {
    using place = runPlace();
    const begun = join(place.path, 'begun');
    const env = { NODE_OPTIONS: `--import ${place.file('broken.mjs', brokenStart(begun))}` };
    const command = `trap '' TERM; echo $$ > '${begun}'; while :; do sleep 0.2; done`;
    const { status } = await place.spawn([...RUN, '--', 'sh', '-c', command], {
      env,
    });
    assert.equal(status, 125);
    assert.throws(() => process.kill(Number(readFileSync(begun, 'utf8')), 0), { code: 'ESRCH' });
  });

  test('a signal before COMMAND has begun ends it, and nothing stays', async () => {
    using place = runPlace();
    const hanging =
      "console.log('starting'); await new Promise((resolve) => setTimeout(resolve, 1e6));";
    const env = { NODE_OPTIONS: `--import ${place.file('hanging.mjs', inPlaceOfMain(hanging))}` };
    await using running = place.launch([...RUN, '--data', 'data', '--', 'echo', 'begun'], {
      env,
    });
    await running.says('starting');
    running.signal('SIGTERM');
    const { status, stdout, stderr } = await running.end();
    assert.deepEqual([status, stdout, stderr], [143, 'starting\n', '']);
    assert.deepEqual(trustFoldersIn(place), []);
  });
});

/** A source that makes Tieline's start fail after a command has written a line into a file. */
function brokenStart(file: string): string {
  return inPlaceOfMain(`import { readFileSync } from 'node:fs';
    const text = () => { try { return readFileSync(${JSON.stringify(file)}, 'utf8') } catch { return '' } };
    while (!text().includes('\\n')) await new Promise((resolve) => setTimeout(resolve, 20));
    throw new Error('it is broken');`);
}

/** A module that makes Node run another source in place of Tieline's main.ts. */
function inPlaceOfMain(source: string): string {
  return `import { registerHooks } from 'node:module';
    registerHooks({
      load: (url, context, next) => url.endsWith('/src/main.ts')
        ? { format: 'module', shortCircuit: true, source: ${JSON.stringify(source)} }
        : next(url, context),
    });`;
}
