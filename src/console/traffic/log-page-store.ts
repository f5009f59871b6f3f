import type { Call } from '../../calls/call.ts';
import type { Db } from '../../db/database.ts';
import { equal, type Page, type PageRequest, rare, searchPage } from '../../db/keyset.ts';
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
  const query = rowsOf(db, table).where('account_sid', '=', account_sid);
  // The first of the columns finds the rows by its index. Messages have none of their states, which
  // would cost more at each of their steps than it saves here.
  const given = Object.entries({ to, from, status, direction }).filter(([, value]) => value);
  const [column, value] = given[0] ?? [];
  const isIndexed =
    column === 'to' || column === 'from' || (column === 'status' && table === 'calls');
  const conditions = given.slice(isIndexed ? 1 : 0).map(([name, text]) => equal(name, text ?? ''));
  const list = isIndexed ? query.where(rare(db, column, value ?? '')) : query;
  return (await searchPage(list, conditions, page)) as unknown as Page<LogRows[Table]>;
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
