import type { Db, Tx } from '../db/open-database.ts';
import type { SipPassword } from './sip-password.ts';

export async function insertSipPassword(tx: Tx, password: SipPassword): Promise<void> {
  await tx.insertInto('call_sip_passwords').values(password).execute();
}

export async function fetchSipPassword(
  db: Db,
  { account_sid, call_sid }: Pick<SipPassword, 'account_sid' | 'call_sid'>,
): Promise<SipPassword | undefined> {
  return db
    .selectFrom('call_sip_passwords')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('call_sid', '=', call_sid)
    .executeTakeFirst();
}

export async function deleteSipPassword(tx: Tx, call_sid: string): Promise<void> {
  await tx.deleteFrom('call_sip_passwords').where('call_sid', '=', call_sid).execute();
}

/** Some that a key other than `key_id` sealed, for sealing them anew. */
export async function fetchSipPasswordsNotSealedBy(
  tx: Tx,
  key_id: string,
  limit: number,
): Promise<SipPassword[]> {
  return tx
    .selectFrom('call_sip_passwords')
    .selectAll()
    .where('sealed_with', '!=', key_id)
    .limit(limit)
    .execute();
}

export async function updateSealedSipPassword(
  tx: Tx,
  call_sid: string,
  sealed: Pick<SipPassword, 'sealed' | 'sealed_with'>,
): Promise<void> {
  await tx.updateTable('call_sip_passwords').set(sealed).where('call_sid', '=', call_sid).execute();
}

/** The ids of the keys that any password is sealed with. */
export async function listSipPasswordKeysInUse(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('call_sip_passwords').select('sealed_with').distinct().execute();
  return rows.map(({ sealed_with }) => sealed_with);
}
