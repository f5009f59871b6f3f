import type { Insertable } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import { fetchPage, type Page, type PageRequest } from '../db/keyset.ts';
import type { Tables } from '../db/tables/tables.ts';
import type { Grant, GrantWithApp } from './grant.ts';

export async function insertGrant(tx: Tx, grant: Insertable<Tables['grants']>): Promise<Grant> {
  return tx.insertInto('grants').values(grant).returningAll().executeTakeFirstOrThrow();
}

/** The grant of a customer to an app, standing or revoked. */
export async function fetchGrant(
  db: Db,
  connect_app_sid: string,
  account_sid: string,
): Promise<Grant | undefined> {
  return db
    .selectFrom('grants')
    .selectAll()
    .where('connect_app_sid', '=', connect_app_sid)
    .where('account_sid', '=', account_sid)
    .executeTakeFirst();
}

/** The apps that an account has authorised, each with its newest authorisation. */
export function listGrants(
  db: Db,
  account_sid: string,
  page: PageRequest,
): Promise<Page<GrantWithApp>> {
  return fetchPage(standingGrants(db, account_sid), page);
}

export async function fetchGrantWithApp(
  db: Db,
  account_sid: string,
  connect_app_sid: string,
): Promise<GrantWithApp | undefined> {
  return standingGrants(db, account_sid)
    .where('connect_app_sid', '=', connect_app_sid)
    .executeTakeFirst();
}

/** A subquery of the standing grants. It lets a list sort and filter by the grant's own columns. */
function standingGrants(db: Db, account_sid: string) {
  return db
    .selectFrom(
      db
        .selectFrom('grants as grant')
        .innerJoin('connect_apps as app', 'app.sid', 'grant.connect_app_sid')
        .where('grant.account_sid', '=', account_sid)
        .where('grant.date_revoked', 'is', null)
        .where('app.date_deleted', 'is', null)
        .selectAll('grant')
        .select(['app.company_name', 'app.description', 'app.friendly_name', 'app.homepage_url'])
        .as('grants'),
    )
    .selectAll();
}

/** The standing grant that a subaccount belongs to. */
export async function fetchGrantOfSubaccount(
  db: Db,
  subaccount_sid: string,
): Promise<Grant | undefined> {
  return db
    .selectFrom('grants')
    .selectAll()
    .where('subaccount_sid', '=', subaccount_sid)
    .where('date_revoked', 'is', null)
    .executeTakeFirst();
}

/** The standing grants of an app, by all of its customers. */
export async function fetchGrantsOfApp(db: Db, connect_app_sid: string): Promise<Grant[]> {
  return db
    .selectFrom('grants')
    .selectAll()
    .where('connect_app_sid', '=', connect_app_sid)
    .where('date_revoked', 'is', null)
    .orderBy('sid')
    .execute();
}

/** Renews a grant, standing or revoked. */
export async function renewGrant(
  tx: Tx,
  sid: string,
  changes: Pick<Grant, 'permissions' | 'date_ends' | 'date_updated'>,
): Promise<Grant> {
  return tx
    .updateTable('grants')
    .set(({ eb }) => ({ ...changes, version: eb('version', '+', 1), date_revoked: null }))
    .where('sid', '=', sid)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** @returns whether the grant stood. */
export async function markGrantRevoked(tx: Tx, sid: string, now: number): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('grants')
    .set({ date_revoked: now, date_updated: now })
    .where('sid', '=', sid)
    .where('date_revoked', 'is', null)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

/** The limits that a customer or the operator sets for a grant. They stay through a revoke. */
export type GrantLimits = Pick<Grant, 'monthly_limit_micro' | 'countries' | 'date_ends'>;

export async function updateGrantLimits(
  tx: Tx,
  sid: string,
  limits: Partial<GrantLimits>,
): Promise<Grant> {
  return tx
    .updateTable('grants')
    .set(limits)
    .where('sid', '=', sid)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Finds a grant by its SID, standing or revoked. */
export async function findGrant(db: Db, sid: string): Promise<Grant | undefined> {
  return db.selectFrom('grants').selectAll().where('sid', '=', sid).executeTakeFirst();
}
