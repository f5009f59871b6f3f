import type { Db } from '../../db/database.ts';
import type { Message } from '../message.ts';
import { type CarrierRef, fetchRefs } from './carrier-ref-store.ts';

/** A message with what its carrier told of it, for the operator. */
export interface CarriedMessage {
  readonly message: Message;
  /** The parts that the carrier took under ids of its own; none for other messages. */
  readonly refs: readonly CarrierRef[];
}

export async function findCarriedMessage(db: Db, sid: string): Promise<CarriedMessage | undefined> {
  const message = await db
    .selectFrom('messages')
    .selectAll()
    .where('sid', '=', sid)
    .executeTakeFirst();
  return message && { message, refs: await fetchRefs(db, sid) };
}
