import type { Insertable, Updateable } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import { fetchPage, type Page, type PageRequest } from '../db/keyset.ts';
import { countRows } from '../db/limit.ts';
import type { Tables } from '../db/tables/tables.ts';
import type { ConnectionPolicy } from './connection-policy.ts';

export async function insertPolicy(
  tx: Tx,
  policy: Insertable<Tables['connection_policies']>,
): Promise<ConnectionPolicy> {
  return tx
    .insertInto('connection_policies')
    .values(policy)
    .returningAll()
    .executeTakeFirstOrThrow();
}

export function listPolicies(
  db: Db,
  account_sid: string,
  page: PageRequest,
): Promise<Page<ConnectionPolicy>> {
  const query = db
    .selectFrom('connection_policies')
    .selectAll()
    .where('account_sid', '=', account_sid);
  return fetchPage(query, page);
}

export function countPolicies(tx: Tx, account_sid: string): Promise<number> {
  const rows = tx.selectFrom('connection_policies').where('account_sid', '=', account_sid);
  return countRows(rows);
}

export async function fetchPolicy(
  db: Db,
  account_sid: string,
  sid: string,
): Promise<ConnectionPolicy | undefined> {
  return db
    .selectFrom('connection_policies')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .executeTakeFirst();
}

export async function updatePolicy(
  tx: Tx,
  account_sid: string,
  sid: string,
  changes: Updateable<Tables['connection_policies']>,
): Promise<ConnectionPolicy | undefined> {
  return tx
    .updateTable('connection_policies')
    .set(changes)
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .returningAll()
    .executeTakeFirst();
}

export async function deletePolicyRow(tx: Tx, account_sid: string, sid: string): Promise<void> {
  await tx
    .deleteFrom('connection_policies')
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .execute();
}

/** A policy of any account, for the operator. */
export async function findPolicy(db: Db, sid: string): Promise<ConnectionPolicy | undefined> {
  return db.selectFrom('connection_policies').selectAll().where('sid', '=', sid).executeTakeFirst();
}
