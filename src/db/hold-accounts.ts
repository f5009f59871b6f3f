import { type SqlBool, sql } from 'kysely';
import type { Db, Engine, Tx } from './database.ts';
import { scopeOf } from './deed-scope.ts';
import { prepared } from './prepared.ts';
import { mayWait, NotYetError } from './run-deeds.ts';

/**
 * Selects accounts in the order of their SIDs. `sids` is an array in PostgreSQL's text form. The
 * inner `select` lets PostgreSQL keep its plan, as in `prepared-rows.ts`.
 */
const selectAccounts = (db: Db, sids: string) =>
  db
    .selectFrom('accounts')
    .select('sid')
    .where(sql<SqlBool>`sid = any((select cast(${sids} as text[]))::text[])`)
    .orderBy('sid')
    .forNoKeyUpdate();

const waitForAccounts = prepared((db, { sids }: { sids: string }) => selectAccounts(db, sids));
const takeFreeAccounts = prepared((db, { sids }: { sids: string }) =>
  selectAccounts(db, sids).skipLocked(),
);

/**
 * Locks the rows of accounts until the transaction ends, in the order of their SIDs. Processes that
 * change related rows of one account then do so one after the other. SQLite has one writer and
 * needs no lock.
 *
 * Two transactions that each hold some accounts and wait for those of the other would wait for
 * ever. Only the first deed of a transaction therefore waits. A later deed takes accounts that are
 * free; if one is not, the deed runs as the first of the next transaction.
 *
 * @param sids of accounts that exist
 * @throws NotYetError for a later deed; the write queue catches it
 */
export async function holdAccounts(
  tx: Tx,
  engine: Engine,
  sids: ReadonlySet<string>,
): Promise<void> {
  if (engine === 'sqlite') return;
  const held = heldBy(tx, HELD);
  const wanted = [...sids].filter((sid) => !held.has(sid));
  if (wanted.length === 0) return;
  const take = mayWait(tx) ? waitForAccounts : takeFreeAccounts;
  const taken = await take(tx, { sids: `{${wanted.join()}}` });
  if (taken.length < wanted.length && !mayWait(tx)) throw new NotYetError();
  for (const sid of wanted) held.add(sid);
}

/**
 * Locks the accounts that are free, and waits for none.
 * @returns all accounts that this transaction holds now
 */
export async function holdFreeAccounts(
  tx: Tx,
  sids: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const held = heldBy(tx, HELD);
  const wanted = [...sids].filter((sid) => !held.has(sid));
  if (wanted.length === 0) return held;
  for (const { sid } of await takeFreeAccounts(tx, { sids: `{${wanted.join()}}` })) held.add(sid);
  return held;
}

const HELD = Symbol('accounts');

/** Whether the transaction holds an account. */
export function holdsAccount(tx: Tx, sid: string): boolean {
  return heldBy(tx, HELD).has(sid);
}

/** The rows of a kind that the transaction has locked. */
export function heldBy(tx: Db, kind: symbol): Set<string> {
  return scopeOf(tx)?.kept(kind, () => new Set<string>()) ?? new Set();
}
