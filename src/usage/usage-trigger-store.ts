import { type Insertable, type Selectable, type SqlBool, sql } from 'kysely';
import type { Db, Engine, Tx } from '../db/database.ts';
import { fetchPage, type Page, type PageRequest } from '../db/keyset.ts';
import { countRows } from '../db/limit.ts';
import { preparedRows } from '../db/prepared-rows.ts';
import type { UsageTriggerFiresTable, UsageTriggersTable } from '../db/tables/usage-tables.ts';
import { type Day, type Period, startOf } from '../kit/day.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { UsageTrigger } from './usage-trigger.ts';

export async function insertTrigger(
  tx: Tx,
  trigger: Insertable<UsageTriggersTable>,
): Promise<void> {
  await tx.insertInto('usage_triggers').values(trigger).execute();
}

/** A filter of triggers. `recurring` null selects triggers that fire once. */
export interface TriggerFilter {
  readonly recurring?: UsageTrigger['recurring'] | undefined;
  readonly trigger_by?: UsageTrigger['trigger_by'] | undefined;
  readonly usage_category?: string | undefined;
}

export function listTriggers(
  db: Db,
  account_sid: string,
  { recurring, trigger_by, usage_category }: TriggerFilter,
  page: PageRequest,
): Promise<Page<UsageTrigger>> {
  let query = db.selectFrom('usage_triggers').selectAll().where('account_sid', '=', account_sid);
  if (recurring === null) query = query.where('recurring', 'is', null);
  else if (recurring !== undefined) query = query.where('recurring', '=', recurring);
  if (trigger_by !== undefined) query = query.where('trigger_by', '=', trigger_by);
  if (usage_category !== undefined) query = query.where('usage_category', '=', usage_category);
  return fetchPage(query, page);
}

export function countTriggers(tx: Tx, account_sid: string): Promise<number> {
  return countRows(tx.selectFrom('usage_triggers').where('account_sid', '=', account_sid));
}

export async function fetchTrigger(
  db: Db,
  account_sid: string,
  sid: string,
): Promise<UsageTrigger | undefined> {
  return db
    .selectFrom('usage_triggers')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .executeTakeFirst();
}

type Named = Pick<UsageTrigger, 'account_sid' | 'sid'>;

/** The counters that a trigger watches, in the period of this day. */
export async function fetchWatchedCounters(db: Db, { account_sid, sid }: Named, day: Day) {
  const first = (period: Period) => sql`cast(${startOf(period, day)} as integer)`;
  const period = sql<Period>`case trigger.recurring when 'daily' then 'd' when 'monthly' then 'm'
    when 'yearly' then 'y' else 'a' end`;
  const start = sql<Day>`case trigger.recurring when 'daily' then ${first('d')}
    when 'monthly' then ${first('m')} when 'yearly' then ${first('y')} else ${first('a')} end`;
  return db
    .selectFrom('usage_triggers as trigger')
    .innerJoin('usage_counters as counter', (join) =>
      join
        .onRef('counter.root_sid', '=', 'trigger.root_sid')
        .onRef('counter.account_sid', '=', 'trigger.account_sid')
        .on('counter.scope', 'in', ['own', 'subaccounts'])
        .on('counter.period', '=', period)
        .on('counter.start', '=', start)
        .onRef('counter.category', '=', 'trigger.usage_category'),
    )
    .where('trigger.account_sid', '=', account_sid)
    .where('trigger.sid', '=', sid)
    .selectAll('counter')
    .execute();
}

/** The columns that can change. The watched sum never changes. */
export type TriggerChanges = Partial<
  Pick<
    UsageTrigger,
    'friendly_name' | 'callback_url' | 'callback_method' | 'callback_by_grant' | 'date_updated'
  >
>;

export async function updateTrigger(
  tx: Tx,
  account_sid: string,
  sid: string,
  changes: TriggerChanges,
): Promise<UsageTrigger | undefined> {
  return tx
    .updateTable('usage_triggers')
    .set(changes)
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .returningAll()
    .executeTakeFirst();
}

/** Deletes a trigger. The rows of its fires stay. @returns whether the trigger existed */
export async function deleteTrigger(tx: Tx, account_sid: string, sid: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('usage_triggers')
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

/**
 * Stops the triggers that a grant's app made, and triggers of others that got a URL from the app.
 * @returns the number of triggers that it stopped
 */
export async function stopTriggersOfGrant(
  tx: Tx,
  account_sid: string,
  grant_sid: string,
  now: EpochMs,
): Promise<number> {
  const { numUpdatedRows } = await tx
    .updateTable('usage_triggers')
    .set({ callback_url: null, callback_by_grant: null, date_updated: now })
    .where('account_sid', '=', account_sid)
    .where('callback_url', 'is not', null)
    .where((eb) =>
      eb.or([eb('created_by_grant', '=', grant_sid), eb('callback_by_grant', '=', grant_sid)]),
    )
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

/** Triggers that watch some categories in some accounts. */
export interface Watch {
  readonly accounts: readonly string[];
  readonly categories: readonly string[];
}

/** The triggers that may still fire, the lowest threshold first. */
export async function fetchArmedTriggers(tx: Tx, watch: Watch): Promise<UsageTrigger[]> {
  return tx
    .selectFrom('usage_triggers')
    .selectAll()
    .where('account_sid', 'in', watch.accounts)
    .where('usage_category', 'in', watch.categories)
    .where('callback_url', 'is not', null)
    .where((eb) => eb.or([eb('recurring', 'is not', null), eb('date_fired', 'is', null)]))
    .orderBy('threshold')
    .orderBy('sid')
    .execute();
}

const selectWatched = preparedRows((db, rows: { sid: string }[]) => {
  const given = rows.map(({ sid }) => sql`(${sid})`);
  return db
    .selectFrom('usage_triggers')
    .select('account_sid')
    .distinct()
    .where(sql<SqlBool>`account_sid in (values ${sql.join(given)})`)
    .where('callback_url', 'is not', null)
    .where((eb) => eb.or([eb('recurring', 'is not', null), eb('date_fired', 'is', null)]));
});

/** The accounts among these whose triggers may still fire. */
export async function fetchWatchedAccounts(
  tx: Tx,
  sids: ReadonlySet<string>,
): Promise<Set<string>> {
  const rows = await selectWatched(
    tx,
    [...sids].map((sid) => ({ sid })),
  );
  return new Set(rows.map(({ account_sid }) => account_sid));
}

export type UsageTriggerFire = Selectable<UsageTriggerFiresTable>;
/** The key of a fire: a trigger fires once in a window. */
export type Fire = Pick<UsageTriggerFire, 'trigger_sid' | 'window'>;

/** The fires in some windows. */
export async function fetchFires(
  tx: Tx,
  watch: Watch,
  windows: readonly number[],
): Promise<Fire[]> {
  return tx
    .selectFrom('usage_trigger_fires as fire')
    .innerJoin('usage_triggers as trigger', 'trigger.sid', 'fire.trigger_sid')
    .select(['fire.trigger_sid', 'fire.window'])
    .where('trigger.account_sid', 'in', watch.accounts)
    .where('trigger.usage_category', 'in', watch.categories)
    .where('fire.window', 'in', windows)
    .execute();
}

/**
 * A trigger that is about to fire, with the app that gave its URL; null for the account's own URL.
 */
export type FiringTrigger = UsageTrigger & {
  readonly connect_app_sid: string | null;
  readonly app_owner_sid: string | null;
};

/**
 * Reads triggers and locks them until the transaction ends, in the order of their SIDs, so that
 * none is deleted or stopped while it fires.
 */
export async function lockArmedTriggers(
  tx: Tx,
  engine: Engine,
  sids: readonly string[],
): Promise<FiringTrigger[]> {
  const query = tx
    .selectFrom('usage_triggers')
    .leftJoin('grants', 'grants.sid', 'usage_triggers.callback_by_grant')
    .leftJoin('connect_apps', 'connect_apps.sid', 'grants.connect_app_sid')
    .selectAll('usage_triggers')
    .select(['connect_apps.sid as connect_app_sid', 'connect_apps.account_sid as app_owner_sid'])
    .where('usage_triggers.sid', 'in', sids)
    .where('usage_triggers.callback_url', 'is not', null)
    .orderBy('usage_triggers.sid');
  return (engine === 'sqlite' ? query : query.forUpdate('usage_triggers')).execute();
}

/** Claims windows for triggers. @returns the fires that are new */
export const insertFires = preparedRows((db, fires: UsageTriggerFire[]) =>
  db
    .insertInto('usage_trigger_fires')
    .values(fires)
    .onConflict((conflict) => conflict.columns(['trigger_sid', 'window', 'root_sid']).doNothing())
    .returning(['trigger_sid', 'window']),
);

/** Writes the delivery of each fire. */
export const linkFires = preparedRows((db, fires: UsageTriggerFire[]) =>
  db
    .insertInto('usage_trigger_fires')
    .values(fires)
    .onConflict((conflict) =>
      conflict
        .columns(['trigger_sid', 'window', 'root_sid'])
        .doUpdateSet((eb) => ({ delivery_sid: eb.ref('excluded.delivery_sid') })),
    ),
);

export async function markFired(tx: Tx, sids: readonly string[], now: EpochMs): Promise<void> {
  await tx
    .updateTable('usage_triggers')
    .set({ date_fired: now, date_updated: now })
    .where('sid', 'in', sids)
    .execute();
}

/**
 * Deletes old fires, the oldest first: fires before `fires`, and for windows of years fires before
 * `yearly`. A fire in the window of all time stays as long as its trigger. A fire stays while its
 * callback is in the outbox.
 * @returns the number of deleted rows
 */
export async function deleteOldFires(
  tx: Tx,
  old: { readonly fires: EpochMs; readonly yearly: EpochMs; readonly last_year: number },
  limit: number,
): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('usage_trigger_fires')
    .where((eb) =>
      eb(
        eb.refTuple('trigger_sid', 'window'),
        'in',
        eb
          .selectFrom('usage_trigger_fires as fire')
          .leftJoin('usage_triggers as trigger', 'trigger.sid', 'fire.trigger_sid')
          .leftJoin('deliveries as delivery', 'delivery.sid', 'fire.delivery_sid')
          .select(['fire.trigger_sid', 'fire.window'])
          .where('fire.date_created', '<=', old.fires)
          .where('delivery.sid', 'is', null)
          .where((is) =>
            is.or([
              is('fire.window', '>', old.last_year),
              is.and([is('fire.window', '>', 0), is('fire.date_created', '<=', old.yearly)]),
              is.and([is('fire.window', '=', 0), is('trigger.sid', 'is', null)]),
            ]),
          )
          .orderBy('fire.date_created')
          .limit(limit)
          .$asTuple('trigger_sid', 'window'),
      ),
    )
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
