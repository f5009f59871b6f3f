import type { Db, Tx } from '../db/database.ts';
import { prepared } from '../db/prepared.ts';
import type { MessagingService } from './messaging-service.ts';

/**
 * Writes a service. The key of the table has the main account too, so it does not refuse a SID that
 * another main account has.
 * @returns whether no service had its SID
 */
export async function insertMessagingService(tx: Tx, service: MessagingService): Promise<boolean> {
  const taken = await tx
    .selectFrom('messaging_services')
    .select('sid')
    .where('sid', '=', service.sid)
    .executeTakeFirst();
  if (taken) return false;
  const { numInsertedOrUpdatedRows = 0n } = await tx
    .insertInto('messaging_services')
    .values(service)
    .onConflict((conflict) => conflict.doNothing())
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
