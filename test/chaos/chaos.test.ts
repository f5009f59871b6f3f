import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { suite, test } from 'node:test';
import { ENGINES } from '../support/test-app.ts';
import { CHAOS, hasNamespaces } from './namespace.ts';

/** Short runs, whose seeds begin with the harder faults. `npm run chaos` makes long ones, with any seed. */
const RUNS = {
  sqlite: { minutes: '0.4', seed: '49' },
  postgres: { minutes: '0.75', seed: '289' },
};

suite('an installation whose parts are killed, cut off, frozen, filled up and set wrong', () => {
  if (!hasNamespaces()) return;
  for (const engine of ENGINES) {
    test(`keeps its promises (${engine})`, async () => {
      const { minutes, seed } = RUNS[engine];
      const flags = ['--engine', engine, '--minutes', minutes, '--seed', seed];
      const child = spawn(process.execPath, [CHAOS, ...flags]);
      const [said, complained, [status]] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, 'close'),
      ]);
      assert.equal(status, 0, said + complained);
      assert.match(said, /all serve at/, 'nothing was disturbed');
      assert.match(said, /\nEvery promise was kept/);
    });
  }
});
