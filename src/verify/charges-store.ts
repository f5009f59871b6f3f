import { sql } from 'kysely';
import type { Db } from '../db/database.ts';

/** The tables of resources whose charge has their own SID as its key. */
export const CHARGED = ['messages', 'calls', 'recordings', 'transcriptions'] as const;

/** Each resource with a price, and the price in the ledger under its SID; null: no entry. */
export function listChargesToVerify(table: (typeof CHARGED)[number]) {
  return (db: Db, after: string, limit: number) =>
    db
      // All these tables have the selected columns.
      .selectFrom(`${table} as thing` as 'messages as thing')
      .innerJoin('accounts as account', 'account.sid', 'thing.account_sid')
      .leftJoin('usage_events as event', (join) =>
        join
          .onRef('event.root_sid', '=', 'account.owner_account_sid')
          .onRef('event.account_sid', '=', 'thing.account_sid')
          .onRef('event.key', '=', 'thing.sid'),
      )
      .select(['thing.sid', 'thing.account_sid', 'thing.price_micro'])
      .select('event.price_micro as charged_micro')
      .where('thing.price_micro', 'is not', null)
      .where('thing.sid', '>', after)
      .orderBy('thing.sid')
      .limit(limit)
      .execute();
}

/** The states in which the carrier still has work; null: it has work as long as the row exists. */
export const CARRIED = {
  messages: ['accepted', 'scheduled', 'queued', 'sending'],
  calls: ['queued', 'ringing', 'in-progress'],
  transcriptions: ['in-progress'],
  incoming_phone_numbers: null,
} as const;

/** Resources with work for the carrier that have no task in the carrier's inbox. */
export function listForgottenByCarrier(table: keyof typeof CARRIED) {
  const states: readonly string[] | null = CARRIED[table];
  return (db: Db, after: string, limit: number) =>
    db
      .selectFrom(`${table} as thing` as 'messages as thing')
      .leftJoin('carrier_tasks as task', 'task.sid', 'thing.sid')
      .select(['thing.sid', 'thing.account_sid'])
      .where('task.sid', 'is', null)
      .$if(states !== null, (query) => query.where(sql<string>`thing.status`, 'in', states))
      .where('thing.sid', '>', after)
      .orderBy('thing.sid')
      .limit(limit)
      .execute();
}
