import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../../src/db/database.ts';
import { PROGRAM } from '../support/program/program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ENGINES } from '../support/test-app.ts';
import { type Result, runTieline, type Surroundings } from '../support/tieline-process.ts';
import { emptyPlace } from './place.ts';

/** The program that kills at a system call. `npm test` says when it is missing. */
const STRACE = process.env['TEST_STRACE'] ?? '';
/** The system call of each engine that sends or writes data. */
const CALLS: Readonly<Record<Engine, string>> = { sqlite: 'pwrite64', postgres: 'write,writev' };
/** The numbers of the call at which a process is killed. A migration commits later, on either engine. */
const KILLS = [1, 30, 60, 90, 110] as const;
const RETRY_MS = 50;

/** Migrates until the N-th call kills the process. */
function migrateUntilKilled(engine: Engine, at: Surroundings, n: number): Promise<Result> {
  const calls = CALLS[engine];
  const inject = `inject=${calls}:signal=SIGKILL:when=${n}`;
  // With -D strace runs as a grandchild, and the command stays a child of this process.
  const options = ['-D', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', inject];
  const command = [STRACE, ...options, process.execPath, PROGRAM] as const;
  return runTieline(['migrate'], { ...at, command });
}

for (const engine of ENGINES) {
  suite(`a migration that is killed (${engine})`, () => {
    if (!STRACE) return;
    test(`at its N-th write, N = ${KILLS.join(', ')}, leaves nothing, and runs again`, async () => {
      using folder = temporaryFolder();
      await using place = await emptyPlace(engine, 'data');
      const at = { cwd: folder.path, env: { TIELINE_DATA: place.data } };
      for (const n of KILLS) {
        const { status, stderr } = await migrateUntilKilled(engine, at, n);
        assert.equal(status, null, `write ${n} kills: ${stderr}`);
        const verification = await runTieline(['verify'], at);
        assert.notEqual(verification.status, 0, `write ${n} left a schema`);
        assert.doesNotMatch(verification.stderr, / at .*:\d+/, 'a sentence, and no stack');
      }
      // Two that start together take turns.
      const both = await Promise.all([1, 2].map(() => migrateInTurn(engine, at)));
      for (const { status, stderr } of both) assert.equal(status, 0, stderr);
      const { status, stdout, stderr } = await runTieline(['verify'], at);
      assert.equal(status, 0, stderr);
      assert.match(stdout, /\nEverything agrees\.\n$/);
    });
  });
}

/** Migrates. A folder has one writer, so a second process tries again when the first has ended. */
async function migrateInTurn(engine: Engine, at: Surroundings): Promise<Result> {
  for (;;) {
    const result = await runTieline(['migrate'], at);
    if (engine === 'postgres' || result.status === 0) return result;
    await sleep(RETRY_MS);
  }
}
