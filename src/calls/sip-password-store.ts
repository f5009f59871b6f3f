import type { Selectable } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import type { Tables } from '../db/tables/tables.ts';

/** The password of a call to a SIP address, sealed; no representation reads it. */
export type SipPassword = Selectable<Tables['call_sip_passwords']>;

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
