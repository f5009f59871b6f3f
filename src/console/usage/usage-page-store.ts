import { sql } from 'kysely';
import type { Db } from '../../db/database.ts';
import type { Micro } from '../../kit/money.ts';
import type { PeriodRange } from '../../usage/usage-store.ts';
import { treeOf } from '../parts/doer-store.ts';

/** What an account spent. */
export interface Spender {
  readonly sid: string;
  readonly friendly_name: string;
  readonly price_micro: Micro;
}

/**
 * The accounts of a main account, itself among them, by what each spent by itself in some
 * periods, the dearest first. It looks up each account's counters of these periods: its time goes
 * by the number of subaccounts, whatever was metered in them.
 */
export async function listSpenders(
  db: Db,
  root_sid: string,
  category: string,
  ranges: readonly PeriodRange[],
  limit: number,
): Promise<Spender[]> {
  const [first, ...rest] = ranges.map((range) => spentIn(db, root_sid, category, range));
  if (first === undefined) return [];
  const spent = rest.reduce((all, one) => all.unionAll(one), first);
  // PostgreSQL adds bigints up to a numeric, which would come back as text.
  const price = sql<Micro>`cast(sum(spent.price_micro) as bigint)`;
  return db
    .selectFrom(spent.as('spent'))
    .innerJoin('accounts as account', 'account.sid', 'spent.account_sid')
    .select(['account.sid', 'account.friendly_name', price.as('price_micro')])
    .groupBy(['account.sid', 'account.friendly_name'])
    .orderBy(price, 'desc')
    .orderBy('account.sid')
    .limit(limit)
    .execute();
}

/** By a list of accounts and no join, which SQLite would begin with the counters of all of them. */
function spentIn(db: Db, root_sid: string, category: string, range: PeriodRange) {
  const { period, first, last } = range;
  return db
    .selectFrom('usage_counters as counter')
    .where('counter.root_sid', '=', root_sid)
    .where('counter.account_sid', 'in', treeOf(db, root_sid))
    .where('counter.scope', '=', 'own')
    .where('counter.period', '=', period)
    .where('counter.start', '>=', first)
    .where('counter.start', '<=', last)
    .where('counter.category', '=', category)
    .select(['counter.account_sid', 'counter.price_micro']);
}
