import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { lineUpOf } from '../../../src/carriers/line-up.ts';
import type { LegEnd } from '../../../src/carriers/voice-carrier.ts';
import { testApp } from '../../support/test-app.ts';
import { aSipCarrier } from './a-trunk.ts';
import { FarSide } from './far-side.ts';

const CALLS = 2_000;
const AT_ONCE = 100;
/** Five standard deviations of a share of three quarters, which a fair draw leaves once in 2 million runs. */
const BOUND = 5 * Math.sqrt(CALLS * 0.75 * 0.25);

suite('calls over two targets', () => {
  test('reach them by the wire as their weights say, each call one of them', async () => {
    await using app = await testApp({ engine: 'memory' });
    await using _carrier = await aSipCarrier(app, { more: ', max_calls: 10000, try_ms: 32000' });
    await using heavy = await FarSide.open(() => [486]);
    await using light = await FarSide.open(() => [486]);
    const carrier = lineUpOf(app.app).voices.get('pstn');
    assert.ok(carrier);
    const targets = [
      { sid: 'NE1', target: heavy.address, priority: 10, weight: 30 },
      { sid: 'NE2', target: light.address, priority: 10, weight: 10 },
    ];
    const oneCall = (number: number): Promise<LegEnd> => {
      const { promise, resolve } = Promise.withResolvers<LegEnd>();
      const wanted = {
        call_sid: `CA${String(number).padStart(32, '0')}`,
        account_sid: `AC${'0'.repeat(32)}`,
        to: '+14155550199',
        from: '+14155550100',
        timeout: 60,
        targets,
        credentials: null,
      };
      carrier.dial(wanted, {
        note: () => {},
        ringing: () => {},
        answered: () => {},
        ended: resolve,
      });
      return promise;
    };
    for (let made = 0; made < CALLS; made += AT_ONCE) {
      const some = Array.from({ length: AT_ONCE }, (_, index) => oneCall(made + index));
      const ends = await Promise.all(some);
      assert.ok(ends.every(({ status }) => status === 'busy'));
    }
    const [first, second] = [heavy, light].map((far) => far.requests('INVITE').length);
    assert.equal((first ?? 0) + (second ?? 0), CALLS);
    assert.ok(Math.abs((first ?? 0) - CALLS * 0.75) < BOUND, `${first} and ${second}`);
  });
});
