import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Outcome } from './guarded-fetch.ts';
import { LONG_SCHEDULE_MS, verdictOf } from './webhook.ts';

const NOW = Date.UTC(2026, 2, 18, 23, 31, 36);
const URL = 'https://app.example.com/hook';
const HOUR = 3_600_000;

function answered(status: number, headers: Record<string, string> = {}): Outcome {
  return {
    kind: 'response',
    status,
    headers,
    set_cookies: [],
    body: '',
    bytes: Buffer.alloc(0),
    is_whole: true,
  };
}

function failed(phase: 'refused' | 'connect' | 'read'): Outcome {
  return { kind: 'failure', phase, error: 'It did not work.' };
}

/** The time until the next attempt; null: there is none. */
function waitAfter(
  tries: number,
  outcome: Outcome,
  { random = 0.5, retry = 'long', url = URL } = {},
) {
  const delivery = { tries, retry: retry as 'long', url };
  const { state, date_next } = verdictOf(delivery, outcome, NOW, random);
  assert.equal(state === 'pending', date_next !== null);
  return date_next === null ? null : date_next - NOW;
}

suite('the long schedule', () => {
  test('tries ten times in 75 hours, 35 minutes and 5 seconds', () => {
    const waits = Array.from({ length: 10 }, (_, index) => waitAfter(index + 1, answered(500)));
    assert.deepEqual(waits, [...LONG_SCHEDULE_MS.slice(1), null]);
    assert.equal(
      waits.reduce<number>((sum, wait) => sum + (wait ?? 0), 0),
      75 * HOUR + 35 * 60_000 + 5_000,
    );
  });

  test('varies by a fifth in both directions', () => {
    assert.equal(waitAfter(4, answered(500), { random: 0 }), 1.6 * HOUR);
    assert.equal(waitAfter(4, answered(500), { random: 0.999_999_999 }), 2.4 * HOUR);
  });

  test('goes on after every failure, including redirects and refused addresses', () => {
    for (const outcome of [
      ...[199, 300, 302, 399, 400, 404, 409, 429, 500, 599].map((status) => answered(status)),
      ...(['refused', 'connect', 'read'] as const).map(failed),
    ]) {
      assert.equal(waitAfter(1, outcome), 5_000, JSON.stringify(outcome));
    }
  });

  test('ends with 2xx, with 410, and with its last attempt', () => {
    for (const status of [200, 202, 204, 299]) {
      assert.deepEqual(verdictOf({ tries: 1, retry: 'long', url: URL }, answered(status), NOW, 0), {
        state: 'delivered',
        date_next: null,
        reason: null,
      });
    }
    const reasonOf = (tries: number, outcome: Outcome) =>
      verdictOf({ tries, retry: 'long', url: URL }, outcome, NOW, 0).reason;
    assert.match(reasonOf(1, answered(410)) ?? '', /410 Gone/);
    assert.equal(
      reasonOf(10, answered(302)),
      'The last of 10 attempts failed: the receiver answered 302; webhooks follow no redirect.',
    );
    assert.equal(reasonOf(10, failed('read')), 'The last of 10 attempts failed: It did not work.');
  });

  test('waits longer when the receiver asks for it, and an hour at most', () => {
    const dateIn = (ms: number) => new Date(NOW + ms).toUTCString();
    for (const [value, wait] of [
      ['120', 120_000],
      ['3600', HOUR],
      ['7200', HOUR],
      ['9'.repeat(400), HOUR],
      ['1', 5_000],
      ['-9', 5_000],
      ['soon', 5_000],
      ['', 5_000],
      [dateIn(600_000), 600_000],
      [dateIn(30 * HOUR), HOUR],
      [dateIn(-600_000), 5_000],
    ] as const) {
      for (const status of [429, 503]) {
        assert.equal(waitAfter(1, answered(status, { 'retry-after': value })), wait, value);
      }
    }
    // An attempt that is planned later anyway is not moved forward.
    assert.equal(waitAfter(4, answered(429, { 'retry-after': '60' })), 2 * HOUR);
  });
});

suite('a callback', () => {
  const callback = (fragment = '') => ({ retry: 'callback', url: URL + fragment });

  test('is retried once, immediately, and only without a connection', () => {
    assert.equal(waitAfter(1, failed('connect'), callback()), 0);
    assert.equal(waitAfter(2, failed('connect'), callback()), null);
    for (const outcome of [failed('read'), failed('refused'), answered(500), answered(404)]) {
      assert.equal(waitAfter(1, outcome, callback()), null);
    }
  });

  test('is retried as the fragment of its URL says', () => {
    const all = callback('#rc=5&rp=all');
    for (const outcome of [failed('connect'), failed('read'), answered(500), answered(404)]) {
      assert.equal(waitAfter(5, outcome, all), 0);
      assert.equal(waitAfter(6, outcome, all), null);
    }
    for (const outcome of [failed('refused'), answered(302), answered(410)]) {
      assert.equal(waitAfter(1, outcome, all), null);
    }
    assert.equal(waitAfter(1, answered(503), callback('#rp=5xx')), 0);
    assert.equal(waitAfter(1, answered(403), callback('#rp=5xx')), null);
    assert.equal(waitAfter(1, failed('connect'), callback('#rc=0')), null);
    const busy = answered(503, { 'retry-after': '9' });
    assert.equal(waitAfter(1, busy, callback('#rp=5xx')), 9_000);
  });
});
