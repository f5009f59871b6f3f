import type { Selectable } from 'kysely';
import type { TestCredentialsTable } from '../db/tables/acting-tables.ts';
import { digestOf, type KeyRing, type Sealer } from '../kit/seal.ts';

/**
 * A second SID and token of an account for tests. Requests with them are checked and answered, and
 * have no effect (docs/contract/accounts.md, "Test credentials").
 */
export type TestCredentials = Selectable<TestCredentialsTable>;

type Place = Pick<TestCredentials, 'sid' | 'account_sid'>;

/** The context of a sealed test token. It opens as nothing else. */
export function rowOfTestToken({ sid, account_sid }: Place): string {
  return `test_credentials|${account_sid}|${sid}`;
}

/**
 * The stored form of a test token: a digest to recognise it, and a sealed copy to read it again.
 */
export function sealTestToken(
  { key_id, seal }: Sealer,
  token: string,
  place: Place,
): Pick<TestCredentials, 'digest' | 'sealed' | 'sealed_with'> {
  const sealed = seal(token, rowOfTestToken(place));
  return { digest: digestOf(token), sealed, sealed_with: key_id };
}

/** Opens a test token, to show it to its account. */
export function openTestToken(ring: KeyRing, stored: TestCredentials): string {
  return ring.open(stored.sealed, rowOfTestToken(stored));
}
