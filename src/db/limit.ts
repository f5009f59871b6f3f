import type { SelectQueryBuilder } from 'kysely';
import { badRequest } from '../kit/api-error.ts';
import type { Engine, Tx } from './database.ts';
import type { Tables } from './tables/tables.ts';

/**
 * Holds an account's row until the transaction ends, so that processes which count its things
 * against a limit do so one after the other. SQLite has one writer and needs no lock.
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

/** How many rows a query finds. */
export async function countRows<Name extends keyof Tables>(
  query: SelectQueryBuilder<Tables, Name, object>,
): Promise<number> {
  const { count } = await query
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

/** Something that an account, or one of its things, may have so many of. */
export interface Limit {
  readonly account_sid: string;
  readonly max: number;
  /** What the refusal says of it: `An account may have 100 BYOC trunks`. */
  readonly rule: string;
  readonly count: () => Promise<number>;
}

/** @throws ApiError 400/20001 when there are as many as there may be. */
export async function demandRoom(tx: Tx, engine: Engine, limit: Limit): Promise<void> {
  await lockAccount(tx, engine, limit.account_sid);
  if ((await limit.count()) >= limit.max) throw badRequest(limit.rule);
}
