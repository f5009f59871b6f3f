import type { Db } from '../../db/database.ts';
import { fetchPage, type Page, type PageRequest } from '../../db/keyset.ts';
import type { IncomingPhoneNumber } from '../../numbers/incoming-phone-number.ts';
import { treeOf } from '../parts/doer-store.ts';

/** Reads the numbers in all accounts of a customer. */

/** Newest first. @param account_sid one of the accounts; null: all of them */
export function listNumbersOfTree(
  db: Db,
  owner_account_sid: string,
  account_sid: string | null,
  page: PageRequest,
): Promise<Page<IncomingPhoneNumber>> {
  let query = db
    .selectFrom('incoming_phone_numbers')
    .selectAll()
    .where('account_sid', 'in', treeOf(db, owner_account_sid));
  if (account_sid !== null) query = query.where('account_sid', '=', account_sid);
  return fetchPage(query, page);
}

export async function fetchNumberOfTree(
  db: Db,
  owner_account_sid: string,
  sid: string,
): Promise<IncomingPhoneNumber | undefined> {
  return db
    .selectFrom('incoming_phone_numbers')
    .selectAll()
    .where('sid', '=', sid)
    .where('account_sid', 'in', treeOf(db, owner_account_sid))
    .executeTakeFirst();
}
