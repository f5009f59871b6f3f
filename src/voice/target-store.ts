import { type Insertable, sql, type Updateable } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import { fetchPage, type Page, type PageRequest } from '../db/keyset.ts';
import { countRows } from '../db/limit.ts';
import type { Tables } from '../db/tables/tables.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { Target } from './connection-policy.ts';

/** The account and policy of a target, and the target itself. Every query checks all three. */
export interface TargetPlace {
  readonly account_sid: string;
  readonly connection_policy_sid: string;
  readonly sid: string;
}

export async function insertTarget(
  tx: Tx,
  target: Insertable<Tables['connection_policy_targets']>,
): Promise<Target> {
  return tx
    .insertInto('connection_policy_targets')
    .values(target)
    .returningAll()
    .executeTakeFirstOrThrow();
}

export function listTargets(
  db: Db,
  { account_sid, connection_policy_sid }: Omit<TargetPlace, 'sid'>,
  page: PageRequest,
): Promise<Page<Target>> {
  const query = db
    .selectFrom('connection_policy_targets')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('connection_policy_sid', '=', connection_policy_sid);
  return fetchPage(query, page);
}

export function countTargets(tx: Tx, connection_policy_sid: string): Promise<number> {
  const rows = tx
    .selectFrom('connection_policy_targets')
    .where('connection_policy_sid', '=', connection_policy_sid);
  return countRows(rows);
}

export async function fetchTarget(db: Db, place: TargetPlace): Promise<Target | undefined> {
  return db
    .selectFrom('connection_policy_targets')
    .selectAll()
    .where('account_sid', '=', place.account_sid)
    .where('connection_policy_sid', '=', place.connection_policy_sid)
    .where('sid', '=', place.sid)
    .executeTakeFirst();
}

export async function updateTarget(
  tx: Tx,
  place: TargetPlace,
  changes: Updateable<Tables['connection_policy_targets']>,
): Promise<Target | undefined> {
  return tx
    .updateTable('connection_policy_targets')
    .set(changes)
    .where('account_sid', '=', place.account_sid)
    .where('connection_policy_sid', '=', place.connection_policy_sid)
    .where('sid', '=', place.sid)
    .returningAll()
    .executeTakeFirst();
}

/** @returns whether the target existed. */
export async function deleteTarget(tx: Tx, place: TargetPlace): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('connection_policy_targets')
    .where('account_sid', '=', place.account_sid)
    .where('connection_policy_sid', '=', place.connection_policy_sid)
    .where('sid', '=', place.sid)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

export async function deleteTargetsOf(tx: Tx, connection_policy_sid: string): Promise<void> {
  await tx
    .deleteFrom('connection_policy_targets')
    .where('connection_policy_sid', '=', connection_policy_sid)
    .execute();
}

/**
 * Disables the targets that a grant's app made. @returns the number of targets that were enabled.
 */
export async function disableTargetsOfGrant(
  tx: Tx,
  account_sid: string,
  grant_sid: string,
  now: EpochMs,
): Promise<number> {
  const { numUpdatedRows } = await tx
    .updateTable('connection_policy_targets')
    .set({ enabled: 0, date_updated: now })
    .where('account_sid', '=', account_sid)
    .where('created_by_grant', '=', grant_sid)
    .where('enabled', '=', 1)
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

/** All targets of a policy, oldest first, for the operator. A policy has at most `MAX_POLICIES`. */
export function findTargetsOfPolicy(db: Db, connection_policy_sid: string): Promise<Target[]> {
  return db
    .selectFrom('connection_policy_targets')
    .selectAll()
    .where('connection_policy_sid', '=', connection_policy_sid)
    .orderBy('sid')
    .execute();
}

/** The targets of a policy that take calls, oldest first. */
export function listEnabledTargets(
  db: Db,
  account_sid: string,
  connection_policy_sid: string,
): Promise<Target[]> {
  return db
    .selectFrom('connection_policy_targets')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('connection_policy_sid', '=', connection_policy_sid)
    .where('enabled', '=', 1)
    .orderBy('sid')
    .execute();
}

/**
 * The addresses of enabled targets of policies that trunks use, those that were made first, first.
 * @param limits the most addresses, and the most targets of one account
 */
export async function listTargetsInUse(
  db: Db,
  { addresses, of_account }: { readonly addresses: number; readonly of_account: number },
): Promise<string[]> {
  const inUse = db
    .selectFrom('connection_policy_targets as target')
    .select(['target.target', 'target.sid'])
    .select(
      sql<number>`row_number() over (partition by target.account_sid order by target.sid)`.as(
        'place',
      ),
    )
    .where('target.enabled', '=', 1)
    .where('target.connection_policy_sid', 'in', (eb) =>
      eb
        .selectFrom('byoc_trunks')
        .select('connection_policy_sid')
        .where('connection_policy_sid', 'is not', null)
        .$castTo<{ connection_policy_sid: string }>(),
    );
  const rows = await db
    .selectFrom(inUse.as('in_use'))
    .select('target')
    .where('place', '<=', of_account)
    .groupBy('target')
    .orderBy((eb) => eb.fn.min('sid'))
    .limit(addresses)
    .execute();
  return rows.map(({ target }) => target);
}
