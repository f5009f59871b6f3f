import type { Selectable } from 'kysely';
import { MAX_REF_FORMS } from '../../carriers/message-carrier.ts';
import type { Db, Tx } from '../../db/database.ts';
import { insertingLater } from '../../db/insert-later.ts';
import { prepared } from '../../db/prepared.ts';
import type { CarrierRefsTable } from '../../db/tables/acting-tables.ts';

/** One part of a message that a carrier took. */
export type CarrierRef = Selectable<CarrierRefsTable>;

/** Writes parts that are new for certain. */
export const insertRefs = insertingLater(
  'carrier_refs',
  prepared((db, row: CarrierRef) => db.insertInto('carrier_refs').values(row)),
);

const selectRefs = prepared((db, { message_sid }: Pick<CarrierRef, 'message_sid'>) =>
  db.selectFrom('carrier_refs').selectAll().where('message_sid', '=', message_sid).orderBy('part'),
);

/** The parts of a message that a carrier took, in order. */
export function fetchRefs(db: Db, message_sid: string): Promise<CarrierRef[]> {
  return selectRefs(db, { message_sid });
}

/** The parts of one id that are looked at. A carrier that uses its ids again means the newest. */
const NEWEST = 5;

const selectByRef = prepared((db, { carrier, ref }: Pick<CarrierRef, 'carrier' | 'ref'>) =>
  db
    .selectFrom('carrier_refs')
    .innerJoin('messages', 'messages.sid', 'carrier_refs.message_sid')
    .selectAll('carrier_refs')
    .select('messages.to')
    .where('carrier', '=', carrier)
    .where('ref', '=', ref)
    .orderBy('carrier_refs.date_created', 'desc')
    .limit(NEWEST),
);

/**
 * The part that a receipt is about: one to the same recipient, if there is one, else the first of
 * the forms of its id that is known.
 */
export async function findRef(
  db: Db,
  carrier: string,
  { refs, to }: { readonly refs: readonly string[]; readonly to: string | null },
): Promise<CarrierRef | undefined> {
  const found: (CarrierRef & { readonly to: string })[] = [];
  for (const ref of refs.slice(0, MAX_REF_FORMS)) {
    found.push(...(await selectByRef(db, { carrier, ref })));
  }
  return found.find((one) => one.to === to) ?? found[0];
}

/** Records the final state of a part. @returns false when it has one already */
export async function endRef(
  tx: Tx,
  { message_sid, part }: CarrierRef,
  state: CarrierRef['state'],
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('carrier_refs')
    .set({ state })
    .where('message_sid', '=', message_sid)
    .where('part', '=', part)
    .where('state', '=', 'accepted')
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

export async function deleteRefs(tx: Tx, message_sid: string): Promise<void> {
  await tx.deleteFrom('carrier_refs').where('message_sid', '=', message_sid).execute();
}
