import type { Insertable, Updateable } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import { fetchPage, type Page, type PageRequest } from '../db/keyset.ts';
import { countRows } from '../db/limit.ts';
import type { Tables } from '../db/tables/tables.ts';
import type { EpochMs } from '../kit/utc.ts';
import { type ByocTrunk, withoutUrlsOf } from './byoc-trunk.ts';

export async function insertTrunk(
  tx: Tx,
  trunk: Insertable<Tables['byoc_trunks']>,
): Promise<ByocTrunk> {
  return tx.insertInto('byoc_trunks').values(trunk).returningAll().executeTakeFirstOrThrow();
}

export function listTrunks(
  db: Db,
  account_sid: string,
  page: PageRequest,
): Promise<Page<ByocTrunk>> {
  const query = db.selectFrom('byoc_trunks').selectAll().where('account_sid', '=', account_sid);
  return fetchPage(query, page);
}

export function countTrunks(tx: Tx, account_sid: string): Promise<number> {
  const rows = tx.selectFrom('byoc_trunks').where('account_sid', '=', account_sid);
  return countRows(rows);
}

export async function fetchTrunk(
  db: Db,
  account_sid: string,
  sid: string,
): Promise<ByocTrunk | undefined> {
  return db
    .selectFrom('byoc_trunks')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .executeTakeFirst();
}

/** Finds a trunk in any account. */
export async function findTrunk(db: Db, sid: string): Promise<ByocTrunk | undefined> {
  return db.selectFrom('byoc_trunks').selectAll().where('sid', '=', sid).executeTakeFirst();
}

/** A trunk that uses this policy, if any does. */
export async function findTrunkOfPolicy(
  db: Db,
  account_sid: string,
  connection_policy_sid: string,
): Promise<ByocTrunk | undefined> {
  return db
    .selectFrom('byoc_trunks')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('connection_policy_sid', '=', connection_policy_sid)
    .orderBy('sid')
    .limit(1)
    .executeTakeFirst();
}

export async function updateTrunk(
  tx: Tx,
  account_sid: string,
  sid: string,
  changes: Updateable<Tables['byoc_trunks']>,
): Promise<ByocTrunk | undefined> {
  return tx
    .updateTable('byoc_trunks')
    .set(changes)
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .returningAll()
    .executeTakeFirst();
}

/** @returns whether the trunk existed. */
export async function deleteTrunk(tx: Tx, account_sid: string, sid: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('byoc_trunks')
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

/** The columns of a trunk without any URL and without a policy. */
const UNPLUGGED = {
  voice_url: null,
  voice_fallback_url: null,
  status_callback_url: null,
  connection_policy_sid: null,
} as const;

/**
 * Removes URLs and policies that a grant's app set on trunks. @returns the number of changed
 * trunks.
 */
export async function unplugTrunksOfGrant(
  tx: Tx,
  account_sid: string,
  grant_sid: string,
  now: EpochMs,
): Promise<number> {
  const unplugged = await unplugTrunksMadeBy(tx, account_sid, grant_sid, now);
  const others = await tx
    .selectFrom('byoc_trunks')
    .select(['sid', 'url_grants'])
    .where('account_sid', '=', account_sid)
    .where('url_grants', 'like', `%"${grant_sid}"%`)
    .orderBy('sid')
    .execute();
  for (const trunk of others) {
    const cleared = { ...withoutUrlsOf(trunk, grant_sid), date_updated: now };
    await updateTrunk(tx, account_sid, trunk.sid, cleared);
  }
  return unplugged + others.length;
}

async function unplugTrunksMadeBy(
  tx: Tx,
  account_sid: string,
  grant_sid: string,
  now: EpochMs,
): Promise<number> {
  const columns = Object.keys(UNPLUGGED) as (keyof typeof UNPLUGGED)[];
  const { numUpdatedRows } = await tx
    .updateTable('byoc_trunks')
    .set({ ...UNPLUGGED, url_grants: '{}', date_updated: now })
    .where('account_sid', '=', account_sid)
    .where('created_by_grant', '=', grant_sid)
    .where((eb) => eb.or(columns.map((column) => eb(column, 'is not', null))))
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}
