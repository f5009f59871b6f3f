import { type Selectable, type SqlBool, sql } from 'kysely';
import type { Db } from '../db/database.ts';
import { type Condition, equal, type Page, type PageRequest, searchPage } from '../db/keyset.ts';
import type { Tables } from '../db/tables/tables.ts';
import { PLATFORM_LOG } from './audit-event.ts';

export type StoredAuditEvent = Selectable<Tables['audit_events']>;

/** A filter of an account's events. A missing part does not filter. */
export interface AuditFilter {
  readonly actor_kind?: StoredAuditEvent['actor_kind'] | undefined;
  readonly action?: string | undefined;
  /** The time from which on events are listed; `before` is the end, exclusive. */
  readonly from?: number | undefined;
  readonly before?: number | undefined;
  /** A SID of the author, of the changed thing, or in the detail. */
  readonly sid?: string | undefined;
}

/** The log of one account, newest first. A search by more than days may stop early. */
export function listAuditPage(
  db: Db,
  account_sid: string,
  filter: AuditFilter,
  page: PageRequest,
): Promise<Page<StoredAuditEvent>> {
  const { actor_kind, action, from, before, sid } = filter;
  let query = db.selectFrom('audit_events').selectAll().where('account_sid', '=', account_sid);
  if (from !== undefined) query = query.where('date_created', '>=', from);
  if (before !== undefined) query = query.where('date_created', '<', before);
  const conditions: Condition[] = [];
  if (actor_kind !== undefined) conditions.push(equal('actor_kind', actor_kind));
  if (action !== undefined) conditions.push(equal('action', action));
  if (sid !== undefined && sid !== account_sid) {
    conditions.push(
      sql<SqlBool>`(actor_sid = ${sid} or target_sid = ${sid} or grant_sid = ${sid}
        or detail like ${`%"${sid}"%`})`,
    );
  }
  return searchPage(query, conditions, page);
}

/** The log of the platform itself, newest first, for the operator. */
export async function listPlatformEvents(db: Db, limit: number): Promise<StoredAuditEvent[]> {
  return db
    .selectFrom('audit_events')
    .selectAll()
    .where('account_sid', '=', PLATFORM_LOG)
    .orderBy('date_created', 'desc')
    .orderBy('sid', 'desc')
    .limit(limit)
    .execute();
}

/** The actions in the newest part of the log of an account. */
export async function listActions(db: Db, account_sid: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom(
      db
        .selectFrom('audit_events')
        .where('account_sid', '=', account_sid)
        .select('action')
        .orderBy('date_created', 'desc')
        .orderBy('sid', 'desc')
        .limit(limit)
        .as('newest'),
    )
    .select('action')
    .distinct()
    .execute();
  return rows.map(({ action }) => action);
}
