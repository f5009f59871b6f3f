import type { Selectable } from 'kysely';
import type { Tables } from '../db/tables/tables.ts';
import { digestOf, type KeyRing, type Sealer } from '../kit/seal.ts';

export type AuthToken = Selectable<Tables['auth_tokens']>;

const TOKEN_BYTES = 16;

/** 32 lower-case hexadecimal digits: some SDKs refuse anything else. */
export function newAuthToken(randomBytes: (size: number) => Buffer): string {
  return randomBytes(TOKEN_BYTES).toString('hex');
}

type Place = Pick<AuthToken, 'account_sid' | 'slot' | 'version'>;

/** What a sealed token is bound to: it opens in no other account, slot or version. */
export function rowOfToken({ account_sid, slot, version }: Place): string {
  return `auth_token|${account_sid}|${slot}|${version}`;
}

/** A token in the form in which it is stored: recognisable, and sealed to be read again. */
export function sealToken(
  { key_id, seal }: Sealer,
  token: string,
  place: Place,
): Pick<AuthToken, 'digest' | 'sealed' | 'sealed_with'> {
  const sealed = seal(token, rowOfToken(place));
  return { digest: digestOf(token), sealed, sealed_with: key_id };
}

/** The token itself; only to sign with, and to show to the account that owns it. */
export function openToken(ring: KeyRing, stored: AuthToken): string {
  return ring.open(stored.sealed, rowOfToken(stored));
}
