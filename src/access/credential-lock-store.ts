import { type SqlBool, sql } from 'kysely';
import type { Db } from '../db/database.ts';
import { heldBy } from '../db/hold-accounts.ts';
import { prepared } from '../db/prepared.ts';

/**
 * Locks a grant until the transaction ends, so that a revoke by another process waits or was seen.
 * SQLite has one writer and needs no lock.
 */
export async function lockGrant(tx: Db, grant_sid: string): Promise<void> {
  const held = heldBy(tx, HELD);
  if (held.has(grant_sid)) return;
  await shareGrant(tx, { sid: grant_sid });
  held.add(grant_sid);
}

const HELD = Symbol('grants');

/**
 * Locks the tokens of an account, or an API key, until the transaction ends. A change of the token
 * by another transaction waits, or was seen.
 */
export async function lockCredential(tx: Db, sid: string): Promise<void> {
  const held = heldBy(tx, CREDENTIALS);
  if (held.has(sid)) return;
  await (sid.startsWith('SK') ? shareKey(tx, { sid }) : shareTokens(tx, { sid }));
  held.add(sid);
}

const CREDENTIALS = Symbol('credentials');

/**
 * Locks the tokens of accounts, as far as they are free, and waits for none. An account counts as
 * locked if all its tokens are.
 */
export async function lockFreeTokens(tx: Db, account_sids: readonly string[]): Promise<void> {
  const held = heldBy(tx, CREDENTIALS);
  const wanted = account_sids.filter((sid) => !held.has(sid));
  if (wanted.length === 0) return;
  for (const { sid } of await shareFreeTokens(tx, { sids: `{${wanted.join()}}` })) held.add(sid);
}

const shareFreeTokens = prepared((db, { sids }: { sids: string }) =>
  db
    .selectFrom((eb) =>
      eb
        .selectFrom('auth_tokens')
        .select('account_sid')
        .where(sql<SqlBool>`account_sid = any(cast(${sids} as text[]))`)
        .forKeyShare()
        .skipLocked()
        .as('free'),
    )
    .select('free.account_sid as sid')
    .groupBy('free.account_sid')
    .having((eb) =>
      eb(
        eb.fn.countAll(),
        '=',
        eb
          .selectFrom('auth_tokens as token')
          .select(eb.fn.countAll().as('count'))
          .whereRef('token.account_sid', '=', 'free.account_sid'),
      ),
    ),
);

const shareTokens = prepared((db, { sid }: { sid: string }) =>
  db.selectFrom('auth_tokens').select('slot').where('account_sid', '=', sid).forKeyShare(),
);

const shareKey = prepared((db, { sid }: { sid: string }) =>
  db.selectFrom('api_keys').select('sid').where('sid', '=', sid).forKeyShare(),
);

const shareGrant = prepared((db, { sid }: { sid: string }) =>
  db.selectFrom('grants').select('sid').where('sid', '=', sid).forShare(),
);
