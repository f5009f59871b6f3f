import type { Db, Tx } from '../db/database.ts';
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

/** Finds test credentials of any account by their SID, to avoid a duplicate. */
export async function findTestCredentials(
  db: Db,
  sid: string,
): Promise<TestCredentials | undefined> {
  return db.selectFrom('test_credentials').selectAll().where('sid', '=', sid).executeTakeFirst();
}
