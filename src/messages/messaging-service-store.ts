import type { Db, Tx } from '../db/database.ts';
import { prepared } from '../db/prepared.ts';
import type { MessagingService } from './messaging-service.ts';

/** @returns whether no service had its SID. */
export async function insertMessagingService(tx: Tx, service: MessagingService): Promise<boolean> {
  const { numInsertedOrUpdatedRows = 0n } = await tx
    .insertInto('messaging_services')
    .values(service)
    .onConflict((conflict) => conflict.column('sid').doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows > 0n;
}

const selectService = prepared(
  (db, { account_sid, sid }: Pick<MessagingService, 'account_sid' | 'sid'>) =>
    db
      .selectFrom('messaging_services')
      .selectAll()
      .where('account_sid', '=', account_sid)
      .where('sid', '=', sid),
);

export async function fetchMessagingService(
  db: Db,
  account_sid: string,
  sid: string,
): Promise<MessagingService | undefined> {
  return (await selectService(db, { account_sid, sid }))[0];
}
