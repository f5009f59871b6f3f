import { sql } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import { countRows } from '../db/limit.ts';
import { prepared } from '../db/prepared.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { Rate } from './rate-card.ts';

const COLUMNS = ['category', 'per', 'price_micro', 'start as from'] as const;

const selectRates = prepared(
  (db, categories: Record<string, string>) =>
    db.selectFrom('usage_rates').select(COLUMNS).where('category', 'in', Object.values(categories)),
  { isReadOnce: true },
);

/** The operator's rates of some categories, of all days. */
export function fetchRates(db: Db, categories: readonly string[]): Promise<Rate[]> {
  if (categories.length === 0) return Promise.resolve([]);
  return selectRates(db, Object.fromEntries(categories.map((name, i) => [`c${i}`, name])));
}

/** All rates of the operator, by category and day. */
export function listRates(db: Db): Promise<Rate[]> {
  return db
    .selectFrom('usage_rates')
    .select(COLUMNS)
    .orderBy('category')
    .orderBy(sql`start`)
    .execute();
}

export function countRates(tx: Tx): Promise<number> {
  return countRows(tx.selectFrom('usage_rates'));
}

/** Writes a rate. It replaces a rate for the same category and day. */
export async function putRate(tx: Tx, rate: Rate, date_created: EpochMs): Promise<void> {
  const { category, per, price_micro, from: start } = rate;
  await tx
    .insertInto('usage_rates')
    .values({ category, start, per, price_micro, date_created })
    .onConflict((conflict) =>
      conflict.columns(['category', 'start']).doUpdateSet({ per, price_micro, date_created }),
    )
    .execute();
}

/** @returns whether there was one. */
export async function deleteRate(tx: Tx, { category, from }: Pick<Rate, 'category' | 'from'>) {
  const { numDeletedRows } = await tx
    .deleteFrom('usage_rates')
    .where('category', '=', category)
    .where('start', '=', from)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}
