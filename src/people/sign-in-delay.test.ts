import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  afterSuccess,
  keysOfSecondStep,
  keysOfSignIn,
  tooEarly,
  withFailure,
} from './sign-in-delay.ts';

const SECOND = 1_000;
const NOW = Date.UTC(2026, 2, 1);

/** The waits after each of so many failures in a row, in seconds. */
function waits(key: string, failures: number): number[] {
  let counted = { key, failures: 0, date_next: 0, date_updated: NOW };
  return Array.from({ length: failures }, () => {
    counted = withFailure(counted, NOW);
    return (counted.date_next - NOW) / SECOND;
  });
}

suite('delays at sign-in', () => {
  test('begin with the tenth failure of one address from one network, and double', () => {
    const expected = [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900];
    assert.deepEqual(waits('pair|x|y', 21).slice(5), expected);
    assert.deepEqual(waits('factor|PE1', 16), expected);
    assert.equal(waits('pair|x|y', 5_000).at(-1), 900);
  });

  test('are late for a whole network, and short for an address that others guess at', () => {
    assert.deepEqual(waits('network|x', 102).slice(98), [0, 1, 2, 4]);
    assert.deepEqual(waits('email|x', 30).slice(18), [0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]);
  });

  test('are forgotten after a day, and by whoever was right', () => {
    const counted = { key: 'pair|x|y', failures: 12, date_next: NOW, date_updated: NOW };
    const later = withFailure(counted, NOW + 24 * 3_600 * SECOND + 1);
    assert.equal(later.failures, 1);
    assert.equal(afterSuccess(counted, NOW), null);
    const network = { ...counted, key: 'network|x' };
    assert.equal(afterSuccess(network, NOW)?.failures, 11, 'one right guess hides no others');
    assert.equal(afterSuccess({ ...network, failures: 1 }, NOW), null);
  });

  test('count a /24 or a /64 as one network, and hold no address that could be read', () => {
    const of = (email: string, address: string) => keysOfSignIn(email, address).join(' ');
    const same = (a: string, b: string) => of('a@example.com', a) === of('a@example.com', b);
    assert.ok(same('198.51.100.1', '198.51.100.254'));
    assert.ok(same('198.51.100.1', '::ffff:198.51.100.7'));
    assert.ok(!same('198.51.100.1', '198.51.101.1'));
    assert.ok(same('2001:db8:1:2::1', '2001:db8:1:2:ffff::9'));
    assert.ok(!same('2001:db8:1:2::1', '2001:db8:1:3::1'));
    assert.ok(!of('a@example.com', '198.51.100.1').includes('example'));
  });

  test('never hold a whole network up for what may be a proxy', () => {
    const kinds = (address: string) =>
      keysOfSignIn('a@example.com', address).map((key) => key.slice(0, key.indexOf('|')));
    assert.deepEqual(kinds('198.51.100.1'), ['email', 'network', 'pair']);
    for (const address of [
      '127.0.0.1',
      '::1',
      '10.1.2.3',
      '192.168.1.1',
      'fd00::1',
      'fe80::1',
      '',
    ]) {
      assert.deepEqual(kinds(address), ['email', 'pair'], address);
    }
    assert.deepEqual(keysOfSecondStep('PE1'), ['factor|PE1']);
  });

  test('say how long to wait', () => {
    const { status, code, message, headers } = tooEarly(1);
    assert.deepEqual([status, code, headers], [429, 20429, { 'Retry-After': '1' }]);
    assert.match(message, /Wait 1 second, then try again\./);
    assert.match(tooEarly(90_500).message, /Wait 91 seconds/);
    assert.match(tooEarly(899_000).message, /Wait 15 minutes/);
  });
});
