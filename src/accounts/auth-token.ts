import type { Selectable } from 'kysely';
import type { Tables } from '../db/tables/tables.ts';
import { digestOf, type KeyRing, type Sealer } from '../kit/seal.ts';

export type AuthToken = Selectable<Tables['auth_tokens']>;

const TOKEN_BYTES = 16;

/** Makes 32 lower-case hexadecimal digits. Some SDKs refuse any other form. */
export function newAuthToken(randomBytes: (size: number) => Buffer): string {
  return randomBytes(TOKEN_BYTES).toString('hex');
}

type Place = Pick<AuthToken, 'account_sid' | 'slot' | 'version'>;

/** The context of a sealed token. It opens for this account, slot and version only. */
export function rowOfToken({ account_sid, slot, version }: Place): string {
  return `auth_token|${account_sid}|${slot}|${version}`;
}

/** The stored form of a token: a digest to recognise it, and a sealed copy to read it again. */
export function sealToken(
  { key_id, seal }: Sealer,
  token: string,
  place: Place,
): Pick<AuthToken, 'digest' | 'sealed' | 'sealed_with'> {
  const sealed = seal(token, rowOfToken(place));
  return { digest: digestOf(token), sealed, sealed_with: key_id };
}

/** Opens a token, to sign with it or to show it to its account. */
export function openToken(ring: KeyRing, stored: AuthToken): string {
  return ring.open(stored.sealed, rowOfToken(stored));
}
