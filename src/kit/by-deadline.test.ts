import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { byDeadline } from './by-deadline.ts';

const never = () => new Promise<string>(() => {});
const late = () => 'late';

suite('waiting by a deadline', () => {
  test('gives the value of work that is done in time, and its error too', async () => {
    assert.equal(await byDeadline(Promise.resolve('done'), 1_000, late), 'done');
    await assert.rejects(byDeadline(Promise.reject(new Error('refused')), 1_000, late), /refused/);
  });

  test('gives another value, or an error, in place of late work', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const value = byDeadline(never(), 1_000, late);
    const refused = assert.rejects(
      byDeadline(never(), 1_000, () => {
        throw new Error('too late');
      }),
      /too late/,
    );
    t.mock.timers.tick(1_000);
    assert.equal(await value, 'late');
    await refused;
  });

  test('ignores work that fails after its deadline', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { promise, reject } = Promise.withResolvers<string>();
    const value = byDeadline(promise, 1_000, late);
    t.mock.timers.tick(1_000);
    assert.equal(await value, 'late');
    reject(new Error('nobody hears this'));
    await promise.catch(() => {});
  });
});
