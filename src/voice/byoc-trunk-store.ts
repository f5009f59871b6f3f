import type { Insertable, Updateable } from 'kysely';
import { fetchPage, type Page, type PageRequest } from '../db/keyset.ts';
import { countRows } from '../db/limit.ts';
import type { Db, Tx } from '../db/open-database.ts';
import type { Tables } from '../db/tables.ts';
import type { ByocTrunk } from './byoc-trunk.ts';

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

/** A trunk that routes over this policy, if there is one. */
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

/** @returns whether there was such a trunk. */
export async function deleteTrunk(tx: Tx, account_sid: string, sid: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('byoc_trunks')
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}
