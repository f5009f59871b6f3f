import { sql } from 'kysely';
import type { Db } from '../../db/database.ts';
import type { Day } from '../../kit/day.ts';
import type { Micro } from '../../kit/money.ts';
import type { EpochMs } from '../../kit/utc.ts';
import { treeOf } from '../parts/doer-store.ts';

/** Reads facts about one account for its overview. Each query has a limit and an index. */

/** An app that may act on the account, with its limit and its times. */
export interface ActingApp {
  readonly grant_sid: string;
  readonly connect_app_sid: string;
  readonly subaccount_sid: string;
  readonly friendly_name: string;
  readonly company_name: string | null;
  readonly granted: string;
  readonly asked: string;
  readonly monthly_limit_micro: Micro | null;
  readonly countries: string | null;
  readonly date_last_used: EpochMs | null;
}

/** The newest apps that an account authorised. */
export function listActingApps(db: Db, account_sid: string, limit: number): Promise<ActingApp[]> {
  return db
    .selectFrom('grants as grant')
    .innerJoin('connect_apps as app', 'app.sid', 'grant.connect_app_sid')
    .leftJoin('grant_uses as used', 'used.grant_sid', 'grant.sid')
    .where('grant.account_sid', '=', account_sid)
    .where('grant.date_revoked', 'is', null)
    .select([
      'grant.sid as grant_sid',
      'grant.connect_app_sid',
      'grant.subaccount_sid',
      'grant.permissions as granted',
      'grant.monthly_limit_micro',
      'grant.countries',
      'app.friendly_name',
      'app.company_name',
      'app.permissions as asked',
      'used.date_last_used',
    ])
    .orderBy('grant.date_created', 'desc')
    .orderBy('grant.sid', 'desc')
    .limit(limit)
    .execute();
}

/** The spending of some subaccounts from one day to another, by SID. */
export async function fetchSpendingOf(
  db: Db,
  root_sid: string,
  subaccount_sids: readonly string[],
  { period, first, last }: { period: 'd' | 'm'; first: Day; last: Day },
): Promise<ReadonlyMap<string, Micro>> {
  if (subaccount_sids.length === 0) return new Map();
  const rows = await db
    .selectFrom('usage_counters')
    .where('root_sid', '=', root_sid)
    .where('account_sid', 'in', subaccount_sids)
    .where('scope', '=', 'own')
    .where('period', '=', period)
    .where('start', '>=', first)
    .where('start', '<=', last)
    .where('category', '=', 'totalprice')
    .groupBy('account_sid')
    // PostgreSQL's sum of bigints is a numeric, which the driver returns as text.
    .select(['account_sid', sql<Micro>`cast(sum(price_micro) as bigint)`.as('price_micro')])
    .execute();
  return new Map(rows.map(({ account_sid, price_micro }) => [account_sid, price_micro]));
}

/** An app of the account itself, with the customers who granted one set of permissions. */
export interface GrantedSet {
  readonly connect_app_sid: string;
  readonly friendly_name: string;
  readonly asked: string;
  /** Null for an app without customers. */
  readonly granted: string | null;
  readonly customers: number;
}

/** The customers of the newest apps of an account, by the permissions that they granted. */
export async function countCustomersOfApps(
  db: Db,
  account_sid: string,
  limit: number,
): Promise<GrantedSet[]> {
  const apps = await db
    .selectFrom('connect_apps')
    .select(['sid', 'friendly_name', 'permissions'])
    .where('account_sid', '=', account_sid)
    .where('date_deleted', 'is', null)
    .orderBy('date_created', 'desc')
    .orderBy('sid', 'desc')
    .limit(limit)
    .execute();
  if (apps.length === 0) return [];
  const sets = await db
    .selectFrom('grants')
    .select(({ fn }) => ['connect_app_sid', 'permissions', fn.countAll<number>().as('count')])
    .where(
      'connect_app_sid',
      'in',
      apps.map(({ sid }) => sid),
    )
    .where('date_revoked', 'is', null)
    .groupBy(['connect_app_sid', 'permissions'])
    .execute();
  return apps.flatMap(({ sid, friendly_name, permissions: asked }): GrantedSet[] => {
    const app = { connect_app_sid: sid, friendly_name, asked };
    const own = sets.filter(({ connect_app_sid }) => connect_app_sid === sid);
    if (own.length === 0) return [{ ...app, granted: null, customers: 0 }];
    return own.map((set) => ({ ...app, granted: set.permissions, customers: set.count }));
  });
}

/** The facts that tick the steps of the list of first steps. */
export interface FirstSteps {
  readonly has_number: boolean;
  readonly has_second_person: boolean;
  readonly has_trigger: boolean;
  readonly has_acted: boolean;
  /** Whether a customer revoked one of the account's own apps. */
  readonly has_revoke: boolean;
}

/** @param app_sids the account's own apps */
export async function fetchFirstSteps(
  db: Db,
  account_sid: string,
  app_sids: readonly string[],
): Promise<FirstSteps> {
  const [number, people, trigger, acted, revoked] = await Promise.all([
    db
      .selectFrom('incoming_phone_numbers')
      .select('sid')
      .where('account_sid', 'in', treeOf(db, account_sid))
      .limit(1)
      .execute(),
    db
      .selectFrom('memberships')
      .select('person_sid')
      .where('account_sid', '=', account_sid)
      .limit(2)
      .execute(),
    db
      .selectFrom('usage_triggers')
      .select('sid')
      .where('account_sid', 'in', treeOf(db, account_sid))
      .limit(1)
      .execute(),
    app_sids.length === 0 ? [] : findUse(db, app_sids),
    app_sids.length === 0 ? [] : findRevoke(db, app_sids),
  ]);
  return {
    has_number: number.length > 0,
    has_second_person: people.length > 1,
    has_trigger: trigger.length > 0,
    has_acted: acted.length > 0,
    has_revoke: revoked.length > 0,
  };
}

function findUse(db: Db, app_sids: readonly string[]) {
  return db
    .selectFrom('grants as grant')
    .innerJoin('grant_uses as used', 'used.grant_sid', 'grant.sid')
    .select('grant.sid')
    .where('grant.connect_app_sid', 'in', app_sids)
    .limit(1)
    .execute();
}

function findRevoke(db: Db, app_sids: readonly string[]) {
  return db
    .selectFrom('grants')
    .select('sid')
    .where('connect_app_sid', 'in', app_sids)
    .where('date_revoked', 'is not', null)
    .limit(1)
    .execute();
}

/** The time since which the account's primary token is in use; null: it has none. */
export async function fetchTokenDate(db: Db, account_sid: string): Promise<EpochMs | null> {
  const row = await db
    .selectFrom('auth_tokens')
    .select('date_created')
    .where('account_sid', '=', account_sid)
    .where('slot', '=', 'primary')
    .executeTakeFirst();
  return row?.date_created ?? null;
}
