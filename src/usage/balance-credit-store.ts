import { sql } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import type { Micro } from '../kit/money.ts';
import type { BalanceCredit } from './balance-credit.ts';

/** Writes a credit. @returns false when the account already has a credit with this key */
export async function insertCredit(tx: Tx, credit: BalanceCredit): Promise<boolean> {
  const inserted = await tx
    .insertInto('balance_credits')
    .values(credit)
    .onConflict((conflict) => conflict.doNothing())
    .returning('key')
    .executeTakeFirst();
  return inserted !== undefined;
}

export async function fetchCredit(
  db: Db,
  account_sid: string,
  key: string,
): Promise<BalanceCredit | undefined> {
  return db
    .selectFrom('balance_credits')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('key', '=', key)
    .executeTakeFirst();
}

/** An account's credits, newest first. */
export async function listCredits(
  db: Db,
  account_sid: string,
  limit: number,
): Promise<BalanceCredit[]> {
  return db
    .selectFrom('balance_credits')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .orderBy('date_created', 'desc')
    .orderBy('key', 'desc')
    .limit(limit)
    .execute();
}

/** The sum of an account's credits. */
export async function sumCredits(db: Db, account_sid: string): Promise<Micro> {
  const { credited } = await db
    .selectFrom('balance_credits')
    .select(sql<string | null>`cast(sum(amount_micro) as text)`.as('credited'))
    .where('account_sid', '=', account_sid)
    .executeTakeFirstOrThrow();
  return Number(credited ?? 0);
}

/** Adds to the balance of a main account, and locks its row until the transaction ends. */
export async function addToBalance(tx: Tx, sid: string, amount_micro: Micro): Promise<Micro> {
  const { balance_micro } = await tx
    .updateTable('accounts')
    .set((eb) => ({ balance_micro: eb('balance_micro', '+', amount_micro) }))
    .where('sid', '=', sid)
    .returning('balance_micro')
    .executeTakeFirstOrThrow();
  return balance_micro;
}
