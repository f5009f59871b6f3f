import type { Insertable, Selectable } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import type { Tables } from '../db/tables/tables.ts';
import type { EpochMs } from '../kit/utc.ts';

export type IdempotencyKey = Selectable<Tables['idempotency_keys']>;
type Name = Pick<IdempotencyKey, 'account_sid' | 'caller_sid' | 'key'>;

/** A sealed answer, and the id of the key that sealed it. */
export interface SealedAnswer {
  readonly sealed: string;
  readonly sealed_with: string;
}

/**
 * Takes a key that is free, or that was taken at the date `expired` or before. Another process that
 * wants the same key at the same time waits until this transaction has ended.
 * @returns false when it is taken
 */
export async function takeIdempotencyKey(
  tx: Tx,
  row: Insertable<Tables['idempotency_keys']>,
  expired: EpochMs,
): Promise<boolean> {
  const { account_sid: _, caller_sid: __, key: ___, root_sid: ____, ...content } = row;
  const taken = await tx
    .insertInto('idempotency_keys')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(['account_sid', 'caller_sid', 'key', 'root_sid'])
        .doUpdateSet(content)
        .where('idempotency_keys.date_created', '<=', expired),
    )
    .returning('key')
    .executeTakeFirst();
  return taken !== undefined;
}

export async function fetchIdempotencyKey(
  db: Db,
  { account_sid, caller_sid, key }: Name,
): Promise<IdempotencyKey | undefined> {
  return db
    .selectFrom('idempotency_keys')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('caller_sid', '=', caller_sid)
    .where('key', '=', key)
    .executeTakeFirst();
}

/** Stores the answer with its key. */
export async function keepAnswer(
  tx: Tx,
  { account_sid, caller_sid, key }: Name,
  answer: SealedAnswer,
): Promise<void> {
  await tx
    .updateTable('idempotency_keys')
    .set(answer)
    .where('account_sid', '=', account_sid)
    .where('caller_sid', '=', caller_sid)
    .where('key', '=', key)
    .execute();
}

/** Deletes keys that were taken at this date or before. @returns their number */
export async function deleteIdempotencyKeys(
  tx: Tx,
  expired: EpochMs,
  limit: number,
): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('idempotency_keys')
    .where((eb) =>
      eb(
        eb.refTuple('account_sid', 'caller_sid', 'key'),
        'in',
        eb
          .selectFrom('idempotency_keys as old')
          .select(['old.account_sid', 'old.caller_sid', 'old.key'])
          .where('old.date_created', '<=', expired)
          .orderBy('old.date_created')
          .limit(limit)
          .$asTuple('account_sid', 'caller_sid', 'key'),
      ),
    )
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
