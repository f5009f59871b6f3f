import type { SelectQueryBuilder } from 'kysely';
import { badRequest } from '../kit/api-error.ts';
import type { Engine, Tx } from './database.ts';
import type { Tables } from './tables/tables.ts';

/**
 * Locks an account's row until the transaction ends, so that processes check its limits one after
 * the other. SQLite has one writer and needs no lock.
 */
export async function lockAccount(tx: Tx, engine: Engine, account_sid: string): Promise<void> {
  if (engine === 'sqlite') return;
  await tx
    .selectFrom('accounts')
    .select('sid')
    .where('sid', '=', account_sid)
    .forUpdate()
    .execute();
}

/** Counts the rows that a query finds. */
export async function countRows<Name extends keyof Tables>(
  query: SelectQueryBuilder<Tables, Name, object>,
): Promise<number> {
  const { count } = await query
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

/** The most rows of a kind that an account, or one of its things, may have. */
export interface Limit {
  readonly account_sid: string;
  readonly max: number;
  /** The rule in the words of the refusal: `An account may have 100 BYOC trunks`. */
  readonly rule: string;
  readonly count: () => Promise<number>;
}

/** @throws ApiError 400/20001 when the limit is reached. */
export async function demandRoom(tx: Tx, engine: Engine, limit: Limit): Promise<void> {
  await lockAccount(tx, engine, limit.account_sid);
  if ((await limit.count()) >= limit.max) throw badRequest(limit.rule);
}
