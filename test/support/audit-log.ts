import type { StoredAuditEvent } from '../../src/audit/audit-store.ts';
import type { Db } from '../../src/db/database.ts';

/** The audit events of one account without its subaccounts, newest first. */
export function listAuditEvents(
  db: Db,
  account_sid: string,
  limit: number,
): Promise<StoredAuditEvent[]> {
  return db
    .selectFrom('audit_events')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .orderBy('date_created', 'desc')
    .orderBy('sid', 'desc')
    .limit(limit)
    .execute();
}
