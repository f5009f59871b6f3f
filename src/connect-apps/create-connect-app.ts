import { isMainAccount } from '../access/principal.ts';
import type { Account } from '../accounts/account.ts';
import { limitsOf } from '../accounts/account-limits.ts';
import type { Act } from '../audit/act.ts';
import { demandRoom } from '../db/limit.ts';
import { badRequest } from '../kit/api-error.ts';
import { type Permission, writePermissions } from '../kit/permission.ts';
import type { ConnectApp } from './connect-app.ts';
import { countConnectApps, insertConnectApp } from './connect-app-store.ts';

/** The fields of an app that a developer sets, by the names of their columns. */
export type NewConnectApp = Pick<ConnectApp, 'friendly_name' | 'company_name'> &
  Partial<
    Pick<
      ConnectApp,
      | 'description'
      | 'homepage_url'
      | 'terms_of_service_url'
      | 'authorize_redirect_url'
      | 'deauthorize_callback_url'
      | 'deauthorize_callback_method'
      | 'signed_redirect'
    >
  > & { readonly sid?: string; readonly permissions: readonly Permission[] };

/**
 * Makes a Connect app of `owner`.
 * @throws ApiError 400 when the owner is not upgraded, is a subaccount, or has reached the limit of
 * apps.
 */
export async function createConnectApp(
  act: Act,
  owner: Account,
  wanted: NewConnectApp,
): Promise<ConnectApp> {
  const { app, tx, now } = act;
  if (!isMainAccount(owner)) {
    throw badRequest('A Connect app belongs to a main account, not to a subaccount.');
  }
  if (owner.type !== 'Full') {
    throw badRequest('Only upgraded accounts can create Connect apps: upgrade the account first.');
  }
  const max = limitsOf(owner).max_connect_apps;
  const whose = owner.max_connect_apps === null ? 'An' : 'This';
  await demandRoom(tx, app.database.engine, {
    account_sid: owner.sid,
    max,
    rule: `${whose} account may have ${max} Connect app${max === 1 ? '' : 's'}; delete one first.`,
    count: () => countConnectApps(tx, owner.sid),
  });
  const { permissions, sid, ...texts } = wanted;
  const made = await insertConnectApp(tx, {
    description: null,
    homepage_url: null,
    terms_of_service_url: null,
    authorize_redirect_url: null,
    deauthorize_callback_url: null,
    deauthorize_callback_method: 'POST',
    signed_redirect: 0,
    ...texts,
    sid: sid ?? app.newSid('CN'),
    account_sid: owner.sid,
    root_sid: owner.sid,
    permissions: writePermissions(permissions),
    date_created: now,
    date_updated: now,
    date_deleted: null,
  });
  const detail = { friendly_name: made.friendly_name, permissions };
  act.record({
    action: 'connect_app.created',
    account_sid: owner.sid,
    target_sid: made.sid,
    detail,
  });
  return made;
}
