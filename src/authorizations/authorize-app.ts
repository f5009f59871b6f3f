import { lockGrant } from '../access/credential-lock-store.ts';
import { isMainAccount } from '../access/principal.ts';
import type { Account } from '../accounts/account.ts';
import { createAccount } from '../accounts/create-account.ts';
import type { Act } from '../audit/act.ts';
import type { ConnectApp } from '../connect-apps/connect-app.ts';
import { lockAccount } from '../db/limit.ts';
import { handOver } from '../jobs/hand-over.ts';
import { badRequest } from '../kit/api-error.ts';
import { readPermissions } from '../kit/permission.ts';
import { cancelDeauthorizations } from '../webhooks/delivery-store.ts';
import type { Grant } from './grant.ts';
import { END_GRANT } from './grant-step.ts';
import { fetchGrant, insertGrant, renewGrant } from './grant-store.ts';

const SUBACCOUNT_NAME_LENGTH = 64;

/** `Subaccount for ConnectApp: <name>`, cut to the length of a friendly name. */
function subaccountName(app: ConnectApp): string {
  return [...`Subaccount for ConnectApp: ${app.friendly_name}`]
    .slice(0, SUBACCOUNT_NAME_LENGTH)
    .join('');
}

/**
 * Grants the app the permissions that it asks for now, in the customer's name. The first
 * authorisation mints the subaccount. Each later one, also after a revoke, returns the same
 * subaccount and raises the grant's version by one. All changes are in one transaction.
 *
 * @throws ApiError 400 for a Trial account, a subaccount or an account that is not active.
 */
export async function authorizeApp(act: Act, app: ConnectApp, customer: Account): Promise<Grant> {
  const { tx, now, record } = act;
  if (!isMainAccount(customer)) {
    throw badRequest('An app is authorised by a main account, not by a subaccount.');
  }
  if (customer.status !== 'active') {
    throw badRequest(`The account is ${customer.status} and cannot authorise an app.`);
  }
  if (customer.type !== 'Full') {
    throw badRequest('A Trial account cannot authorise an app: upgrade the account first.');
  }
  await lockAccount(tx, act.app.database.engine, customer.sid);
  const standing = await fetchGrantHeld(act, app, customer);
  const permissions = app.permissions;
  if (standing?.date_revoked != null) {
    // A deauthorize callback that is still being retried would report a lost grant, which is back.
    const { connect_app_sid, subaccount_sid } = standing;
    const reason = 'The customer authorised the app again.';
    const cancelled = { reason, date_updated: now };
    await cancelDeauthorizations(tx, { connect_app_sid, subaccount_sid }, cancelled);
  }
  const grant = standing
    ? await renewGrant(tx, standing.sid, {
        permissions,
        date_ends: endAfter(now, standing),
        date_updated: now,
      })
    : await firstGrant(act, app, customer);
  if (grant.date_ends !== null) {
    const thing = { ...grant, account_sid: grant.subaccount_sid, kind: 'grant' } as const;
    await handOver(act, thing, { step: END_GRANT, date_next: grant.date_ends });
  }
  record({
    action: standing ? 'grant.renewed' : 'grant.given',
    account_sid: customer.sid,
    target_sid: grant.sid,
    detail: {
      connect_app_sid: app.sid,
      subaccount_sid: grant.subaccount_sid,
      version: grant.version,
      permissions: readPermissions(permissions),
    },
  });
  return grant;
}

/** An end that is past would end the renewed grant at once. One that is still to come stays. */
function endAfter(now: number, { date_ends }: Grant): number | null {
  return date_ends !== null && date_ends > now ? date_ends : null;
}

/**
 * The current grant with its row locked: a revoke by another process is either visible or waits.
 */
async function fetchGrantHeld(
  { app: { database }, tx }: Act,
  app: ConnectApp,
  customer: Account,
): Promise<Grant | undefined> {
  const found = await fetchGrant(tx, app.sid, customer.sid);
  if (!found || database.engine === 'sqlite') return found;
  await lockGrant(tx, found.sid);
  return fetchGrant(tx, app.sid, customer.sid);
}

async function firstGrant(act: Act, app: ConnectApp, customer: Account): Promise<Grant> {
  const { tx, now } = act;
  const sid = act.app.newSid('GR');
  const subaccount = await createAccount(act, {
    friendly_name: subaccountName(app),
    type: customer.type,
    owner: customer,
    created_by_grant: sid,
  });
  return insertGrant(tx, {
    sid,
    connect_app_sid: app.sid,
    account_sid: customer.sid,
    root_sid: customer.sid,
    subaccount_sid: subaccount.sid,
    version: 1,
    permissions: app.permissions,
    date_created: now,
    date_updated: now,
    date_revoked: null,
    monthly_limit_micro: null,
    countries: null,
    date_ends: null,
  });
}
