import { type Insertable, sql, type Updateable } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import { fetchPage, type Page, type PageRequest } from '../db/keyset.ts';
import { countRows } from '../db/limit.ts';
import { prepared } from '../db/prepared.ts';
import { preparedRows } from '../db/prepared-rows.ts';
import type { Tables } from '../db/tables/tables.ts';
import type { Account, ActingAccount } from './account.ts';

export async function insertAccount(
  tx: Tx,
  account: Insertable<Tables['accounts']>,
): Promise<Account> {
  return tx.insertInto('accounts').values(account).returningAll().executeTakeFirstOrThrow();
}

const selectAccount = prepared((db, { sid }: { sid: string }) =>
  db.selectFrom('accounts').selectAll().where('sid', '=', sid),
);

const ACTING_COLUMNS = [
  'sid',
  'owner_account_sid',
  'friendly_name',
  'status',
  'type',
  'created_by_grant',
  'max_requests_per_second',
  'max_subaccounts',
  'max_connect_apps',
  'max_messages_per_second',
  'max_calls_per_second',
  'max_calls_at_once',
  'countries',
  'date_created',
  'date_updated',
] as const satisfies readonly (keyof ActingAccount)[];

const selectActingAccount = prepared(
  (db, { sid }: { sid: string }) =>
    db.selectFrom('accounts').select(ACTING_COLUMNS).where('sid', '=', sid),
  { isReadOnce: true },
);

/** An account without its balance. Deeds of one transaction share the row. */
export async function fetchActingAccount(db: Db, sid: string): Promise<ActingAccount | undefined> {
  return (await selectActingAccount(db, { sid }))[0];
}

/** The accounts among these SIDs that exist, without their balances. */
export async function fetchActingAccounts(
  db: Db,
  sids: readonly string[],
): Promise<ActingAccount[]> {
  const [only] = sids;
  if (only !== undefined && sids.length === 1) return selectActingAccount(db, { sid: only });
  return selectActingAccounts(
    db,
    sids.map((sid) => ({ sid })),
  );
}

const selectActingAccounts = preparedRows((db, rows: { sid: string }[]) => {
  const given = rows.map(({ sid }) => sql`(${sid})`);
  return db
    .selectFrom(sql<{ column1: string }>`(values ${sql.join(given)})`.as('given'))
    .innerJoin('accounts', 'accounts.sid', 'given.column1')
    .select(ACTING_COLUMNS);
});

export async function fetchAccount(db: Db, sid: string): Promise<Account | undefined> {
  return (await selectAccount(db, { sid }))[0];
}

/** A filter of accounts: all of one owner, or a single one. */
export interface AccountFilter {
  readonly owner_account_sid?: string;
  readonly sid?: string;
  readonly friendly_name?: string | undefined;
  readonly status?: Account['status'] | undefined;
}

export function listAccounts(
  db: Db,
  filter: AccountFilter,
  page: PageRequest,
): Promise<Page<Account>> {
  const { owner_account_sid, sid, friendly_name, status } = filter;
  return fetchPage(
    db
      .selectFrom('accounts')
      .selectAll()
      .$if(owner_account_sid !== undefined, (query) =>
        query.where('owner_account_sid', '=', owner_account_sid as string),
      )
      .$if(sid !== undefined, (query) => query.where('sid', '=', sid as string))
      .$if(friendly_name !== undefined, (query) =>
        query.where('friendly_name', '=', friendly_name as string),
      )
      .$if(status !== undefined, (query) =>
        query.where('status', '=', status as Account['status']),
      ),
    page,
  );
}

/** Counts the subaccounts that are not closed. */
export function countOpenSubaccounts(tx: Tx, owner_account_sid: string): Promise<number> {
  const rows = tx
    .selectFrom('accounts')
    .where('owner_account_sid', '=', owner_account_sid)
    .where('sid', '!=', owner_account_sid)
    .where('status', '!=', 'closed');
  return countRows(rows);
}

export async function updateAccount(
  tx: Tx,
  sid: string,
  changes: Updateable<Tables['accounts']>,
): Promise<Account | undefined> {
  return tx
    .updateTable('accounts')
    .set(changes)
    .where('sid', '=', sid)
    .returningAll()
    .executeTakeFirst();
}

/** Counts all accounts. A first start finds none. */
export function countAccounts(db: Db): Promise<number> {
  return countRows(db.selectFrom('accounts'));
}

/** Turns a main account and its subaccounts from Trial to Full. */
export async function upgradeAccounts(tx: Tx, sid: string, now: number): Promise<void> {
  await tx
    .updateTable('accounts')
    .set({ type: 'Full', date_updated: now })
    .where('owner_account_sid', '=', sid)
    .execute();
}

/** Every account, newest first, for the operator. */
export async function listEveryAccount(db: Db): Promise<Account[]> {
  return db
    .selectFrom('accounts')
    .selectAll()
    .orderBy('date_created', 'desc')
    .orderBy('sid', 'desc')
    .execute();
}

/** The newest accounts: all, or a main one with its subaccounts. */
export async function listNewestAccounts(
  db: Db,
  { owner_account_sid }: { readonly owner_account_sid?: string | undefined },
  limit: number,
): Promise<Account[]> {
  let query = db.selectFrom('accounts').selectAll();
  if (owner_account_sid !== undefined) {
    query = query.where('owner_account_sid', '=', owner_account_sid);
  }
  return query.orderBy('date_created', 'desc').orderBy('sid', 'desc').limit(limit).execute();
}

/** The subaccounts of a main account that are not closed. */
export async function listOpenSubaccounts(db: Db, owner_account_sid: string): Promise<Account[]> {
  return db
    .selectFrom('accounts')
    .selectAll()
    .where('owner_account_sid', '=', owner_account_sid)
    .where('sid', '!=', owner_account_sid)
    .where('status', '!=', 'closed')
    .orderBy('sid')
    .execute();
}
