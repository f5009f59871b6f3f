import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arrivals, LoopWatch } from '../../kit/event-loop.ts';
import { Admission, MAX_LATE_MS } from './overload.ts';

test('while the event loop is late, the requests it can answer are shared among the callers', () => {
  const admission = new Admission();
  const admitted = (caller: string, requests: number) =>
    Array.from({ length: requests }, () => admission.admits(caller)).filter(Boolean).length;
  assert.equal(admitted('heavy', 1_000), 1_000);
  assert.equal(admitted('light', 20), 20);
  admission.measure(2 * MAX_LATE_MS);
  // 1,020 requests took twice the time that is allowed, so 510 are possible, 255 of each caller.
  assert.equal(admitted('heavy', 1_000), 255);
  assert.equal(admitted('light', 20), 20);
  assert.equal(admitted('new', 20), 20);
  admission.measure(MAX_LATE_MS);
  assert.equal(admitted('heavy', 1_000), 1_000);
});

test('a caller always has a few requests', () => {
  const admission = new Admission();
  admission.admits('one');
  admission.measure(1_000 * MAX_LATE_MS);
  const admitted = Array.from({ length: 100 }, () => admission.admits('one')).filter(Boolean);
  assert.equal(admitted.length, 5);
});

test('the event loop is late from the moment when a beat is due, and not after one in time', () => {
  let now = 0;
  const lateness: number[] = [];
  const watch = new LoopWatch(
    (late) => void lateness.push(late),
    () => now,
  );
  now = 50;
  watch.beat();
  assert.equal(watch.late, 0);
  now = 100 + 700;
  assert.equal(watch.late, 700);
  watch.beat();
  now = 850;
  watch.beat();
  assert.deepEqual([lateness, watch.late], [[0, 700, 0], 0]);
});

test('work waits until no turn of the event loop accepts a connection any more', async () => {
  let waiting = 12;
  let turns = 0;
  const arrivals = new Arrivals(async () => {
    turns += 1;
    if (waiting === 0) return;
    waiting -= 1;
    arrivals.note();
  });
  await arrivals.settle();
  assert.deepEqual([waiting, turns], [0, 13]);
  await arrivals.settle();
  assert.equal(turns, 14);
});
