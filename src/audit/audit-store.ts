import { type Selectable, type SqlBool, sql } from 'kysely';
import type { Db } from '../db/database.ts';
import { fetchPage, type Page, type PageRequest } from '../db/keyset.ts';
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

/** The log of a main account and its subaccounts, newest first. */
export function listAuditPage(
  db: Db,
  owner_account_sid: string,
  filter: AuditFilter,
  page: PageRequest,
): Promise<Page<StoredAuditEvent>> {
  const { actor_kind, action, from, before, sid } = filter;
  let query = ownEvents(db, owner_account_sid).selectAll();
  if (actor_kind !== undefined) query = query.where('actor_kind', '=', actor_kind);
  if (action !== undefined) query = query.where('action', '=', action);
  if (from !== undefined) query = query.where('date_created', '>=', from);
  if (before !== undefined) query = query.where('date_created', '<', before);
  if (sid !== undefined) {
    query = query.where((eb) =>
      eb.or([
        eb('account_sid', '=', sid),
        eb('actor_sid', '=', sid),
        eb('target_sid', '=', sid),
        eb('grant_sid', '=', sid),
        sql<SqlBool>`detail like ${`%"${sid}"%`}`,
      ]),
    );
  }
  return fetchPage(query, page);
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

/** The actions in the newest part of the log of a main account and its subaccounts. */
export async function listActions(
  db: Db,
  owner_account_sid: string,
  limit: number,
): Promise<string[]> {
  const rows = await db
    .selectFrom(
      ownEvents(db, owner_account_sid)
        .select('action')
        .orderBy('date_created', 'desc')
        .orderBy('sid', 'desc')
        .limit(limit)
        .as('newest'),
    )
    .select('action')
    .distinct()
    .orderBy('action')
    .execute();
  return rows.map(({ action }) => action);
}

function ownEvents(db: Db, owner_account_sid: string) {
  return db
    .selectFrom('audit_events')
    .where('account_sid', 'in', (query) =>
      query.selectFrom('accounts').select('sid').where('owner_account_sid', '=', owner_account_sid),
    );
}
