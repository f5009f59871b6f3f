import type { Insertable } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import { fetchPage, type Page, type PageRequest } from '../db/keyset.ts';
import { countRows } from '../db/limit.ts';
import type { Tables } from '../db/tables/tables.ts';
import type { ApiKey } from './api-key.ts';

const COLUMNS = [
  'sid',
  'account_sid',
  'friendly_name',
  'kind',
  'created_by_grant',
  'date_created',
  'date_updated',
] as const satisfies readonly (keyof ApiKey)[];

export async function insertApiKey(tx: Tx, key: Insertable<Tables['api_keys']>): Promise<ApiKey> {
  return tx.insertInto('api_keys').values(key).returning(COLUMNS).executeTakeFirstOrThrow();
}

export function listApiKeys(db: Db, account_sid: string, page: PageRequest): Promise<Page<ApiKey>> {
  const query = db.selectFrom('api_keys').select(COLUMNS).where('account_sid', '=', account_sid);
  return fetchPage(query, page);
}

export function countApiKeys(tx: Tx, account_sid: string): Promise<number> {
  const rows = tx.selectFrom('api_keys').where('account_sid', '=', account_sid);
  return countRows(rows);
}

export async function fetchApiKey(
  db: Db,
  account_sid: string,
  sid: string,
): Promise<ApiKey | undefined> {
  return db
    .selectFrom('api_keys')
    .select(COLUMNS)
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .executeTakeFirst();
}

export async function updateApiKey(
  tx: Tx,
  account_sid: string,
  sid: string,
  changes: { friendly_name: string | null; date_updated: number },
): Promise<ApiKey | undefined> {
  return tx
    .updateTable('api_keys')
    .set(changes)
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .returning(COLUMNS)
    .executeTakeFirst();
}

/** @returns whether the key existed */
export async function deleteApiKey(tx: Tx, account_sid: string, sid: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('api_keys')
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

/** Deletes the keys that a grant's app made. @returns their number */
export async function deleteApiKeysOfGrant(
  tx: Tx,
  account_sid: string,
  grant_sid: string,
): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('api_keys')
    .where('account_sid', '=', account_sid)
    .where('created_by_grant', '=', grant_sid)
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

/** All keys of an account, newest first, for the operator: `MAX_KEYS` at most. */
export async function listEveryApiKey(db: Db, account_sid: string): Promise<ApiKey[]> {
  return db
    .selectFrom('api_keys')
    .select(COLUMNS)
    .where('account_sid', '=', account_sid)
    .orderBy('date_created', 'desc')
    .orderBy('sid', 'desc')
    .execute();
}
