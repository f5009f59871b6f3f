import type { Insertable, Updateable } from 'kysely';
import type { Db, Tx } from '../db/open-database.ts';
import type { Tables } from '../db/tables.ts';
import type { AuthToken } from './auth-token.ts';

export async function insertAuthToken(
  tx: Tx,
  token: Insertable<Tables['auth_tokens']>,
): Promise<void> {
  await tx.insertInto('auth_tokens').values(token).execute();
}

/** The primary tokens of some accounts, sealed. */
export async function fetchPrimaryTokens(
  db: Db,
  account_sids: readonly string[],
): Promise<AuthToken[]> {
  if (account_sids.length === 0) return [];
  return db
    .selectFrom('auth_tokens')
    .selectAll()
    .where('account_sid', 'in', account_sids)
    .where('slot', '=', 'primary')
    .execute();
}

/** An account's tokens, sealed, the primary one first. */
export async function fetchTokens(db: Db, account_sid: string): Promise<AuthToken[]> {
  return db
    .selectFrom('auth_tokens')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .orderBy('slot')
    .execute();
}

export async function deleteToken(
  tx: Tx,
  { account_sid, slot }: Pick<AuthToken, 'account_sid' | 'slot'>,
): Promise<void> {
  await tx
    .deleteFrom('auth_tokens')
    .where('account_sid', '=', account_sid)
    .where('slot', '=', slot)
    .execute();
}

/** Some tokens that a key other than `key_id` sealed, for sealing them anew. */
export async function fetchTokensNotSealedBy(
  tx: Tx,
  key_id: string,
  limit: number,
): Promise<AuthToken[]> {
  return tx
    .selectFrom('auth_tokens')
    .selectAll()
    .where('sealed_with', '!=', key_id)
    .limit(limit)
    .execute();
}

/** Writes the token of a slot anew: another one, or the same one under another key. */
export async function updateSealedToken(
  tx: Tx,
  { account_sid, slot }: Pick<AuthToken, 'account_sid' | 'slot'>,
  changes: Updateable<Tables['auth_tokens']> & Pick<AuthToken, 'sealed' | 'sealed_with'>,
): Promise<void> {
  await tx
    .updateTable('auth_tokens')
    .set(changes)
    .where('account_sid', '=', account_sid)
    .where('slot', '=', slot)
    .execute();
}

/** The ids of the keys that any token is sealed with. */
export async function listKeysInUse(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('auth_tokens').select('sealed_with').distinct().execute();
  return rows.map(({ sealed_with }) => sealed_with);
}
