import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runTieline, startTieline } from '../support/tieline-process.ts';

test('tieline clock moves a clock, and every start says so', async () => {
  using folder = temporaryFolder();
  const at = { cwd: folder.path, env: { TIELINE_DATA: 'data' } };
  const clock = async (...parameters: string[]) => {
    const { status, stdout, stderr } = await runTieline(['clock', ...parameters], at);
    return { status, text: stdout + stderr };
  };
  const serve = async () => {
    await using server = await startTieline([], at);
    await server.end('SIGTERM');
    return server.stdout();
  };
  assert.doesNotMatch(await serve(), /ahead of real time/);
  assert.deepEqual((await clock('advance', '1w')).status, 2);
  assert.match((await clock('advance', '10d')).text, /^The clock is 10 days ahead of real time/);
  assert.match(await serve(), /^Tieline serves .*\nThe clock is 10 days ahead of real time/);
  const { stderr } = await runTieline(['run', '--data', 'data', '--', 'true'], at);
  assert.match(stderr, /tieline: The clock is 10 days ahead of real time/);
});
