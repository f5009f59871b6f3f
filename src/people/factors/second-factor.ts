import type { Selectable } from 'kysely';
import type { Tables } from '../../db/tables/tables.ts';
import { badParameter, forbidden } from '../../kit/api-error.ts';
import { digestOf, type KeyRing, type Sealer, sameDigest } from '../../kit/seal.ts';
import { DIRECTION_RULE, isVisible, setsDirection, VISIBLE_RULE } from '../../kit/shown-name.ts';

/** What somebody proves beyond the password: an app that makes codes, or a passkey. */
export type SecondFactor = Selectable<Tables['second_factors']>;

export const FACTOR_NAME_LENGTH = 64;
/** How long after the password the second factor may come. */
export const SECOND_STEP_MS = 10 * 60_000;
export const RECOVERY_CODES = 10;

type Place = Pick<SecondFactor, 'sid' | 'person_sid'>;

/** What a sealed secret is bound to: it opens for no other factor and no other person. */
export function rowOfFactor({ sid, person_sid }: Place): string {
  return `totp|${person_sid}|${sid}`;
}

/** The secret of a code app in the form in which it is stored. */
export function sealFactor(
  { key_id, seal }: Sealer,
  secret: string,
  place: Place,
): { sealed: string; sealed_with: string } {
  return { sealed: seal(secret, rowOfFactor(place)), sealed_with: key_id };
}

/** The secret itself, in base32; only to compare codes with, and to seal it anew. */
export function openFactor(ring: KeyRing, factor: SecondFactor): string {
  if (factor.sealed === null) throw new Error('a factor that holds no secret');
  return ring.open(factor.sealed, rowOfFactor(factor));
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
/** 140 random bits: so many that a digest which is made quickly cannot be searched backwards. */
const CODE_LENGTH = 28;
/** Of codes from before there were salts, which still work. */
const OLD_CODE_LENGTH = 20;
const SALT_BYTES = 16;

/** A recovery code as it is stored. */
export type StoredCode = Pick<Selectable<Tables['recovery_codes']>, 'digest' | 'salt'>;

/** A recovery code: seven groups of four, `xxxx-xxxx-…`. */
export function newRecoveryCode(randomBytes: (size: number) => Buffer): string {
  const letters = Array.from(randomBytes(CODE_LENGTH), (byte) => ALPHABET[byte & 31]).join('');
  return letters.replaceAll(/.{4}(?!$)/g, '$&-');
}

/** What is stored of a code: its digest with a salt of its own, for one person. */
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

/** The one of a person's stored codes that was entered, as people write codes down; null: none. */
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
