import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { KnownPlace } from './known-place.ts';
import {
  afterSuccess,
  countsOfSecondStep,
  countsOfSignIn,
  tooEarly,
  withFailure,
} from './sign-in-delay.ts';

const keysOf = (email: string, address: string) => countsOfSignIn(email, address, null).keys;
const kindsOf = (keys: readonly string[]) => keys.map((key) => key.slice(0, key.indexOf('|')));

const SECOND = 1_000;
const NOW = Date.UTC(2026, 2, 1);

/** The delays after each of so many failures in a row, in seconds. */
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

  test('begin late for a whole network, and are short for an address that strangers guess at', () => {
    assert.deepEqual(waits('network|x', 102).slice(98), [0, 1, 2, 4]);
    assert.deepEqual(waits('email|x', 30).slice(18), [0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]);
  });

  test('end after a day, and after a right password', () => {
    const counted = { key: 'pair|x|y', failures: 12, date_next: NOW, date_updated: NOW };
    const later = withFailure(counted, NOW + 24 * 3_600 * SECOND + 1);
    assert.equal(later.failures, 1);
    assert.equal(afterSuccess(counted, NOW), null);
    const network = { ...counted, key: 'network|x' };
    assert.equal(afterSuccess(network, NOW)?.failures, 11, 'one right guess hides no others');
    assert.equal(afterSuccess({ ...network, failures: 1 }, NOW), null);
  });

  test('count a /24 or a /64 as one network, and store no readable address', () => {
    const of = (email: string, address: string) => keysOf(email, address).join(' ');
    const same = (a: string, b: string) => of('a@example.com', a) === of('a@example.com', b);
    assert.ok(same('198.51.100.1', '198.51.100.254'));
    assert.ok(same('198.51.100.1', '::ffff:198.51.100.7'));
    assert.ok(!same('198.51.100.1', '198.51.101.1'));
    assert.ok(same('2001:db8:1:2::1', '2001:db8:1:2:ffff::9'));
    assert.ok(!same('2001:db8:1:2::1', '2001:db8:1:3::1'));
    assert.ok(!of('a@example.com', '198.51.100.1').includes('example'));
  });

  test('never delay a whole network that may be a proxy', () => {
    const kinds = (address: string) => kindsOf(countsOfSignIn('a@example.com', address, null).keys);
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
    assert.deepEqual(countsOfSecondStep('PE1', '198.51.100.1', null).keys, ['factor|PE1']);
  });

  test('count the /56 and the /48 too, because their holder has all of their networks', () => {
    const home = keysOf('a@example.com', '2001:db8:7:1234::1');
    assert.deepEqual(kindsOf(home), ['email', 'network48', 'network56', 'network', 'pair']);
    const shared = (address: string) => {
      const other = keysOf('b@example.com', address);
      return kindsOf(home.filter((key) => other.includes(key)));
    };
    assert.deepEqual(shared('2001:db8:7:1234::2'), ['network48', 'network56', 'network']);
    assert.deepEqual(shared('2001:db8:7:12ff::2'), ['network48', 'network56']);
    assert.deepEqual(shared('2001:db8:7:ff00::2'), ['network48']);
    assert.deepEqual(shared('2001:db8:8:1234::2'), []);
    assert.deepEqual(waits('network56|x', 202).slice(198), [0, 1, 2, 4]);
    assert.deepEqual(waits('network48|x', 402).slice(398), [0, 1, 2, 4]);
  });

  test('at a known place depend only on the failures there', () => {
    const of = (known: KnownPlace) => countsOfSignIn('a@example.com', '198.51.100.1', known);
    const browser = of({ kind: 'browser', id: 'x' });
    assert.deepEqual(kindsOf(browser.keys), ['browser']);
    assert.deepEqual(kindsOf([...browser.held_up_by]), ['browser']);
    const network = of({ kind: 'network' });
    assert.deepEqual(kindsOf(network.keys), ['network', 'pair'], 'it is counted for others');
    assert.deepEqual(kindsOf([...network.held_up_by]), ['pair']);
    assert.deepEqual(waits('browser|x|y', 12).slice(8), [0, 1, 2, 4]);
    for (const known of [{ kind: 'browser', id: 'x' }, { kind: 'network' }] as const) {
      const [key = ''] = countsOfSecondStep('PE1', '198.51.100.1', known).keys;
      assert.match(key, /^factor\|PE1\|./);
    }
  });

  test('state the time to wait', () => {
    const { status, code, message, headers } = tooEarly(1);
    assert.deepEqual([status, code, headers], [429, 20429, { 'Retry-After': '1' }]);
    assert.match(message, /Wait 1 second, then try again\./);
    assert.match(tooEarly(90_500).message, /Wait 91 seconds/);
    assert.match(tooEarly(899_000).message, /Wait 15 minutes/);
  });
});
