import type { Selectable } from 'kysely';
import type { Tables } from '../db/tables.ts';
import { badParameter, forbidden } from '../kit/api-error.ts';
import { digestOf, type KeyRing, keyIdOf } from '../kit/seal.ts';
import { DIRECTION_RULE, isVisible, setsDirection, VISIBLE_RULE } from '../kit/shown-name.ts';

/** What somebody proves beyond the password: an app that makes codes, or a passkey. */
export type SecondFactor = Selectable<Tables['second_factors']>;

export const FACTOR_NAME_LENGTH = 64;
/** How long after the password the second factor may come. */
export const SECOND_STEP_MS = 10 * 60_000;
export const RECOVERY_CODES = 10;

type Place = Pick<SecondFactor, 'sid' | 'person_sid'>;

/** What a sealed secret is bound to: it opens for no other factor and no other person. */
function rowOf({ sid, person_sid }: Place): string {
  return `totp|${person_sid}|${sid}`;
}

/** The secret of a code app in the form in which it is stored. */
export function sealFactor(
  ring: KeyRing,
  secret: string,
  place: Place,
): { sealed: string; sealed_with: string } {
  const sealed = ring.seal(secret, rowOf(place));
  return { sealed, sealed_with: keyIdOf(sealed) };
}

/** The secret itself, in base32; only to compare codes with, and to seal it anew. */
export function openFactor(ring: KeyRing, factor: SecondFactor): string {
  if (factor.sealed === null) throw new Error('a factor that holds no secret');
  return ring.open(factor.sealed, rowOf(factor));
}

/** What somebody calls a factor; empty: a name by its kind. */
export function readFactorName(text: string, otherwise: string): string {
  const name = text.trim();
  if (name.length > FACTOR_NAME_LENGTH) {
    throw badParameter('Name', `must be at most ${FACTOR_NAME_LENGTH} characters`);
  }
  if (/[\p{Cc}\p{Zl}\p{Zp}]|\p{Surrogate}/u.test(name)) {
    throw badParameter('Name', 'must not hold control characters');
  }
  if (setsDirection(name)) throw badParameter('Name', DIRECTION_RULE);
  if (name !== '' && !isVisible(name)) throw badParameter('Name', VISIBLE_RULE);
  return name || otherwise;
}

/** 403, whatever was wrong about it. */
export function wrongFactor(): ReturnType<typeof forbidden> {
  return forbidden(
    'That did not fit. Enter the code that your app shows now, each works once, or one of your recovery codes.',
  );
}

/** Letters and digits that are not taken for one another; those that are, are read as them. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const CODE_LENGTH = 20;

/** A recovery code: 100 random bits as `xxxxx-xxxxx-xxxxx-xxxxx`. */
export function newRecoveryCode(randomBytes: (size: number) => Buffer): string {
  const letters = Array.from(randomBytes(CODE_LENGTH), (byte) => ALPHABET[byte & 31]).join('');
  return letters.replaceAll(/.{5}(?!$)/g, '$&-');
}

/** What a recovery code is found by; null when it cannot be one. */
export function recoveryDigest(entered: string, person_sid: string): string | null {
  if (entered.length > 4 * CODE_LENGTH) return null;
  const plain = entered.toLowerCase().replaceAll(/[\s-]/g, '');
  const code = plain.replaceAll('o', '0').replaceAll(/[il]/g, '1');
  return /^[0-9a-hjkmnp-tv-z]{20}$/.test(code) ? digestOf(`${person_sid}|${code}`) : null;
}
