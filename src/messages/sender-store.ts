import type { Db } from '../db/database.ts';
import { prepared } from '../db/prepared.ts';
import type { IncomingPhoneNumber } from '../numbers/incoming-phone-number.ts';

const selectSenders = prepared((db, { account_sid }: { account_sid: string }) =>
  db
    .selectFrom('incoming_phone_numbers')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .orderBy('date_created')
    .orderBy('sid'),
);

/** The numbers of an account, the one held longest first. */
export function fetchSenders(db: Db, account_sid: string): Promise<IncomingPhoneNumber[]> {
  return selectSenders(db, { account_sid });
}
