import type { Insertable } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import { prepared } from '../db/prepared.ts';
import type { MessageOptOutsTable } from '../db/tables/acting-tables.ts';

/** A number of an account, and a recipient of its messages. */
export type Pair = Omit<Insertable<MessageOptOutsTable>, 'root_sid' | 'date_created'>;

/** @returns false when the recipient had stopped the number before */
export async function putOptOut(tx: Tx, optOut: Insertable<MessageOptOutsTable>): Promise<boolean> {
  const { numInsertedOrUpdatedRows: rows } = await tx
    .insertInto('message_opt_outs')
    .values(optOut)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return rows !== undefined && rows > 0n;
}

/** @returns false when the recipient had not stopped the number */
export async function deleteOptOut(tx: Tx, pair: Pair): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('message_opt_outs')
    .where('account_sid', '=', pair.account_sid)
    .where('phone_number', '=', pair.phone_number)
    .where('recipient', '=', pair.recipient)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

const selectOptOut = prepared(
  (db, { account_sid, phone_number, recipient }: Pair) =>
    db
      .selectFrom('message_opt_outs')
      .select('account_sid')
      .where('account_sid', '=', account_sid)
      .where('phone_number', '=', phone_number)
      .where('recipient', '=', recipient),
  { isReadOnce: true },
);

export async function hasOptedOut(db: Db, pair: Pair): Promise<boolean> {
  return (await selectOptOut(db, pair)).length > 0;
}
