import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { CallEnd } from '../sip/call.ts';
import { TargetStates } from './target-states.ts';

const SILENT: CallEnd = { why: 'timeout', status: null, reason: 'No answer came in time' };
const refused = (status: number, retry_seconds?: number): CallEnd => ({
  why: 'refused',
  status,
  reason: null,
  ...(retry_seconds !== undefined && { retry_seconds }),
});

function states() {
  const clock = { ms: 0 };
  const times = { now: () => clock.ms, realNow: () => 1_000_000 + clock.ms };
  const all = new TargetStates(times);
  const stateOf = (address = 'sip:one') => all.stateOf(address).state;
  return { clock, all, stateOf };
}

suite('the state of a target', () => {
  test('follows its answers to OPTIONS', () => {
    const { clock, all, stateOf } = states();
    assert.equal(stateOf(), 'unknown');
    all.asked('sip:one', null);
    assert.deepEqual(all.stateOf('sip:one'), { state: 'up', detail: null, since: 1_000_000 });
    clock.ms = 5;
    all.asked('sip:one', refused(503));
    const detail = 'It answered 503 Service Unavailable.';
    assert.deepEqual(all.stateOf('sip:one'), { state: 'down', detail, since: 1_000_005 });
    clock.ms = 10;
    all.asked('sip:one', SILENT);
    assert.equal(all.stateOf('sip:one').since, 1_000_005, 'it is down since the first failure');
    all.asked('sip:one', null);
    assert.equal(stateOf(), 'up');
  });

  test('is down for a while after a silent call, whatever it answers to OPTIONS', () => {
    const { clock, all, stateOf } = states();
    all.heard('sip:one', SILENT);
    all.asked('sip:one', null);
    assert.equal(stateOf(), 'down');
    assert.match(all.stateOf('sip:one').detail ?? '', /No answer came in time/);
    clock.ms = 30_000;
    assert.equal(stateOf(), 'up');
  });

  test('is down for as long as a refusal with 503 says, and no shorter', () => {
    const { clock, all, stateOf } = states();
    all.heard('sip:one', refused(503, 600));
    all.asked('sip:two', refused(503, 600));
    clock.ms = 599_999;
    assert.deepEqual([stateOf(), stateOf('sip:two')], ['down', 'down']);
    clock.ms = 600_000;
    assert.deepEqual([stateOf(), stateOf('sip:two')], ['unknown', 'unknown']);
  });

  test('does not change with a call that was cancelled, or refused for its own sake', () => {
    const { all, stateOf } = states();
    all.heard('sip:one', { why: 'canceled', status: 487, reason: null });
    assert.equal(stateOf(), 'unknown');
    all.heard('sip:one', refused(503));
    assert.equal(stateOf(), 'unknown');
    all.heard('sip:one', refused(486));
    assert.equal(stateOf(), 'up');
  });
});
