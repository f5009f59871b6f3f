import { sql } from 'kysely';
import type { Db } from '../db/database.ts';
import type { Day, Period } from '../kit/day.ts';

/** Queries for usage triggers and their fires. Each statement sees one state of the data. */

/** The current period of each kind: its first day, and its number as a window. */
export type CurrentPeriods = Readonly<
  Record<Period, { readonly start: Day; readonly window: number }>
>;

/**
 * Each trigger, with the counters that it watches now and its fire in the current window. A main
 * account has a second counter, for its subaccounts.
 */
export async function listTriggersToVerify(
  db: Db,
  current: CurrentPeriods,
  after: string,
  limit: number,
) {
  const byRecurrence = (of: (period: Period) => string | number) =>
    sql`case trigger.recurring when 'daily' then ${sql.lit(of('d'))}
      when 'monthly' then ${sql.lit(of('m'))}
      when 'yearly' then ${sql.lit(of('y'))} else ${sql.lit(of('a'))} end`;
  const period = sql<'d'>`${byRecurrence((of) => of)}`;
  const start = sql<number>`${byRecurrence((of) => current[of].start)}`;
  return (
    db
      .selectFrom('usage_triggers as trigger')
      .leftJoin('usage_counters as own', (join) =>
        join
          .onRef('own.root_sid', '=', 'trigger.root_sid')
          .onRef('own.account_sid', '=', 'trigger.account_sid')
          .on('own.scope', '=', 'own')
          .on('own.period', '=', period)
          .on('own.start', '=', start)
          .onRef('own.category', '=', 'trigger.usage_category'),
      )
      .leftJoin('usage_counters as below', (join) =>
        join
          .onRef('below.root_sid', '=', 'trigger.root_sid')
          .onRef('below.account_sid', '=', 'trigger.account_sid')
          .on('below.scope', '=', 'subaccounts')
          .on('below.period', '=', period)
          .on('below.start', '=', start)
          .onRef('below.category', '=', 'trigger.usage_category'),
      )
      .leftJoin('usage_trigger_fires as fire', (join) =>
        join
          .onRef('fire.trigger_sid', '=', 'trigger.sid')
          .on('fire.window', '=', sql<number>`${byRecurrence((period) => current[period].window)}`),
      )
      .select(['trigger.sid', 'trigger.account_sid', 'trigger.callback_url', 'trigger.threshold'])
      .select(['trigger.trigger_by', 'trigger.usage_category'])
      // Read as text, because a wrong counter may hold a number of any size.
      .select([
        sql<string | null>`cast(own.count as text)`.as('own_count'),
        sql<string | null>`cast(own.usage_micro as text)`.as('own_usage_micro'),
        sql<string | null>`cast(own.price_micro as text)`.as('own_price_micro'),
        sql<string | null>`cast(below.count as text)`.as('below_count'),
        sql<string | null>`cast(below.usage_micro as text)`.as('below_usage_micro'),
        sql<string | null>`cast(below.price_micro as text)`.as('below_price_micro'),
      ])
      .select(['own.next_count as own_next_count', 'own.next_usage as own_next_usage_micro'])
      .select(['own.next_price as own_next_price_micro', 'below.next_count as below_next_count'])
      .select(['below.next_usage as below_next_usage_micro'])
      .select(['below.next_price as below_next_price_micro'])
      .select('fire.window')
      .where('trigger.sid', '>', after)
      .orderBy('trigger.sid')
      .limit(limit)
      .execute()
  );
}

export interface FirePosition {
  readonly trigger_sid: string;
  readonly window: number;
}

/** Each fire, with its trigger, its delivery, and the number of its events in the audit log. */
export async function listFiresToVerify(db: Db, after: FirePosition | null, limit: number) {
  let query = db
    .selectFrom('usage_trigger_fires as fire')
    .leftJoin('usage_triggers as trigger', 'trigger.sid', 'fire.trigger_sid')
    .leftJoin('deliveries as delivery', 'delivery.sid', 'fire.delivery_sid')
    .leftJoin('audit_chains as chain', 'chain.account_sid', 'fire.account_sid')
    .select('chain.first as first_event')
    .select(['fire.trigger_sid', 'fire.window', 'fire.account_sid', 'fire.value'])
    .select(['fire.delivery_sid', 'fire.date_created', 'trigger.threshold'])
    .select(['delivery.kind', 'delivery.account_sid as delivery_account_sid'])
    .select((eb) =>
      eb
        .selectFrom('audit_events as event')
        .select((audit) => audit.fn.countAll<number>().as('events'))
        .whereRef('event.account_sid', '=', 'fire.account_sid')
        .whereRef('event.date_created', '=', 'fire.date_created')
        .whereRef('event.target_sid', '=', 'fire.trigger_sid')
        .where('event.action', '=', 'usage_trigger.fired')
        .where(sql<boolean>`event.detail like '%"' || fire.delivery_sid || '"%'`)
        .as('told'),
    )
    .orderBy('fire.trigger_sid')
    .orderBy('fire.window')
    .limit(limit);
  if (after) {
    const { trigger_sid, window } = after;
    query = query.where((eb) =>
      eb(eb.refTuple('fire.trigger_sid', 'fire.window'), '>', eb.tuple(trigger_sid, window)),
    );
  }
  return query.execute();
}

/**
 * Each event of the audit log, with the number of fires that belong to it. An event about a fire
 * also has its detail, and the SID of its trigger if the trigger exists.
 */
export async function listFireAuditToVerify(db: Db, after: string, limit: number) {
  return db
    .selectFrom('audit_events as event')
    .leftJoin('usage_triggers as trigger', 'trigger.sid', 'event.target_sid')
    .select(['event.sid', 'event.account_sid', 'event.action', 'event.target_sid'])
    .select(['event.date_created', 'trigger.sid as trigger_sid'])
    .select(
      sql<string | null>`case event.action when 'usage_trigger.fired' then event.detail end`.as(
        'detail',
      ),
    )
    .select((eb) =>
      eb
        .selectFrom('usage_trigger_fires as fire')
        .select((fire) => fire.fn.countAll<number>().as('fires'))
        .whereRef('fire.trigger_sid', '=', 'event.target_sid')
        .where('event.action', '=', 'usage_trigger.fired')
        .where(sql<boolean>`event.detail like '%"' || fire.delivery_sid || '"%'`)
        .as('fires'),
    )
    .where('event.sid', '>', after)
    .orderBy('event.sid')
    .limit(limit)
    .execute();
}

/** The callbacks of triggers in the outbox. */
export async function listCallbacksToVerify(db: Db, after: string, limit: number) {
  return db
    .selectFrom('deliveries')
    .select(['sid', 'account_sid', 'payload'])
    .where('kind', '=', 'usage-trigger')
    .where('sid', '>', after)
    .orderBy('sid')
    .limit(limit)
    .execute();
}

/** Those of the given deliveries that belong to a fire of one of these triggers. */
export async function listLinkedDeliveries(
  db: Db,
  trigger_sids: readonly string[],
  delivery_sids: readonly string[],
): Promise<string[]> {
  if (trigger_sids.length === 0 || delivery_sids.length === 0) return [];
  const rows = await db
    .selectFrom('usage_trigger_fires')
    .select('delivery_sid')
    .where('trigger_sid', 'in', trigger_sids)
    .where('delivery_sid', 'in', delivery_sids)
    .execute();
  return rows.flatMap(({ delivery_sid }) => delivery_sid ?? []);
}
