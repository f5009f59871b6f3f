import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { readConfig } from '../../config.ts';
import { KeyRing } from '../../kit/seal.ts';
import { openCookies } from './cookies.ts';

const aKey = (id: string) => ({ id, bytes: randomBytes(32) });

suite('form tokens and cookies', () => {
  test('are accepted by every process that holds the key, while processes sign with different keys', () => {
    const [old, next] = [aKey('old'), aKey('new')];
    const config = readConfig({}, {});
    const rings = [
      new KeyRing([old], randomBytes),
      new KeyRing([next, old], randomBytes),
      new KeyRing([next, old], randomBytes),
    ];
    // The second process does not know yet that the new key is in use.
    rings[1]?.follow('old');
    const [before, unaware, after] = rings.map((ring) => openCookies(config, ring));
    assert.ok(before && unaware && after);
    for (const [from, to] of [
      [before, unaware],
      [unaware, before],
      [before, after],
      [unaware, after],
      [after, unaware],
    ] as const) {
      assert.ok(to.isFormToken(from.formToken('a session'), 'a session'));
      assert.ok(!to.isFormToken(from.formToken('a session'), 'another'));
      const cookie = from.write({ name: 'return', value: '/console' });
      assert.equal(
        to.openReturn(/tieline_return=([^;]*)/.exec([cookie].flat().join())?.[1]),
        '/console',
      );
    }
    // The second process signs with the new key once it knows.
    rings[1]?.follow('new');
    assert.equal(unaware.formToken('a session'), after.formToken('a session'));
    assert.ok(!before.isFormToken(after.formToken('a session'), 'a session'));
  });
});
