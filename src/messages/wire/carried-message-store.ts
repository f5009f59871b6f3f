import type { Db } from '../../db/database.ts';
import { decimalOf } from '../../kit/money.ts';
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

/** The price of the carrier, as a decimal number; null: the carrier has told none. */
export function costText({ carrier_cost_micro }: Message): string | null {
  return carrier_cost_micro === null ? null : decimalOf(carrier_cost_micro);
}
