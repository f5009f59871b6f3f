import type { Insertable, Updateable } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import type { Tables } from '../db/tables/tables.ts';
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

/** Writes another token into a slot. */
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
