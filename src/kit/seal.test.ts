import assert from 'node:assert/strict';
import { hkdfSync, randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { digestOf, KeyRing, keyIdOf, MissingKey, sameDigest } from './seal.ts';

const key = (id: string) => ({ id, bytes: randomBytes(32) });

suite('the key ring', () => {
  test('opens a secret for the row that it was sealed for, and for no other row', () => {
    const ring = new KeyRing([key('k1')], randomBytes);
    const sealed = ring.sealer().seal('a token', 'auth_token|AC1|primary|1');
    assert.ok(!sealed.includes('token'));
    assert.equal(ring.open(sealed, 'auth_token|AC1|primary|1'), 'a token');
    for (const row of [
      'auth_token|AC2|primary|1',
      'auth_token|AC1|secondary|1',
      'auth_token|AC1|primary|2',
    ]) {
      assert.throws(() => ring.open(sealed, row));
    }
    assert.notEqual(ring.sealer().seal('a token', 'row'), ring.sealer().seal('a token', 'row'));
  });

  test('notices every changed byte', () => {
    const ring = new KeyRing([key('k1')], randomBytes);
    const sealed = ring.sealer().seal('a token', 'row');
    const bytes = Buffer.from(sealed.slice('k1.'.length), 'base64url');
    for (let i = 0; i < bytes.length; i += 1) {
      const changed = Buffer.from(bytes);
      changed[i] = (changed[i] ?? 0) ^ 1;
      assert.throws(() => ring.open(`k1.${changed.toString('base64url')}`, 'row'), `byte ${i}`);
    }
    assert.throws(() => ring.open('k1.', 'row'));
    assert.throws(() => ring.open('', 'row'));
  });

  test('seals with the chosen key, with its first key by default, and opens with every key', () => {
    const old = key('old');
    const sealed = new KeyRing([old], randomBytes).sealer().seal('a token', 'row');
    const ring = new KeyRing([key('new'), old], randomBytes);
    assert.equal(keyIdOf(sealed), 'old');
    assert.equal(ring.open(sealed, 'row'), 'a token');
    assert.equal(keyIdOf(ring.sealer().seal('a token', 'row')), 'new');
    assert.throws(
      () => new KeyRing([key('new')], randomBytes).open(sealed, 'row'),
      /not hold the secret key "old"/,
    );
    ring.follow('old');
    assert.equal(keyIdOf(ring.sealer().seal('a token', 'row')), 'old');
    assert.equal(keyIdOf(ring.sealer('new').seal('a token', 'row')), 'new');
    ring.follow('gone');
    assert.equal(ring.currentKeyId, 'old');
    assert.throws(() => ring.sealer('gone'), MissingKey);
  });

  test('derives equal bytes for equal keys and purposes, and different bytes for different purposes', () => {
    const one = key('k1');
    const derive = (purpose: string) => new KeyRing([one], randomBytes).derive(purpose, 16);
    assert.deepEqual(derive('a'), derive('a'));
    assert.notDeepEqual(derive('a'), derive('b'));
    // The same result as HKDF, at every length.
    for (const size of [1, 16, 32, 33, 2_048]) {
      const ring = new KeyRing([one], randomBytes);
      const expected = Buffer.from(hkdfSync('sha256', one.bytes, '', 'tieline a', size));
      assert.deepEqual(ring.derive('a', size), expected);
      assert.deepEqual(ring.deriveFrom('k1', 'a', size), expected);
    }
  });

  test('derives the same bytes after a change of keys, from the origin that it keeps', () => {
    const first = new KeyRing([key('first')], randomBytes);
    const later = new KeyRing([key('later')], randomBytes);
    assert.notDeepEqual(later.derive('a', 16), first.derive('a', 16));
    later.origin = first.origin;
    assert.deepEqual(later.derive('a', 16), first.derive('a', 16));
    assert.notDeepEqual(later.deriveFrom('later', 'a', 16), first.deriveFrom('first', 'a', 16));
  });
});

test('digests are compared as wholes', () => {
  assert.ok(sameDigest(digestOf('a'), digestOf('a')));
  assert.ok(!sameDigest(digestOf('a'), digestOf('b')));
  assert.ok(!sameDigest(digestOf('a'), ''));
});
