import type { Selectable } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import { fetchPage, type Page, type PageRequest } from '../db/keyset.ts';
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
  if (kind !== undefined) query = query.where('kind', '=', kind);
  if (about !== undefined) {
    query = query.where((eb) =>
      eb.or([
        eb('address', '=', about),
        eb('person_sid', '=', about),
        eb('account_sid', '=', about),
      ]),
    );
  }
  return fetchPage(query, page);
}

/** The events of a person, and of the accounts that they may use, newest first. */
export function listSecurityEventsOf(
  db: Db,
  person_sid: string,
  account_sids: readonly string[],
  page: PageRequest,
): Promise<Page<StoredSecurityEvent>> {
  const query = db
    .selectFrom('security_events')
    .selectAll()
    .where((eb) =>
      eb.or([
        eb('person_sid', '=', person_sid),
        ...(account_sids.length === 0
          ? []
          : [eb.and([eb('person_sid', 'is', null), eb('account_sid', 'in', account_sids)])]),
      ]),
    );
  return fetchPage(query, page);
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
