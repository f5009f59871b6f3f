import type { Db, Tx } from '../db/open-database.ts';
import type { TestCredentials } from './test-credentials.ts';

export async function insertTestCredentials(tx: Tx, credentials: TestCredentials): Promise<void> {
  await tx.insertInto('test_credentials').values(credentials).execute();
}

/** An account's test credentials, sealed. */
export async function fetchTestCredentials(
  db: Db,
  account_sid: string,
): Promise<TestCredentials | undefined> {
  return db
    .selectFrom('test_credentials')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .executeTakeFirst();
}

/** Whoever's test credentials have this SID; for whoever gives accounts theirs. */
export async function findTestCredentials(
  db: Db,
  sid: string,
): Promise<TestCredentials | undefined> {
  return db.selectFrom('test_credentials').selectAll().where('sid', '=', sid).executeTakeFirst();
}

/** Some that a key other than `key_id` sealed, for sealing them anew. */
export async function fetchTestCredentialsNotSealedBy(
  tx: Tx,
  key_id: string,
  limit: number,
): Promise<TestCredentials[]> {
  return tx
    .selectFrom('test_credentials')
    .selectAll()
    .where('sealed_with', '!=', key_id)
    .limit(limit)
    .execute();
}

export async function updateSealedTestToken(
  tx: Tx,
  sid: string,
  sealed: Pick<TestCredentials, 'sealed' | 'sealed_with'>,
): Promise<void> {
  await tx.updateTable('test_credentials').set(sealed).where('sid', '=', sid).execute();
}

/** The ids of the keys that any test token is sealed with. */
export async function listTestKeysInUse(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('test_credentials').select('sealed_with').distinct().execute();
  return rows.map(({ sealed_with }) => sealed_with);
}
