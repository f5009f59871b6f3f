import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Destinations, FAILURES_TO_OPEN, MAX_PER_HOST, OPEN_MS } from './destinations.ts';
import type { Outcome } from './guarded-fetch.ts';

const HOST = 'app.example.com';
const NOTHING = { set_cookies: [], headers: {}, body: '', bytes: Buffer.alloc(0), is_whole: true };
const answered = (status: number): Outcome => ({ kind: 'response', status, ...NOTHING });
const HUNG: Outcome = { kind: 'failure', phase: 'read', error: 'It did not answer.' };

/** Makes one request after the other. */
function make(destinations: Destinations, outcomes: readonly (Outcome | null)[], now = 0): void {
  for (const outcome of outcomes) {
    destinations.started(HOST);
    destinations.finished(HOST, outcome, now);
  }
}

suite('a host', () => {
  test('gets four requests at a time, independently of other hosts', () => {
    const destinations = new Destinations();
    for (let left = MAX_PER_HOST; left > 0; left -= 1) {
      assert.equal(destinations.room(HOST, 0), left);
      destinations.started(HOST);
    }
    assert.equal(destinations.room(HOST, 0), 0);
    assert.equal(destinations.room('other.example.com', 0), MAX_PER_HOST);
    destinations.finished(HOST, answered(200), 0);
    assert.equal(destinations.room(HOST, 0), 1);
  });

  test('that is overloaded or silent gets one request at a time until it answers', () => {
    for (const outcome of [answered(429), answered(502), answered(504), HUNG]) {
      const destinations = new Destinations();
      make(destinations, [outcome]);
      assert.equal(destinations.room(HOST, 0), 1, JSON.stringify(outcome));
      make(destinations, [answered(200)]);
      assert.equal(destinations.room(HOST, 0), MAX_PER_HOST);
    }
    const destinations = new Destinations();
    make(destinations, [answered(500), answered(404)]);
    assert.equal(destinations.room(HOST, 0), MAX_PER_HOST);
  });

  test('gets no requests after ten failures in a row, and then one as a test', () => {
    const destinations = new Destinations();
    make(destinations, Array(FAILURES_TO_OPEN - 1).fill(answered(500)));
    make(destinations, [answered(404)]);
    make(destinations, Array(FAILURES_TO_OPEN - 1).fill(answered(500)));
    assert.equal(destinations.room(HOST, 0), MAX_PER_HOST);
    make(destinations, [answered(500)]);
    assert.equal(destinations.room(HOST, 0), 0);
    assert.equal(destinations.room(HOST, OPEN_MS - 1), 0);
    assert.equal(destinations.room(HOST, OPEN_MS), 1);
    make(destinations, [answered(500)], OPEN_MS);
    assert.equal(destinations.room(HOST, 2 * OPEN_MS - 1), 0);
    make(destinations, [answered(200)], 2 * OPEN_MS);
    assert.equal(destinations.room(HOST, 2 * OPEN_MS), MAX_PER_HOST);
  });

  test('is not counted as failing when this server’s own rules refuse a request', () => {
    const destinations = new Destinations();
    const refused: Outcome = { kind: 'failure', phase: 'refused', error: 'Not there.' };
    make(
      destinations,
      Array.from({ length: 2 * FAILURES_TO_OPEN }, () => refused),
    );
    assert.equal(destinations.room(HOST, 0), MAX_PER_HOST);
  });
});
