import type { Db } from '../../db/database.ts';
import { fetchPage, type Page, type PageRequest } from '../../db/keyset.ts';
import type { Message } from '../../messages/message.ts';

/** What a customer is shown of messages, in all of the customer's accounts; it reads only. */

/** Which messages a list shows; an absent part filters nothing. */
export interface MessageLogFilter {
  readonly to?: string | undefined;
  readonly from?: string | undefined;
  readonly direction?: Message['direction'] | undefined;
  readonly status?: Message['status'] | undefined;
}

/** The messages of one account, newest first. */
export function listMessageLog(
  db: Db,
  account_sid: string,
  { to, from, direction, status }: MessageLogFilter,
  page: PageRequest,
): Promise<Page<Message>> {
  let query = db.selectFrom('messages').selectAll().where('account_sid', '=', account_sid);
  if (to !== undefined) query = query.where('to', '=', to);
  if (from !== undefined) query = query.where('from', '=', from);
  if (direction !== undefined) query = query.where('direction', '=', direction);
  if (status !== undefined) query = query.where('status', '=', status);
  return fetchPage(query, page);
}

/** A message of a main account or of one of its subaccounts. */
export async function fetchMessageOfTree(
  db: Db,
  owner_account_sid: string,
  sid: string,
): Promise<Message | undefined> {
  return db
    .selectFrom('messages')
    .selectAll()
    .where('sid', '=', sid)
    .where('account_sid', 'in', (query) =>
      query.selectFrom('accounts').select('sid').where('owner_account_sid', '=', owner_account_sid),
    )
    .executeTakeFirst();
}
