import { sql } from 'kysely';
import type { Db } from '../db/database.ts';

/**
 * Reads rows of several tables that belong together, a page at a time in the order of a primary
 * key. One statement reads a page and everything it is compared with, so it sees one state of the
 * data.
 */

/** Each grant, with the subaccount that it minted and the number of its events in the audit log. */
export async function listGrantsToVerify(db: Db, after: string, limit: number) {
  return db
    .selectFrom('grants as grant')
    .leftJoin('accounts as subaccount', 'subaccount.sid', 'grant.subaccount_sid')
    .leftJoin('audit_chains as chain', 'chain.account_sid', 'grant.account_sid')
    .select('chain.first as first_event')
    .select(['grant.sid', 'grant.account_sid', 'grant.subaccount_sid', 'grant.version'])
    .select(['subaccount.owner_account_sid', 'subaccount.created_by_grant'])
    .select((eb) => [
      eb
        .selectFrom('audit_events as event')
        .select((audit) => audit.fn.countAll<number>().as('events'))
        .whereRef('event.account_sid', '=', 'grant.account_sid')
        .whereRef('event.target_sid', '=', 'grant.sid')
        .where('event.action', '=', 'grant.given')
        .as('given'),
      eb
        .selectFrom('audit_events as event')
        .select((audit) => audit.fn.countAll<number>().as('events'))
        .whereRef('event.account_sid', '=', 'grant.account_sid')
        .whereRef('event.target_sid', '=', 'grant.sid')
        .where('event.action', '=', 'grant.renewed')
        .as('renewed'),
    ])
    .where('grant.sid', '>', after)
    .orderBy('grant.sid')
    .limit(limit)
    .execute();
}

/** Each account, with its credits and, if a grant minted it, with that grant. */
export async function listAccountsToVerify(db: Db, after: string, limit: number) {
  return db
    .selectFrom('accounts as account')
    .leftJoin('grants as grant', 'grant.sid', 'account.created_by_grant')
    .leftJoin('accounts as owner', 'owner.sid', 'account.owner_account_sid')
    .select(['account.sid', 'account.owner_account_sid', 'account.balance_micro'])
    .select(['account.created_by_grant', 'grant.subaccount_sid'])
    .select('owner.owner_account_sid as owner_of_owner')
    .select((eb) =>
      eb
        .selectFrom('usage_events as event')
        .select('event.key')
        .whereRef('event.root_sid', '=', 'account.sid')
        .limit(1)
        .as('any_usage'),
    )
    .select((eb) =>
      eb
        .selectFrom('balance_credits as credit')
        .select(sql<string | null>`cast(sum(amount_micro) as text)`.as('credited'))
        .whereRef('credit.account_sid', '=', 'account.sid')
        .as('credited'),
    )
    .where('account.sid', '>', after)
    .orderBy('account.sid')
    .limit(limit)
    .execute();
}

/** Each delivery, with its newest attempt. */
export async function listDeliveriesToVerify(db: Db, after: string, limit: number) {
  return db
    .selectFrom('deliveries as delivery')
    .select(['sid', 'account_sid', 'kind', 'state', 'reason', 'attempts', 'date_next', 'lease'])
    .select(['date_updated', 'tries'])
    .select((eb) => [
      eb
        .selectFrom('delivery_attempts as attempt')
        .select((attempt) => attempt.fn.max('attempt.number').as('number'))
        .whereRef('attempt.delivery_sid', '=', 'delivery.sid')
        .as('last_attempt'),
      eb
        .selectFrom('delivery_attempts as attempt')
        .select((attempt) => attempt.fn.countAll<number>().as('attempts'))
        .whereRef('attempt.delivery_sid', '=', 'delivery.sid')
        .where('attempt.status', '>=', 200)
        .where('attempt.status', '<', 300)
        .as('successes'),
    ])
    .where('sid', '>', after)
    .orderBy('sid')
    .limit(limit)
    .execute();
}

/** Each event of the audit log, with the grant that it is about. */
export async function listGrantAuditToVerify(db: Db, after: string, limit: number) {
  return db
    .selectFrom('audit_events as event')
    .leftJoin('grants as grant', 'grant.sid', 'event.target_sid')
    .select(['event.sid', 'event.account_sid', 'event.action', 'event.target_sid'])
    .select('grant.account_sid as grant_account_sid')
    .where('event.sid', '>', after)
    .orderBy('event.sid')
    .limit(limit)
    .execute();
}
