import { sql } from 'kysely';
import type { Db } from '../db/database.ts';
import { preparedRows } from '../db/prepared-rows.ts';
import type { LaterWrite } from '../db/statement.ts';
import type { UsageCountersTable } from '../db/tables/usage-tables.ts';

/** An amount that a counter of usage grows by. */
export type CounterDelta = Omit<UsageCountersTable, 'next_count' | 'next_usage' | 'next_price'>;

type CounterName = Omit<CounterDelta, 'root_sid' | 'count' | 'usage_micro' | 'price_micro'>;

/** An amount in millionths that the balance of a main account falls by. */
export interface Spent {
  readonly sid: string;
  readonly micro: number;
}

/** Adds to counters, in the order of the rows. */
export function addingTo(db: Db, rows: readonly CounterDelta[]) {
  return db
    .insertInto('usage_counters')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['root_sid', 'account_sid', 'scope', 'period', 'start', 'category'])
        .doUpdateSet((eb) => ({
          count: eb('usage_counters.count', '+', eb.ref('excluded.count')),
          usage_micro: eb('usage_counters.usage_micro', '+', eb.ref('excluded.usage_micro')),
          price_micro: eb('usage_counters.price_micro', '+', eb.ref('excluded.price_micro')),
        })),
    );
}

const addTo = preparedRows((db, rows: CounterDelta[]) => addingTo(db, rows));

const subtractSpent = preparedRows((db, rows: Spent[]) => {
  const given = rows.map(({ sid, micro }) => sql`(${sid}, ${micro})`);
  return db
    .updateTable('accounts')
    .from(sql<{ column1: string; column2: number }>`(values ${sql.join(given)})`.as('spent'))
    .set({ balance_micro: sql`balance_micro - spent.column2` })
    .whereRef('accounts.sid', '=', 'spent.column1');
});

/** Usage that is counted once for all deeds of a transaction. Its main accounts must be held. */
export const COUNTED: LaterWrite<CounterDelta> = {
  tables: ['usage_counters'],
  write: (tx, rows) => addTo(tx, merged(rows)),
};

/** Spending that moves each balance once for all deeds of a transaction. */
export const SPENT: LaterWrite<Spent> = {
  tables: ['accounts'],
  columns: /balance_micro|\*/,
  write: (tx, rows) => subtractSpent(tx, mergedSpent(rows)),
};

export function counterName({ account_sid, scope, period, start, category }: CounterName): string {
  return `${account_sid} ${scope} ${period} ${start} ${category}`;
}

function merged(rows: readonly CounterDelta[]): CounterDelta[] {
  const sums = new Map<string, CounterDelta>();
  for (const row of rows) {
    const name = counterName(row);
    const sum = sums.get(name);
    if (!sum) sums.set(name, { ...row });
    else {
      sum.count += row.count;
      sum.usage_micro += row.usage_micro;
      sum.price_micro += row.price_micro;
    }
  }
  return [...sums.values()];
}

function mergedSpent(rows: readonly Spent[]): Spent[] {
  const sums = new Map<string, number>();
  for (const { sid, micro } of rows) sums.set(sid, (sums.get(sid) ?? 0) + micro);
  return [...sums].map(([sid, micro]) => ({ sid, micro })).filter(({ micro }) => micro !== 0);
}
