import assert from 'node:assert/strict';
import { globSync, writeFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ENGINES } from '../support/test-app.ts';
import { startTieline } from '../support/tieline-process.ts';
import { newPlace } from './place.ts';

const [FAKETIME] = globSync('/usr/lib/*/faketime/libfaketime.so.1');
const SKEW_MS = 5 * 60_000;
/** The longest time between two requests on a busy machine. */
const APART_MS = 30_000;
/** The library reads the file with the false time once a second. */
const READ_MS = 1_100;
const LOOKS = 20;

/** The library faketime sets the clock of a process. `npm test` says when it is missing. */
if (ENGINES.includes('postgres') && FAKETIME !== undefined) {
  suite('processes whose machines disagree about the time', () => {
    test('use the clock of their database', async () => {
      using folder = temporaryFolder();
      await using place = await newPlace('postgres', 'data');
      const env = {
        TIELINE_DATA: place.data,
        TIELINE_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
      };
      const skewed = {
        ...env,
        LD_PRELOAD: FAKETIME,
        FAKETIME: `+${SKEW_MS / 1_000}s`,
        // Timers use the monotonic clock, which must stay right.
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
        DONT_FAKE_MONOTONIC: '1',
      };
      await using right = await startTieline([], { cwd: folder.path, env });
      await using ahead = await startTieline([], { cwd: folder.path, env: skewed });
      const clocks = await Promise.all(
        [right, ahead].map(async (server) => {
          const { now } = (await (await server.fetch('/_tieline/clock')).json()) as { now: string };
          return Date.parse(now);
        }),
      );
      const [one = 0, other = 0] = clocks;
      assert.ok(Math.abs(one - other) < APART_MS, `${one} and ${other}`);
      assert.ok(Math.abs(one - Date.now()) < APART_MS);
    });

    test('keep the time of their database when the clock of a machine jumps', async () => {
      using folder = temporaryFolder();
      await using place = await newPlace('postgres', 'data');
      const file = folder.at('clock');
      writeFileSync(file, '+0\n');
      const env = {
        TIELINE_DATA: place.data,
        LD_PRELOAD: FAKETIME,
        FAKETIME_TIMESTAMP_FILE: file,
        FAKETIME_CACHE_DURATION: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
        DONT_FAKE_MONOTONIC: '1',
      };
      await using server = await startTieline([], { cwd: folder.path, env });
      for (const skew of ['+86400', '-86400', '+0']) {
        writeFileSync(file, `${skew}\n`);
        for (let look = 0; look < LOOKS; look += 1) {
          const answer = await server.fetch('/_tieline/clock');
          const { now } = (await answer.json()) as { now: string };
          const apart = Math.abs(Date.parse(now) - Date.now());
          assert.ok(apart < APART_MS, `${apart} ms apart after a jump by ${skew} s`);
          await sleep((2 * READ_MS) / LOOKS);
        }
      }
    });
  });
}
