import type { Insertable, Selectable } from 'kysely';
import type { Db, Tx } from '../db/open-database.ts';
import { prepared } from '../db/prepared.ts';
import type { Tables } from '../db/tables.ts';

const insertAuditEvent = prepared((db, row: Insertable<Tables['audit_events']>) =>
  db.insertInto('audit_events').values(row),
);

export async function insertAuditEvents(
  tx: Tx,
  rows: Insertable<Tables['audit_events']>[],
): Promise<void> {
  for (const row of rows) await insertAuditEvent(tx, row);
}

/** An account's audit log, newest first. */
export async function listAuditEvents(
  db: Db,
  account_sid: string,
  limit: number,
): Promise<Selectable<Tables['audit_events']>[]> {
  return db
    .selectFrom('audit_events')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .orderBy('date_created', 'desc')
    .orderBy('sid', 'desc')
    .limit(limit)
    .execute();
}
