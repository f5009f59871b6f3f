import type { Selectable } from 'kysely';
import type { Tables } from '../../db/tables/tables.ts';
import { badParameter, forbidden } from '../../kit/api-error.ts';
import { digestOf, type KeyRing, type Sealer, sameDigest } from '../../kit/seal.ts';
import { DIRECTION_RULE, isVisible, setsDirection, VISIBLE_RULE } from '../../kit/shown-name.ts';

/** A second factor besides the password: an app that makes codes, or a passkey. */
export type SecondFactor = Selectable<Tables['second_factors']>;

export const FACTOR_NAME_LENGTH = 64;
/** The time after the password in which the second factor must come. */
export const SECOND_STEP_MS = 10 * 60_000;
export const RECOVERY_CODES = 10;

type Place = Pick<SecondFactor, 'sid' | 'person_sid'>;

/** The context of a sealed secret. The secret opens for this factor and this person only. */
export function rowOfFactor({ sid, person_sid }: Place): string {
  return `totp|${person_sid}|${sid}`;
}

/** Seals the secret of a code app for its row. */
export function sealFactor(
  { key_id, seal }: Sealer,
  secret: string,
  place: Place,
): { sealed: string; sealed_with: string } {
  return { sealed: seal(secret, rowOfFactor(place)), sealed_with: key_id };
}

/** Opens the secret, in base32, to compare codes or to seal it again. */
export function openFactor(ring: KeyRing, factor: SecondFactor): string {
  if (factor.sealed === null) throw new Error('a factor that holds no secret');
  return ring.open(factor.sealed, rowOfFactor(factor));
}

/** Reads the name of a factor. An empty text gives a name by its kind. */
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

/** 403 with the same words for every kind of error. */
export function wrongFactor(): ReturnType<typeof forbidden> {
  return forbidden(
    'That did not fit. Enter the code that your app shows now, each works once, or one of your recovery codes.',
  );
}

/**
 * Letters and digits that are not easily confused. A confusable character is read as one of them.
 */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
/** 140 random bits, too many for a search through all digests. */
const CODE_LENGTH = 28;
/** The length of older codes without a salt. They still work. */
const OLD_CODE_LENGTH = 20;
const SALT_BYTES = 16;

/** A recovery code as it is stored. */
export type StoredCode = Pick<Selectable<Tables['recovery_codes']>, 'digest' | 'salt'>;

/** A recovery code: seven groups of four, `xxxx-xxxx-…`. */
export function newRecoveryCode(randomBytes: (size: number) => Buffer): string {
  const letters = Array.from(randomBytes(CODE_LENGTH), (byte) => ALPHABET[byte & 31]).join('');
  return letters.replaceAll(/.{4}(?!$)/g, '$&-');
}

/** The stored form of a person's code: its digest, with a salt of its own. */
export function storeCode(
  randomBytes: (size: number) => Buffer,
  code: string,
  person_sid: string,
): StoredCode {
  const salt = randomBytes(SALT_BYTES).toString('base64url');
  return { salt, digest: codeDigest(code.replaceAll('-', ''), person_sid, salt) };
}

function codeDigest(plain: string, person_sid: string, salt: string): string {
  return digestOf(salt === '' ? `${person_sid}|${plain}` : `${salt}|${person_sid}|${plain}`);
}

/** Finds the stored code for an entered one, in any usual spelling; null when there is none. */
export function findCode(
  entered: string,
  person_sid: string,
  stored: readonly StoredCode[],
): StoredCode | null {
  if (entered.length > 4 * CODE_LENGTH) return null;
  const plain = entered.toLowerCase().replaceAll(/[\s-]/g, '');
  const code = plain.replaceAll('o', '0').replaceAll(/[il]/g, '1');
  if (!/^[0-9a-hjkmnp-tv-z]+$/.test(code)) return null;
  const fits = ({ salt, digest }: StoredCode) =>
    code.length === (salt === '' ? OLD_CODE_LENGTH : CODE_LENGTH) &&
    sameDigest(codeDigest(code, person_sid, salt), digest);
  return stored.find(fits) ?? null;
}
