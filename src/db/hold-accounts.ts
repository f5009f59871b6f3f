import { type SqlBool, sql } from 'kysely';
import type { Db, Engine, Tx } from './database.ts';
import { prepared } from './prepared.ts';
import { mayWait, NotYetError } from './write-queue.ts';

/** In the order of their SIDs, which are given as PostgreSQL writes an array. */
const selectAccounts = (db: Db, sids: string) =>
  db
    .selectFrom('accounts')
    .select('sid')
    .where(sql<SqlBool>`sid = any(cast(${sids} as text[]))`)
    .orderBy('sid')
    .forNoKeyUpdate();

const waitForAccounts = prepared((db, { sids }: { sids: string }) => selectAccounts(db, sids));
const takeFreeAccounts = prepared((db, { sids }: { sids: string }) =>
  selectAccounts(db, sids).skipLocked(),
);

/**
 * Holds the rows of accounts until the transaction ends, in the order of their SIDs: processes
 * that change what hangs together under an account do so one after the other. SQLite has one
 * writer and needs no lock.
 *
 * A transaction that holds some accounts and waits for others can meet one that does the opposite.
 * So only the first deed of a transaction waits. A later one takes what is free, and otherwise
 * asks to be the first of the next.
 *
 * @param sids of accounts that are there
 * @throws NotYetError, which the write queue answers
 */
export async function holdAccounts(
  tx: Tx,
  engine: Engine,
  sids: ReadonlySet<string>,
): Promise<void> {
  if (engine === 'sqlite') return;
  const take = mayWait(tx) ? waitForAccounts : takeFreeAccounts;
  const held = await take(tx, { sids: `{${[...sids].join()}}` });
  if (held.length < sids.size && !mayWait(tx)) throw new NotYetError();
}
