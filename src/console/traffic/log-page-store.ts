import type { Call } from '../../calls/call.ts';
import type { Db } from '../../db/database.ts';
import { fetchPage, type Page, type PageRequest } from '../../db/keyset.ts';
import type { Message } from '../../messages/message.ts';
import { treeOf } from '../parts/doer-store.ts';

/** Reads calls and messages, over all accounts of a customer, for the customer's pages. */

/** The tables whose rows have two addresses, a direction and a status. */
export interface LogRows {
  readonly calls: Call;
  readonly messages: Message;
}

/** The filter of an account's list. An absent part filters nothing. */
interface LogRowFilter<Row extends LogRows[keyof LogRows]> {
  readonly account_sid: string;
  readonly to?: string | undefined;
  readonly from?: string | undefined;
  readonly direction?: Row['direction'] | undefined;
  readonly status?: Row['status'] | undefined;
}

/** A query over either table, with the columns that both have. */
function rowsOf(db: Db, table: keyof LogRows) {
  return db.selectFrom(table).selectAll();
}

/** The calls or messages of one account, newest first. */
export async function listLog<Table extends keyof LogRows>(
  db: Db,
  table: Table,
  { account_sid, to, from, direction, status }: LogRowFilter<LogRows[Table]>,
  page: PageRequest,
): Promise<Page<LogRows[Table]>> {
  let query = rowsOf(db, table).where('account_sid', '=', account_sid);
  if (to !== undefined) query = query.where('to', '=', to);
  if (from !== undefined) query = query.where('from', '=', from);
  if (direction !== undefined) query = query.where('direction', '=', direction);
  if (status !== undefined) query = query.where('status', '=', status);
  return (await fetchPage(query, page)) as unknown as Page<LogRows[Table]>;
}

/** A call or message of a main account or of one of its subaccounts. */
export async function fetchLoggedOfTree<Table extends keyof LogRows>(
  db: Db,
  table: Table,
  owner_account_sid: string,
  sid: string,
): Promise<LogRows[Table] | undefined> {
  const row = await rowsOf(db, table)
    .where('sid', '=', sid)
    .where('account_sid', 'in', treeOf(db, owner_account_sid))
    .executeTakeFirst();
  return row as unknown as LogRows[Table] | undefined;
}
