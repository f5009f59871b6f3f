import type { Act } from '../audit/act.ts';
import { sealerOf } from '../audit/sealer.ts';
import { demandRoom } from '../db/limit.ts';
import { orNotFound } from '../kit/api-error.ts';
import { MICRO_PER_UNIT } from '../kit/money.ts';
import type { Account } from './account.ts';
import { limitsOf } from './account-limits.ts';
import { countOpenSubaccounts, fetchAccount, insertAccount } from './account-store.ts';
import { newAuthToken, sealToken } from './auth-token.ts';
import { insertAuthToken } from './auth-token-store.ts';
import { createTestCredentials } from './create-test-credentials.ts';

/** The starting balance of development accounts. In production it is 0. */
export const DEVELOPMENT_BALANCE = 1_000 * MICRO_PER_UNIT;

export interface NewAccount {
  readonly sid?: string | undefined;
  readonly auth_token?: string | undefined;
  readonly friendly_name: string;
  readonly type: Account['type'];
  /** The owner of a subaccount; null makes a main account. */
  readonly owner: Pick<Account, 'sid'> | null;
  readonly created_by_grant?: string | null;
}

/**
 * Makes an account with its primary auth token and its test credentials.
 * @throws ApiError 400 when the owner has the most open subaccounts it may have
 */
export async function createAccount(act: Act, wanted: NewAccount): Promise<Account> {
  const { app, tx, now } = act;
  const { owner } = wanted;
  if (owner) await demandRoomForSubaccount(act, owner);
  const sid = wanted.sid ?? app.newSid('AC');
  const inDevelopment = app.config.mode === 'development';
  const account = await insertAccount(tx, {
    sid,
    owner_account_sid: owner?.sid ?? sid,
    friendly_name: wanted.friendly_name,
    status: 'active',
    type: wanted.type,
    balance_micro: owner === null && inDevelopment ? DEVELOPMENT_BALANCE : 0,
    created_by_grant: wanted.created_by_grant ?? act.actor.grant_sid,
    date_created: now,
    date_updated: now,
  });
  const place = { account_sid: sid, slot: 'primary' as const, version: 1 };
  const token = wanted.auth_token ?? newAuthToken(app.randomBytes);
  const sealed = sealToken(await sealerOf(act), token, place);
  await insertAuthToken(tx, {
    ...place,
    ...sealed,
    root_sid: account.owner_account_sid,
    date_created: now,
  });
  await createTestCredentials(act, account);
  act.record({
    action: 'account.created',
    account_sid: account.owner_account_sid,
    target_sid: sid,
    detail: { friendly_name: account.friendly_name, type: account.type },
  });
  return account;
}

async function demandRoomForSubaccount({ app, tx }: Act, { sid }: { sid: string }): Promise<void> {
  const owner = orNotFound(await fetchAccount(tx, sid));
  const max = limitsOf(owner).max_subaccounts;
  const whose = owner.max_subaccounts === null ? `A ${owner.type}` : 'This';
  await demandRoom(tx, app.database.engine, {
    account_sid: sid,
    max,
    rule: `${whose} account may have ${max} open subaccount${max === 1 ? '' : 's'}; close one first`,
    count: () => countOpenSubaccounts(tx, sid),
  });
}
