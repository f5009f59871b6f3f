import { sql } from 'kysely';
import type { Db } from '../../db/database.ts';
import type { Micro } from '../../kit/money.ts';
import { TOTAL_PRICE } from '../../usage/category.ts';
import type { PeriodRange, UsageQuery } from '../../usage/usage-store.ts';
import type { UsageTrigger } from '../../usage/usage-trigger.ts';
import { treeOf } from '../parts/doer-store.ts';

/** An account with its spending. */
export interface Spender {
  readonly sid: string;
  readonly friendly_name: string;
  readonly price_micro: Micro;
}

/**
 * A main account and its subaccounts with the spending of each in some periods, the dearest first.
 * The query looks up counters only, so its time grows with the number of subaccounts and not with
 * their usage.
 */
export async function listSpenders(
  db: Db,
  root_sid: string,
  asked: {
    readonly category: string;
    readonly ranges: readonly PeriodRange[];
    readonly limit: number;
  },
): Promise<Spender[]> {
  const { category, ranges, limit } = asked;
  const [first, ...rest] = ranges.map((range) => spentIn(db, root_sid, category, range));
  if (first === undefined) return [];
  const spent = rest.reduce((all, one) => all.unionAll(one), first);
  // PostgreSQL's sum of bigints is a numeric, which the driver returns as text.
  const price = sql<Micro>`cast(sum(spent.price_micro) as bigint)`;
  return (
    db
      .selectFrom(spent.as('spent'))
      .innerJoin('accounts as account', 'account.sid', 'spent.account_sid')
      .select(['account.sid', 'account.friendly_name', price.as('price_micro')])
      .groupBy(['account.sid', 'account.friendly_name'])
      // A counter may be there before its first price.
      .having(price, '<>', 0)
      .orderBy(price, 'desc')
      .orderBy('account.sid')
      .limit(limit)
      .execute()
  );
}

/** A list of accounts. SQLite would begin a join with the counters of every account. */
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

/** A trigger that watches the price of a category, each day or each month. */
export type PriceTrigger = Pick<
  UsageTrigger,
  'sid' | 'friendly_name' | 'recurring' | 'threshold' | 'date_fired'
>;

const MAX_TRIGGERS_SHOWN = 20;

/** The triggers on the price of one account's usage in one category, newest first. */
export function listPriceTriggers(
  db: Db,
  { account_sid }: Pick<UsageQuery, 'account_sid'>,
  category: string,
): Promise<PriceTrigger[]> {
  return db
    .selectFrom('usage_triggers')
    .select(['sid', 'friendly_name', 'recurring', 'threshold', 'date_fired'])
    .where('account_sid', '=', account_sid)
    .where('usage_category', '=', category)
    .where((eb) => eb.or([eb('trigger_by', '=', 'price'), eb('usage_category', '=', TOTAL_PRICE)]))
    .where('callback_url', 'is not', null)
    .orderBy('sid', 'desc')
    .limit(MAX_TRIGGERS_SHOWN)
    .execute();
}
