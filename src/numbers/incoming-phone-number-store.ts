import type { Db } from '../db/open-database.ts';
import type { IncomingPhoneNumber } from './incoming-phone-number.ts';

/** Whoever holds a number, by the number in E.164. */
export async function findNumber(
  db: Db,
  phone_number: string,
): Promise<IncomingPhoneNumber | undefined> {
  return db
    .selectFrom('incoming_phone_numbers')
    .selectAll()
    .where('phone_number', '=', phone_number)
    .executeTakeFirst();
}
