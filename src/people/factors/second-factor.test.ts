import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { Secret, TOTP } from 'otpauth';
import { digestOf, KeyRing } from '../../kit/seal.ts';
import { findCode, newRecoveryCode, openFactor, sealFactor, storeCode } from './second-factor.ts';
import { offerTotp, openOffer, stepOf } from './totp.ts';

const NOW = 1_111_111_109_000;
const keyRing = new KeyRing([{ id: 'k', bytes: randomBytes(32) }], randomBytes);

suite('codes of an app', () => {
  // RFC 6238, appendix B: the secret "12345678901234567890", and the last six digits.
  const secret = Secret.fromUTF8('12345678901234567890').base32;

  test('are those of RFC 6238, and may be one step early or late', () => {
    assert.equal(stepOf(secret, '287082', 59_000), 1);
    assert.equal(stepOf(secret, '081804', NOW), 37_037_036);
    assert.equal(stepOf(secret, '081 804 ', NOW + 30_000), 37_037_036);
    assert.equal(stepOf(secret, '081804', NOW - 30_000), 37_037_036);
    assert.equal(stepOf(secret, '081804', NOW + 62_000), null);
    for (const code of ['', '08180', '0818044', 'abcdef', '０８１８０４']) {
      assert.equal(stepOf(secret, code, NOW), null, code);
    }
  });

  test('are valid for 30 seconds before and after their own step, to the millisecond', () => {
    const begin = 37_037_036 * 30_000;
    assert.equal(stepOf(secret, '081804', begin - 30_001), null);
    assert.equal(stepOf(secret, '081804', begin - 30_000), 37_037_036);
    assert.equal(stepOf(secret, '081804', begin + 59_999), 37_037_036);
    assert.equal(stepOf(secret, '081804', begin + 60_000), null);
  });

  test('begin with an offer that is for one person and expires', () => {
    const app = { keyRing, randomBytes, newSid: () => 'SF1', realNow: () => NOW };
    const ann = { sid: 'PE1', email: 'ann+x@example.com' };
    const { secret: shown, uri, sealed } = offerTotp(app, ann, 'tieline.example.com');
    const offer = openOffer(keyRing, sealed, ann.sid, NOW + 29 * 60_000);
    assert.equal(offer?.secret, shown.replaceAll(' ', ''));
    assert.equal(offer.sid, 'SF1');
    const expected = { label: ann.email, issuer: 'tieline.example.com', secret: offer.secret };
    assert.equal(uri, new TOTP(expected).toString());
    assert.ok(!sealed.includes(offer.secret));
    assert.equal(openOffer(keyRing, sealed, ann.sid, NOW + 30 * 60_000), null);
    assert.equal(openOffer(keyRing, sealed, 'PE2', NOW), null);
    assert.equal(openOffer(keyRing, `${sealed}A`, ann.sid, NOW), null);
    assert.equal(openOffer(keyRing, '', ann.sid, NOW), null);
  });

  test('come from a secret that is sealed for one factor of one person', () => {
    const place = { sid: 'SF1', person_sid: 'PE1' };
    const stored = {
      ...place,
      ...sealFactor(keyRing.sealer(), secret, place),
      kind: 'totp' as const,
      name: 'A phone',
      credential_id: null,
      public_key: null,
      counter: 0,
      date_created: NOW,
      date_last_used: null,
    };
    assert.equal(openFactor(keyRing, stored), secret);
    assert.throws(() => openFactor(keyRing, { ...stored, person_sid: 'PE2' }));
    assert.throws(() => openFactor(keyRing, { ...stored, sid: 'SF2' }));
  });
});

suite('recovery codes', () => {
  test('have 140 bits, and are read in the spellings that people use', () => {
    const code = newRecoveryCode(randomBytes);
    assert.match(code, /^(?:[0-9a-hjkmnp-tv-z]{4}-){6}[0-9a-hjkmnp-tv-z]{4}$/);
    const stored = [code, newRecoveryCode(randomBytes)].map((one) =>
      storeCode(randomBytes, one, 'PE1'),
    );
    const [own] = stored;
    for (const written of [code, code.toUpperCase(), ` ${code.replaceAll('-', ' ')} `]) {
      assert.equal(findCode(written, 'PE1', stored), own);
    }
    const confused = code.replaceAll('0', 'O').replaceAll('1', 'l');
    assert.equal(findCode(confused, 'PE1', stored), own);
    assert.equal(findCode(code, 'PE2', stored), null);
    for (const wrong of ['', code.slice(1), `${code}0`, 'u'.repeat(28), '0'.repeat(1_000_000)]) {
      assert.equal(findCode(wrong, 'PE1', stored), null);
    }
  });

  test('have a salt each, so that nothing shows that two are the same', () => {
    const code = newRecoveryCode(randomBytes);
    const [first, second] = [1, 2].map(() => storeCode(randomBytes, code, 'PE1'));
    assert.notEqual(first?.digest, second?.digest);
    assert.ok((first?.salt.length ?? 0) >= 22);
    assert.notEqual(first?.digest, digestOf(`PE1|${code.replaceAll('-', '')}`));
  });

  test('from before the introduction of salts still work', () => {
    const old = { salt: '', digest: digestOf(`PE1|${'0'.repeat(20)}`) };
    assert.equal(findCode('00000-00000-00000-00000', 'PE1', [old]), old);
    assert.equal(findCode('0'.repeat(28), 'PE1', [old]), null);
  });
});
