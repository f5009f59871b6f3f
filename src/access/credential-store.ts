import type { Selectable } from 'kysely';
import type { Db } from '../db/open-database.ts';
import { prepared } from '../db/prepared.ts';
import type { Tables } from '../db/tables.ts';
import type { TargetAccount } from './policy.ts';

/**
 * What access is decided from, read in one query each time: the credentials of the features'
 * own tables, joined. It only reads; the features write.
 */

type Account = Selectable<Tables['accounts']>;

export interface AccountCredentials {
  readonly sid: string;
  readonly owner_account_sid: string;
  readonly type: Account['type'];
  readonly status: Account['status'];
  readonly owner_status: Account['status'];
  readonly primary_digest: string | null;
  readonly secondary_digest: string | null;
  /** The grant that this account is the subaccount of, while it stands. */
  readonly grant_sid: string | null;
  readonly granted: string | null;
  readonly connect_app_sid: string | null;
  readonly asked: string | null;
  readonly app_owner_status: Account['status'] | null;
  readonly app_owner_primary_digest: string | null;
  readonly app_owner_secondary_digest: string | null;
}

const selectAccountCredentials = prepared((db, { sid }: { sid: string }) =>
  db
    .selectFrom('accounts as account')
    .innerJoin('accounts as owner', 'owner.sid', 'account.owner_account_sid')
    .leftJoin('auth_tokens as primary', (join) =>
      join.onRef('primary.account_sid', '=', 'account.sid').on('primary.slot', '=', 'primary'),
    )
    .leftJoin('auth_tokens as secondary', (join) =>
      join
        .onRef('secondary.account_sid', '=', 'account.sid')
        .on('secondary.slot', '=', 'secondary'),
    )
    .leftJoin('grants as grant', (join) =>
      join.onRef('grant.subaccount_sid', '=', 'account.sid').on('grant.date_revoked', 'is', null),
    )
    .leftJoin('connect_apps as app', (join) =>
      join.onRef('app.sid', '=', 'grant.connect_app_sid').on('app.date_deleted', 'is', null),
    )
    .leftJoin('accounts as app_owner', 'app_owner.sid', 'app.account_sid')
    .leftJoin('auth_tokens as app_primary', (join) =>
      join
        .onRef('app_primary.account_sid', '=', 'app.account_sid')
        .on('app_primary.slot', '=', 'primary'),
    )
    .leftJoin('auth_tokens as app_secondary', (join) =>
      join
        .onRef('app_secondary.account_sid', '=', 'app.account_sid')
        .on('app_secondary.slot', '=', 'secondary'),
    )
    .where('account.sid', '=', sid)
    .select([
      'account.sid',
      'account.owner_account_sid',
      'account.type',
      'account.status',
      'owner.status as owner_status',
      'primary.digest as primary_digest',
      'secondary.digest as secondary_digest',
      'grant.sid as grant_sid',
      'grant.permissions as granted',
      'app.sid as connect_app_sid',
      'app.permissions as asked',
      'app_owner.status as app_owner_status',
      'app_primary.digest as app_owner_primary_digest',
      'app_secondary.digest as app_owner_secondary_digest',
    ]),
);

export async function fetchAccountCredentials(
  db: Db,
  account_sid: string,
): Promise<AccountCredentials | undefined> {
  return (await selectAccountCredentials(db, { sid: account_sid }))[0];
}

export interface KeyCredentials {
  readonly key_sid: string;
  readonly key_kind: 'main' | 'standard';
  readonly secret_digest: string;
  readonly sid: string;
  readonly owner_account_sid: string;
  readonly type: Account['type'];
  readonly status: Account['status'];
  readonly owner_status: Account['status'];
}

const selectKeyCredentials = prepared((db, { sid }: { sid: string }) =>
  db
    .selectFrom('api_keys as key')
    .innerJoin('accounts as account', 'account.sid', 'key.account_sid')
    .innerJoin('accounts as owner', 'owner.sid', 'account.owner_account_sid')
    .where('key.sid', '=', sid)
    .select([
      'key.sid as key_sid',
      'key.kind as key_kind',
      'key.secret_digest',
      'account.sid',
      'account.owner_account_sid',
      'account.type',
      'account.status',
      'owner.status as owner_status',
    ]),
);

export async function fetchKeyCredentials(
  db: Db,
  key_sid: string,
): Promise<KeyCredentials | undefined> {
  return (await selectKeyCredentials(db, { sid: key_sid }))[0];
}

const selectTargetAccount = prepared((db, { sid }: { sid: string }) =>
  db.selectFrom('accounts').select(['sid', 'owner_account_sid', 'status']).where('sid', '=', sid),
);

export async function fetchTargetAccount(
  db: Db,
  account_sid: string,
): Promise<TargetAccount | undefined> {
  return (await selectTargetAccount(db, { sid: account_sid }))[0];
}

/**
 * Holds a grant still until the transaction ends, so that a revoke by another process waits
 * or has been seen. SQLite has one writer and needs no lock.
 */
export async function lockGrant(db: Db, grant_sid: string): Promise<void> {
  await db.selectFrom('grants').select('sid').where('sid', '=', grant_sid).forShare().execute();
}
