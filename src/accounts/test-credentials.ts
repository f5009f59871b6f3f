import type { Selectable } from 'kysely';
import type { TestCredentialsTable } from '../db/tables/acting-tables.ts';
import { digestOf, type KeyRing, type Sealer } from '../kit/seal.ts';

/**
 * A SID and a token beside those of an account, which only pretend: what is sent with them is
 * checked and answered, and nothing happens (docs/contract/accounts.md, "Test credentials").
 */
export type TestCredentials = Selectable<TestCredentialsTable>;

type Place = Pick<TestCredentials, 'sid' | 'account_sid'>;

/** What a sealed test token is bound to: it opens as nothing else. */
export function rowOfTestToken({ sid, account_sid }: Place): string {
  return `test_credentials|${account_sid}|${sid}`;
}

/** A test token in the form in which it is stored: recognisable, and sealed to be read again. */
export function sealTestToken(
  { key_id, seal }: Sealer,
  token: string,
  place: Place,
): Pick<TestCredentials, 'digest' | 'sealed' | 'sealed_with'> {
  const sealed = seal(token, rowOfTestToken(place));
  return { digest: digestOf(token), sealed, sealed_with: key_id };
}

/** The token itself; only to show to the account that owns it. */
export function openTestToken(ring: KeyRing, stored: TestCredentials): string {
  return ring.open(stored.sealed, rowOfTestToken(stored));
}
