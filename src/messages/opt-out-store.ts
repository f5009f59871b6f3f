import type { Insertable } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import { prepared } from '../db/prepared.ts';
import type { MessageOptOutsTable } from '../db/tables/acting-tables.ts';

/** A number of an account, and a recipient of its messages. */
export type Pair = Omit<Insertable<MessageOptOutsTable>, 'root_sid' | 'date_created'>;

export async function putOptOut(tx: Tx, optOut: Insertable<MessageOptOutsTable>): Promise<void> {
  await tx
    .insertInto('message_opt_outs')
    .values(optOut)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function deleteOptOut(tx: Tx, pair: Pair): Promise<void> {
  await tx
    .deleteFrom('message_opt_outs')
    .where('account_sid', '=', pair.account_sid)
    .where('phone_number', '=', pair.phone_number)
    .where('recipient', '=', pair.recipient)
    .execute();
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
