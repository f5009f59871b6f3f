import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { digestOf, KeyRing, keyIdOf, sameDigest } from './seal.ts';

const key = (id: string) => ({ id, bytes: randomBytes(32) });

suite('the key ring', () => {
  test('opens what it sealed, in the row that it was sealed for and in no other', () => {
    const ring = new KeyRing([key('k1')], randomBytes);
    const sealed = ring.seal('a token', 'auth_token|AC1|primary|1');
    assert.ok(!sealed.includes('token'));
    assert.equal(ring.open(sealed, 'auth_token|AC1|primary|1'), 'a token');
    for (const row of [
      'auth_token|AC2|primary|1',
      'auth_token|AC1|secondary|1',
      'auth_token|AC1|primary|2',
    ]) {
      assert.throws(() => ring.open(sealed, row));
    }
    assert.notEqual(ring.seal('a token', 'row'), ring.seal('a token', 'row'));
  });

  test('notices every changed byte', () => {
    const ring = new KeyRing([key('k1')], randomBytes);
    const sealed = ring.seal('a token', 'row');
    const bytes = Buffer.from(sealed.slice('k1.'.length), 'base64url');
    for (let i = 0; i < bytes.length; i += 1) {
      const changed = Buffer.from(bytes);
      changed[i] = (changed[i] ?? 0) ^ 1;
      assert.throws(() => ring.open(`k1.${changed.toString('base64url')}`, 'row'), `byte ${i}`);
    }
    assert.throws(() => ring.open('k1.', 'row'));
    assert.throws(() => ring.open('', 'row'));
  });

  test('seals with its first key and opens with all', () => {
    const old = key('old');
    const sealed = new KeyRing([old], randomBytes).seal('a token', 'row');
    const ring = new KeyRing([key('new'), old], randomBytes);
    assert.equal(keyIdOf(sealed), 'old');
    assert.equal(ring.open(sealed, 'row'), 'a token');
    assert.equal(keyIdOf(ring.seal('a token', 'row')), 'new');
    assert.throws(() => new KeyRing([key('new')], randomBytes).open(sealed, 'row'), /no key "old"/);
  });

  test('derives the same from the same key, and different things for different purposes', () => {
    const one = key('k1');
    const derive = (purpose: string) => new KeyRing([one], randomBytes).derive(purpose, 16);
    assert.deepEqual(derive('a'), derive('a'));
    assert.notDeepEqual(derive('a'), derive('b'));
  });
});

test('digests are compared as wholes', () => {
  assert.ok(sameDigest(digestOf('a'), digestOf('a')));
  assert.ok(!sameDigest(digestOf('a'), digestOf('b')));
  assert.ok(!sameDigest(digestOf('a'), ''));
});
