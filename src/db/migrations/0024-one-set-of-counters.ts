import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Moves a main account's own usage out of the counters of its tree. They become the counters of its
 * subaccounts. Accounts without subaccounts then have one set of counters, not two.
 */
export const oneSetOfCounters: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`update usage_counters as tree
      set count = tree.count - own.count,
        usage_micro = tree.usage_micro - own.usage_micro,
        price_micro = tree.price_micro - own.price_micro
      from usage_counters as own
      where tree.scope = 'tree' and own.scope = 'own' and own.root_sid = tree.root_sid
        and own.account_sid = tree.account_sid and own.period = tree.period
        and own.start = tree.start and own.category = tree.category`.execute(db);
    await sql`delete from usage_counters
      where scope = 'tree' and count = 0 and usage_micro = 0 and price_micro = 0`.execute(db);
    await sql`update usage_counters set scope = 'subaccounts' where scope = 'tree'`.execute(db);
    // The triggers of a main account watch both counters from now on. Both look for them again.
    await sql`update usage_counters set next_count = 0, next_usage = 0, next_price = 0
      where root_sid = account_sid and (next_count <> 0 or next_usage <> 0 or next_price <> 0)`.execute(
      db,
    );
  },
};
