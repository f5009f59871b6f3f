import type { Db } from '../../db/database.ts';
import { fetchPage, type Page, type PageRequest } from '../../db/keyset.ts';
import type { UsageTrigger } from '../../usage/usage-trigger.ts';
import type { UsageTriggerFire } from '../../usage/usage-trigger-store.ts';
import { listAttempts } from '../../webhooks/delivery-store.ts';
import type { Attempt, Delivery } from '../../webhooks/webhook.ts';
import { treeOf } from '../parts/doer-store.ts';

/** Reads triggers, fires and callbacks for the pages of an account. */

/** The triggers of a main account and its subaccounts, newest first. */
export function listTriggersOfTree(
  db: Db,
  root_sid: string,
  page: PageRequest,
): Promise<Page<UsageTrigger>> {
  const query = db
    .selectFrom('usage_triggers')
    .selectAll()
    .where('account_sid', 'in', treeOf(db, root_sid));
  return fetchPage(query, page);
}

/** A trigger of a main account or of one of its subaccounts. */
export async function fetchTriggerOfTree(
  db: Db,
  root_sid: string,
  sid: string,
): Promise<UsageTrigger | undefined> {
  return db
    .selectFrom('usage_triggers')
    .selectAll()
    .where('root_sid', '=', root_sid)
    .where('sid', '=', sid)
    .executeTakeFirst();
}

/** A window in which a trigger fired, with the state of its callback. */
export interface ShownFire extends UsageTriggerFire {
  /** Absent after the callback was pruned. */
  readonly delivery: Delivery | undefined;
  /** The newest attempt of the callback. */
  readonly last: Attempt | undefined;
}

/** The newest fire of each of some triggers, by the trigger's SID. */
export async function fetchLastFires(
  db: Db,
  trigger_sids: readonly string[],
): Promise<ReadonlyMap<string, ShownFire>> {
  if (trigger_sids.length === 0) return new Map();
  const fires = await db
    .selectFrom('usage_trigger_fires as fire')
    .innerJoin(
      (eb) =>
        eb
          .selectFrom('usage_trigger_fires')
          .select(({ fn }) => ['trigger_sid', fn.max('window').as('newest')])
          .where('trigger_sid', 'in', trigger_sids)
          .groupBy('trigger_sid')
          .as('last'),
      (join) =>
        join
          .onRef('last.trigger_sid', '=', 'fire.trigger_sid')
          .onRef('last.newest', '=', 'fire.window'),
    )
    .selectAll('fire')
    .execute();
  return new Map((await withCallbacks(db, fires)).map((fire) => [fire.trigger_sid, fire]));
}

/** The newest fires of a trigger. */
export async function listFires(db: Db, trigger_sid: string, limit: number): Promise<ShownFire[]> {
  const fires = await db
    .selectFrom('usage_trigger_fires')
    .selectAll()
    .where('trigger_sid', '=', trigger_sid)
    .orderBy('window', 'desc')
    .limit(limit)
    .execute();
  return withCallbacks(db, fires);
}

async function withCallbacks(db: Db, fires: readonly UsageTriggerFire[]): Promise<ShownFire[]> {
  const sids = fires.flatMap(({ delivery_sid }) => delivery_sid ?? []);
  if (sids.length === 0) {
    return fires.map((fire) => ({ ...fire, delivery: undefined, last: undefined }));
  }
  const deliveries = await db
    .selectFrom('deliveries')
    .selectAll()
    .where('sid', 'in', sids)
    .execute();
  const bySid = new Map(deliveries.map((delivery) => [delivery.sid, delivery]));
  // Of the attempts of one delivery, the map keeps the last.
  const last = new Map((await listAttempts(db, sids)).map((one) => [one.delivery_sid, one]));
  return fires.map((fire) => {
    const sid = fire.delivery_sid ?? '';
    return { ...fire, delivery: bySid.get(sid), last: last.get(sid) };
  });
}

/** A callback of a fire of this trigger. */
export async function fetchCallback(
  db: Db,
  trigger_sid: string,
  delivery_sid: string,
): Promise<Delivery | undefined> {
  return db
    .selectFrom('deliveries')
    .innerJoin('usage_trigger_fires as fire', 'fire.delivery_sid', 'deliveries.sid')
    .selectAll('deliveries')
    .where('fire.trigger_sid', '=', trigger_sid)
    .where('deliveries.sid', '=', delivery_sid)
    .executeTakeFirst();
}

/** The app of a grant, and whether it may still act. */
export interface AppOfGrant {
  readonly grant_sid: string;
  readonly friendly_name: string;
  readonly date_revoked: number | null;
}

export async function fetchAppsOfGrants(
  db: Db,
  grant_sids: readonly string[],
): Promise<ReadonlyMap<string, AppOfGrant>> {
  if (grant_sids.length === 0) return new Map();
  const rows = await db
    .selectFrom('grants as grant')
    .innerJoin('connect_apps as app', 'app.sid', 'grant.connect_app_sid')
    .where('grant.sid', 'in', grant_sids)
    .select(['grant.sid as grant_sid', 'grant.date_revoked', 'app.friendly_name'])
    .execute();
  return new Map(rows.map((row) => [row.grant_sid, row]));
}
