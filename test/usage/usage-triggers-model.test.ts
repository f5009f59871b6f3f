import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { readConfig } from '../../src/config.ts';
import { onEveryStorage, type TestEngine } from '../support/test-app.ts';
import { freshDatabase } from '../support/test-database.ts';
import { START, type Step, step } from './usage-trigger-model.ts';
import { Running, Story } from './usage-trigger-story.ts';

const RUNS = 15;
const MIN_STEPS = 20;
const MAX_STEPS = 40;
/** Time zones of the machine, on which a window must not depend. */
const PLACES = ['Pacific/Kiritimati', 'America/St_Johns', 'UTC'] as const;

/** @returns the number of fires. */
async function tell(running: Running, engine: TestEngine, steps: readonly Step[]): Promise<number> {
  running.now = START;
  await running.open();
  try {
    const story = new Story(running, engine);
    await story.begin();
    for (const taken of steps) await story.take(taken);
    await story.compare();
    return story.fires;
  } finally {
    await running.close();
  }
}

onEveryStorage('every trigger', (engine) => {
  test('fires exactly when the model says, over midnights, leap days and restarts', async () => {
    const database = await freshDatabase(engine);
    const running = new Running({
      ...readConfig({ port: '0', data: ':memory:' }, {}),
      data: database.location,
      secretKeys: [{ id: 'test', bytes: randomBytes(32) }],
    });
    const steps = fc.array(step, { minLength: MIN_STEPS, maxLength: MAX_STEPS, size: 'max' });
    const place = process.env['TZ'];
    let fires = 0;
    try {
      await fc.assert(
        fc.asyncProperty(steps, fc.constantFrom(...PLACES), async (taken, somewhere) => {
          process.env['TZ'] = somewhere;
          fires += await tell(running, engine, taken);
        }),
        { numRuns: RUNS },
      );
    } finally {
      if (place === undefined) delete process.env['TZ'];
      else process.env['TZ'] = place;
      await database.drop();
    }
    assert.ok(fires > RUNS, 'the model makes things fire');
  });
});
