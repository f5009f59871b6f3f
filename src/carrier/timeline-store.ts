import { sql } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { NewEntry, TimelineEntry } from './timeline.ts';

/** Appends events to the timeline of a call or a message, in this order. */
export async function addToTimeline(
  tx: Tx,
  resource: { readonly sid: string; readonly account_sid: string },
  now: EpochMs,
  entries: readonly NewEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  const { last } = await tx
    .selectFrom('timeline')
    .select((eb) => eb.fn.coalesce(eb.fn.max('number'), sql<number>`0`).as('last'))
    .where('resource_sid', '=', resource.sid)
    .executeTakeFirstOrThrow();
  await tx
    .insertInto('timeline')
    .values(
      entries.map(({ kind, detail, delivery_sid }, index) => ({
        resource_sid: resource.sid,
        number: last + 1 + index,
        account_sid: resource.account_sid,
        date_created: now,
        kind,
        detail: JSON.stringify(detail),
        delivery_sid: delivery_sid ?? null,
      })),
    )
    .execute();
}

/** The events of a call or a message, in order. */
export async function listTimeline(
  db: Db,
  resource: { readonly sid: string; readonly account_sid: string },
  limit: number,
): Promise<TimelineEntry[]> {
  return db
    .selectFrom('timeline')
    .selectAll()
    .where('resource_sid', '=', resource.sid)
    .where('account_sid', '=', resource.account_sid)
    .orderBy('number')
    .limit(limit)
    .execute();
}

/** The deliveries that the timeline of a call or a message names. */
export async function listDeliveriesInTimeline(
  db: Db,
  resource: { readonly sid: string; readonly account_sid: string },
): Promise<string[]> {
  const found = await db
    .selectFrom('timeline')
    .select('delivery_sid')
    .where('resource_sid', '=', resource.sid)
    .where('account_sid', '=', resource.account_sid)
    .where('delivery_sid', 'is not', null)
    .execute();
  return found.map(({ delivery_sid }) => delivery_sid ?? '');
}

export async function deleteTimeline(tx: Tx, resource_sid: string): Promise<void> {
  await tx.deleteFrom('timeline').where('resource_sid', '=', resource_sid).execute();
}
