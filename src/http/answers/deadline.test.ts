import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ANSWER_DEADLINE_MS, inTime } from './deadline.ts';

const CHANGE = { changes: true };
const READ = { changes: false };

suite('the deadline of an answer', { concurrency: 1 }, () => {
  test('lets work through that is done in time, and its error too', async () => {
    assert.equal(await inTime(Promise.resolve('done'), CHANGE), 'done');
    await assert.rejects(inTime(Promise.reject(new Error('refused')), CHANGE), /refused/);
  });

  test('answers 503 for work that hangs, and says whether a change may have been made', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const read = inTime(new Promise(() => {}), READ);
    const change = inTime(new Promise(() => {}), CHANGE);
    const refused = Promise.all([
      assert.rejects(read, { status: 503, code: 20503, message: /did not answer in time/ }),
      assert.rejects(change, { status: 503, code: 20503, message: /it may have been made/ }),
    ]);
    t.mock.timers.tick(ANSWER_DEADLINE_MS);
    await refused;
  });

  test('ignores work that fails after its deadline', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { promise, reject } = Promise.withResolvers<never>();
    const late = assert.rejects(inTime(promise, CHANGE), /it may have been made/);
    t.mock.timers.tick(ANSWER_DEADLINE_MS);
    await late;
    reject(new Error('nobody hears this'));
    await promise.catch(() => {});
  });
});
