import type { Selectable } from 'kysely';
import type { Db } from '../db/database.ts';
import { scopeOf } from '../db/deed-scope.ts';
import { prepared } from '../db/prepared.ts';
import type { LaterWrite } from '../db/statement.ts';
import type { Tables } from '../db/tables/tables.ts';
import type { TargetAccount } from './policy.ts';
import { COUNTED, SPENT } from './spent-later.ts';

/**
 * Reads the data that decides access, for every request: credentials from the tables of the
 * features, joined. The features themselves write these tables.
 */

type Account = Selectable<Tables['accounts']>;

export interface AccountCredentials {
  readonly sid: string;
  readonly owner_account_sid: string;
  readonly type: Account['type'];
  readonly status: Account['status'];
  readonly owner_status: Account['status'];
  readonly max_requests_per_second: number | null;
  readonly owner_max_requests_per_second: number | null;
  /** The digest of one of the account's tokens. An account with two tokens has two rows. */
  readonly digest: string;
}

/** The columns of a credential's account, and of its main account. */
const CALLER_COLUMNS = [
  'account.sid',
  'account.owner_account_sid',
  'account.type',
  'account.status',
  'owner.status as owner_status',
  'account.max_requests_per_second',
  'owner.max_requests_per_second as owner_max_requests_per_second',
] as const;

/** Requests that arrive together are often of the same few callers. */
const ONCE = { isReadOnce: true };

const selectAccountCredentials = prepared(
  (db, { sid }: { sid: string }) =>
    db
      .selectFrom('accounts as account')
      .innerJoin('accounts as owner', 'owner.sid', 'account.owner_account_sid')
      .innerJoin('auth_tokens as token', 'token.account_sid', 'account.sid')
      .where('account.sid', '=', sid)
      .select([...CALLER_COLUMNS, 'token.digest']),
  ONCE,
);

/** An account with each of its own tokens. */
export function fetchAccountCredentials(
  db: Db,
  account_sid: string,
): Promise<AccountCredentials[]> {
  return selectAccountCredentials(db, { sid: account_sid });
}

/** An active grant, with the credentials of the app that acts by it. */
export interface ConnectCredentials extends AccountCredentials {
  readonly grant_sid: string;
  readonly granted: string;
  readonly connect_app_sid: string;
  readonly asked: string;
  readonly app_owner_sid: string;
  readonly app_owner_status: Account['status'];
  readonly app_owner_max_requests_per_second: number | null;
}

const selectConnectCredentials = prepared(
  (db, { sid }: { sid: string }) =>
    db
      .selectFrom('grants as grant')
      .innerJoin('accounts as account', 'account.sid', 'grant.subaccount_sid')
      .innerJoin('accounts as owner', 'owner.sid', 'account.owner_account_sid')
      .innerJoin('connect_apps as app', 'app.sid', 'grant.connect_app_sid')
      .innerJoin('accounts as app_owner', 'app_owner.sid', 'app.account_sid')
      .innerJoin('auth_tokens as token', 'token.account_sid', 'app.account_sid')
      .where('grant.subaccount_sid', '=', sid)
      .where('grant.date_revoked', 'is', null)
      .where('app.date_deleted', 'is', null)
      .select([
        ...CALLER_COLUMNS,
        'grant.sid as grant_sid',
        'grant.permissions as granted',
        'app.sid as connect_app_sid',
        'app.permissions as asked',
        'app_owner.sid as app_owner_sid',
        'app_owner.status as app_owner_status',
        'app_owner.max_requests_per_second as app_owner_max_requests_per_second',
        'token.digest',
      ]),
  ONCE,
);

/** The grant of a subaccount, with each token of the app's owner. */
export function fetchConnectCredentials(
  db: Db,
  account_sid: string,
): Promise<ConnectCredentials[]> {
  return selectConnectCredentials(db, { sid: account_sid });
}

/** An account with its test credentials. */
export interface TestCredentials extends AccountCredentials {
  readonly test_sid: string;
}

const selectTestCredentials = prepared((db, { sid }: { sid: string }) =>
  db
    .selectFrom('test_credentials as test')
    .innerJoin('accounts as account', 'account.sid', 'test.account_sid')
    .innerJoin('accounts as owner', 'owner.sid', 'account.owner_account_sid')
    .where('test.sid', '=', sid)
    .select([...CALLER_COLUMNS, 'test.sid as test_sid', 'test.digest']),
);

/** Finds test credentials by their own SID; one row at most. */
export function fetchTestCredentials(db: Db, test_sid: string): Promise<TestCredentials[]> {
  return selectTestCredentials(db, { sid: test_sid });
}

export interface KeyCredentials extends Omit<AccountCredentials, 'digest'> {
  readonly key_sid: string;
  readonly key_kind: 'main' | 'standard';
  readonly secret_digest: string;
}

const selectKeyCredentials = prepared(
  (db, { sid }: { sid: string }) =>
    db
      .selectFrom('api_keys as key')
      .innerJoin('accounts as account', 'account.sid', 'key.account_sid')
      .innerJoin('accounts as owner', 'owner.sid', 'account.owner_account_sid')
      .where('key.sid', '=', sid)
      .select([
        'key.sid as key_sid',
        'key.kind as key_kind',
        'key.secret_digest',
        ...CALLER_COLUMNS,
      ]),
  ONCE,
);

export async function fetchKeyCredentials(
  db: Db,
  key_sid: string,
): Promise<KeyCredentials | undefined> {
  return (await selectKeyCredentials(db, { sid: key_sid }))[0];
}

const selectTargetAccount = prepared(
  (db, { sid }: { sid: string }) =>
    db.selectFrom('accounts').select(['sid', 'owner_account_sid', 'status']).where('sid', '=', sid),
  ONCE,
);

export async function fetchTargetAccount(
  db: Db,
  account_sid: string,
): Promise<TargetAccount | undefined> {
  return (await selectTargetAccount(db, { sid: account_sid }))[0];
}

/** The limits and sums that decide whether a Connect app may spend. */
export interface Spending {
  readonly monthly_limit_micro: number | null;
  readonly countries: string | null;
  readonly date_ends: number | null;
  /** The spending of the subaccount itself in the month; null when there is none. */
  readonly spent_micro: number | null;
  readonly balance_micro: number;
  readonly balance_floor_micro: number | null;
}

const selectSpending = prepared(
  (db, { sid, month }: { sid: string; month: number }) =>
    db
      .selectFrom('grants as grant')
      .innerJoin('accounts as customer', 'customer.sid', 'grant.account_sid')
      .leftJoin('usage_counters as spent', (join) =>
        join
          .onRef('spent.root_sid', '=', 'grant.account_sid')
          .onRef('spent.account_sid', '=', 'grant.subaccount_sid')
          .on('spent.scope', '=', 'own')
          .on('spent.period', '=', 'm')
          .on('spent.start', '=', month)
          .on('spent.category', '=', 'totalprice'),
      )
      .where('grant.sid', '=', sid)
      .select([
        'grant.account_sid',
        'grant.subaccount_sid',
        'grant.monthly_limit_micro',
        'grant.countries',
        'grant.date_ends',
        'spent.price_micro as spent_micro',
        'customer.balance_micro',
        'customer.balance_floor_micro',
      ]),
  { isReadOnce: true, despite: [COUNTED, SPENT] },
);

/**
 * The limits and sums of a grant, with the spending of this transaction that is not written yet.
 * @param month the month's first day, counted from 1970-01-01
 */
export async function fetchSpending(
  db: Db,
  grant_sid: string,
  month: number,
): Promise<Spending | undefined> {
  const [found] = await selectSpending(db, { sid: grant_sid, month });
  if (!found) return undefined;
  const { account_sid, subaccount_sid, ...spending } = found;
  const counted = sumOf(db, COUNTED, (delta) => {
    const { account_sid: of, scope, period, start, category, price_micro } = delta;
    const isOfMonth = scope === 'own' && period === 'm' && start === month;
    return isOfMonth && of === subaccount_sid && category === 'totalprice' ? price_micro : 0;
  });
  return {
    ...spending,
    spent_micro: counted === 0 ? spending.spent_micro : (spending.spent_micro ?? 0) + counted,
    balance_micro: spending.balance_micro - spentOf(db, account_sid),
  };
}

const selectBalance = prepared(
  (db, { sid }: { sid: string }) =>
    db
      .selectFrom('accounts')
      .select(['balance_micro', 'balance_floor_micro'])
      .where('sid', '=', sid),
  { isReadOnce: true, despite: [SPENT] },
);

/** A balance, with the spending of this transaction that is not written yet. */
export async function fetchBalance(
  db: Db,
  sid: string,
): Promise<Pick<Spending, 'balance_micro' | 'balance_floor_micro'> | undefined> {
  const [found] = await selectBalance(db, { sid });
  return found && { ...found, balance_micro: found.balance_micro - spentOf(db, sid) };
}

function spentOf(db: Db, account_sid: string): number {
  return sumOf(db, SPENT, ({ sid, micro }) => (sid === account_sid ? micro : 0));
}

/** The sum over rows that wait to be written. */
function sumOf<Row>(db: Db, kind: LaterWrite<Row>, amountOf: (row: Row) => number): number {
  let sum = 0;
  for (const row of scopeOf(db)?.waiting(kind) ?? []) sum += amountOf(row);
  return sum;
}
