import type { Selectable } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import { equal, fetchPage, type Page, type PageRequest, searchPage } from '../db/keyset.ts';
import type { SecurityEventsTable } from '../db/tables/security-tables.ts';
import type { EpochMs } from '../kit/utc.ts';

export type StoredSecurityEvent = Selectable<SecurityEventsTable>;

export async function insertSecurityEvent(tx: Tx, row: SecurityEventsTable): Promise<void> {
  await tx.insertInto('security_events').values(row).execute();
}

export async function updateSecurityEventDetail(
  tx: Tx,
  sid: string,
  detail: string,
): Promise<void> {
  await tx.updateTable('security_events').set({ detail }).where('sid', '=', sid).execute();
}

/** An operator's filter. A missing part does not filter. */
export interface SecurityFilter {
  readonly kind?: string | undefined;
  /** An address, or the SID of a person or an account. */
  readonly about?: string | undefined;
}

/** All events, newest first, for operators. */
export function listSecurityEvents(
  db: Db,
  { kind, about }: SecurityFilter,
  page: PageRequest,
): Promise<Page<StoredSecurityEvent>> {
  let query = db.selectFrom('security_events').selectAll();
  if (about === undefined) {
    return fetchPage(kind === undefined ? query : query.where('kind', '=', kind), page);
  }
  query = query.where(columnOf(about), '=', about);
  return searchPage(query, kind === undefined ? [] : [equal('kind', kind)], page);
}

function columnOf(about: string): 'person_sid' | 'account_sid' | 'address' {
  const prefix = /^(PE|AC)[0-9a-f]{32}$/i.exec(about)?.[1]?.toUpperCase();
  return prefix === 'PE' ? 'person_sid' : prefix === 'AC' ? 'account_sid' : 'address';
}

/** The events of a person, newest first. */
export function listSecurityEventsOf(
  db: Db,
  person_sid: string,
  page: PageRequest,
): Promise<Page<StoredSecurityEvent>> {
  const all = db.selectFrom('security_events').selectAll();
  return fetchPage(all.where('person_sid', '=', person_sid), page);
}

/** The events of an account that concern no person, newest first. */
export function listSecurityEventsOfAccount(
  db: Db,
  account_sid: string,
  page: PageRequest,
): Promise<Page<StoredSecurityEvent>> {
  const all = db.selectFrom('security_events').selectAll();
  const ofAccount = all.where('account_sid', '=', account_sid).where('person_sid', 'is', null);
  return fetchPage(ofAccount, page);
}

/** The kinds of the newest events. */
export async function listSecurityKinds(db: Db, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom(
      db
        .selectFrom('security_events')
        .select('kind')
        .orderBy('date_created', 'desc')
        .orderBy('sid', 'desc')
        .limit(limit)
        .as('newest'),
    )
    .select('kind')
    .distinct()
    .orderBy('kind')
    .execute();
  return rows.map(({ kind }) => kind);
}

/** Deletes some of the events before a time. @returns their number */
export async function deleteSecurityEventsBefore(
  tx: Tx,
  before: EpochMs,
  limit: number,
): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('security_events')
    .where('sid', 'in', (query) =>
      query
        .selectFrom('security_events')
        .select('sid')
        .where('date_created', '<', before)
        .orderBy('date_created')
        .limit(limit),
    )
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
