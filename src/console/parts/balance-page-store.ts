import type { Db } from '../../db/database.ts';
import type { Micro } from '../../kit/money.ts';
import type { EpochMs } from '../../kit/utc.ts';

/** Reads the limits and the spending of apps. */

/** The limits of one grant, and its spending in a month. */
export interface GrantSpending {
  readonly monthly_limit_micro: Micro | null;
  readonly spent_micro: Micro;
  /** The countries that its messages and calls may reach; null: any. */
  readonly countries: string | null;
  readonly date_ends: EpochMs | null;
}

function spendingOf(db: Db, month: number) {
  return db
    .selectFrom('grants as grant')
    .leftJoin('usage_counters as spent', (join) =>
      join
        .onRef('spent.root_sid', '=', 'grant.account_sid')
        .onRef('spent.account_sid', '=', 'grant.subaccount_sid')
        .on('spent.scope', '=', 'own')
        .on('spent.period', '=', 'm')
        .on('spent.start', '=', month)
        .on('spent.category', '=', 'totalprice'),
    )
    .select([
      'grant.sid',
      'grant.monthly_limit_micro',
      'grant.countries',
      'grant.date_ends',
      'spent.price_micro as spent_micro',
    ]);
}

/**
 * The spending by some grants, by their SIDs.
 * @param month its first day, counted from 1970-01-01
 */
export async function fetchGrantSpending(
  db: Db,
  grant_sids: readonly string[],
  month: number,
): Promise<ReadonlyMap<string, GrantSpending>> {
  if (grant_sids.length === 0) return new Map();
  const found = await spendingOf(db, month).where('grant.sid', 'in', grant_sids).execute();
  return new Map(
    found.map(({ sid, spent_micro, ...limits }) => [
      sid,
      { ...limits, spent_micro: spent_micro ?? 0 },
    ]),
  );
}

/** The limits and the spending of the apps that a customer authorised, newest grants first. */
export async function listSpendingOfApps(
  db: Db,
  account_sid: string,
  month: number,
  limit: number,
): Promise<(GrantSpending & { readonly friendly_name: string })[]> {
  const found = await spendingOf(db, month)
    .innerJoin('connect_apps as app', 'app.sid', 'grant.connect_app_sid')
    .where('grant.account_sid', '=', account_sid)
    .where('grant.date_revoked', 'is', null)
    .select('app.friendly_name')
    .orderBy('grant.sid', 'desc')
    .limit(limit)
    .execute();
  return found.map(({ spent_micro, ...rest }) => ({ ...rest, spent_micro: spent_micro ?? 0 }));
}
