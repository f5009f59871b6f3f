import type { Db } from '../db/database.ts';
import type { IncomingPhoneNumber } from '../numbers/incoming-phone-number.ts';

/** The numbers of an account, the one held longest first. */
export async function fetchSenders(db: Db, account_sid: string): Promise<IncomingPhoneNumber[]> {
  return db
    .selectFrom('incoming_phone_numbers')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .orderBy('date_created')
    .orderBy('sid')
    .execute();
}
