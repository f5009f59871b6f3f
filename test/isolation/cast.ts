import { updateAccount } from '../../src/accounts/account-store.ts';
import { newAuthToken, sealToken } from '../../src/accounts/auth-token.ts';
import { insertAuthToken } from '../../src/accounts/auth-token-store.ts';
import { createApiKey } from '../../src/accounts/create-api-key.ts';
import { act } from '../../src/audit/act.ts';
import { SYSTEM } from '../../src/audit/audit-event.ts';
import type { Grant } from '../../src/authorizations/grant.ts';
import type { ConnectApp } from '../../src/connect-apps/connect-app.ts';
import { updateConnectApp } from '../../src/connect-apps/connect-app-store.ts';
import { writePermissions } from '../../src/kit/permission.ts';
import { digestOf } from '../../src/kit/seal.ts';
import type { Login, TestAccount, TestApp } from '../support/test-app.ts';
import { testLoginOf } from '../support/test-login.ts';
import { aMarkedApp, aMarkedTenant, canary, subaccountOf, type Tenant } from './tenants.ts';

/** A grant of the customer, and its subaccount. */
export interface Granted {
  readonly grant: Grant;
  readonly tenant: Tenant;
}

/** All tenants: one customer, its apps and their owners, a stranger. */
export type Cast = Awaited<ReturnType<typeof aCast>>;

/** The session cookie of the customer's browser. */
export const SESSION = 'the-session-of-the-customer';

export async function aCast(app: TestApp) {
  const first = await app.anAccount();
  const owner = await promoted(app, first);
  const [otherOwner, customer, stranger] = [
    await app.anAccount(),
    await app.anAccount(),
    await app.anAccount(),
  ];
  const apps = await theirApps(app, { owner: owner.account, otherOwner, customer, stranger });
  const granted = async (to: ConnectApp, name: string): Promise<Granted> => {
    const grant = await app.aGrant(to, customer);
    return { grant, tenant: await aMarkedTenant(app, name, await subaccountOf(app, grant)) };
  };
  const subaccounts = {
    reader: await granted(apps.reader, 'sub0reader'),
    writer: await granted(apps.writer, 'sub0writer'),
    both: await granted(apps.both, 'sub0both'),
    revoked: await granted(apps.revoked, 'sub0revoked'),
    greedy: await granted(apps.greedy, 'sub0greedy'),
    other: await granted(apps.other, 'sub0other'),
  };
  const { both, reader, writer, revoked, greedy, other, elsewhere, customers, strangers } = apps;
  const strangersSub = await subaccountOf(app, await app.aGrant(elsewhere, stranger));
  const suspended = await app.anAccount();
  const tenants = {
    owner: await aMarkedTenant(app, 'owner', owner.account, {
      apps: { both, reader, writer, revoked, greedy },
    }),
    otherOwner: await aMarkedTenant(app, 'other0owner', otherOwner, { apps: { other, elsewhere } }),
    customer: await aMarkedTenant(app, 'customer', customer, {
      apps: { customers },
      authorised: { both, reader, writer, greedy, other },
    }),
    stranger: await aMarkedTenant(app, 'stranger', stranger, {
      apps: { strangers },
      authorised: { elsewhere },
    }),
    strangersSub: await aMarkedTenant(app, 'strangers0sub', strangersSub),
    suspended: await aMarkedTenant(app, 'suspended', suspended),
    closed: await aMarkedTenant(app, 'closed', await app.aSubaccount(stranger)),
  };
  const keys = {
    main: await aMarkedKey(app, customer, 'main'),
    standard: await aMarkedKey(app, customer, 'standard'),
  };
  const testers = {
    customer: await testLoginOf(app, customer),
    suspended: await testLoginOf(app, suspended),
  };
  await app.app.database.write(async (tx) => {
    // Later changes of the accounts and grants: an end, more wanted permissions, a revoke.
    await updateAccount(tx, tenants.suspended.things.Accounts ?? '', { status: 'suspended' });
    await updateAccount(tx, tenants.closed.things.Accounts ?? '', { status: 'closed' });
    const permissions = writePermissions(['get-all', 'post-all']);
    await updateConnectApp(tx, owner.account.sid, greedy.sid, { permissions });
  });
  const ends = { connect_app_sid: revoked.sid, account_sid: customer.sid };
  const { status, text } = await app.control('POST', '/deauthorize', ends);
  if (status !== 200) throw new Error(text);
  await signIn(app, customer);
  const formerToken = first.auth_token;
  return { owner, formerToken, otherOwner, apps, subaccounts, tenants, keys, testers };
}

type Owners = Record<'owner' | 'otherOwner' | 'customer' | 'stranger', TestAccount>;

async function theirApps(app: TestApp, { owner, otherOwner, customer, stranger }: Owners) {
  return {
    reader: await aMarkedApp(app, owner, 'reader', ['get-all']),
    writer: await aMarkedApp(app, owner, 'writer', ['post-all']),
    both: await aMarkedApp(app, owner, 'both', ['get-all', 'post-all']),
    revoked: await aMarkedApp(app, owner, 'revoked', ['get-all', 'post-all']),
    greedy: await aMarkedApp(app, owner, 'greedy', ['get-all']),
    other: await aMarkedApp(app, otherOwner, 'other', ['get-all', 'post-all']),
    elsewhere: await aMarkedApp(app, otherOwner, 'elsewhere', ['get-all']),
    customers: await aMarkedApp(app, customer, 'customers', ['get-all']),
    strangers: await aMarkedApp(app, stranger, 'strangers', ['get-all']),
  };
}

/** An account whose secondary token was promoted, and that has a new secondary token. */
async function promoted({ app }: TestApp, account: TestAccount) {
  const [primary, secondary] = [newAuthToken(app.randomBytes), newAuthToken(app.randomBytes)];
  await app.database.write(async (tx) => {
    await tx.deleteFrom('auth_tokens').where('account_sid', '=', account.sid).execute();
    for (const [slot, token] of [
      ['primary', primary],
      ['secondary', secondary],
    ] as const) {
      const place = { account_sid: account.sid, slot, version: 2 };
      const sealed = sealToken(app.keyRing.sealer(), token, place);
      await insertAuthToken(tx, {
        ...place,
        ...sealed,
        root_sid: account.owner_account_sid,
        date_created: app.now(),
      });
    }
  });
  return { account: { ...account, auth_token: primary }, secondary };
}

async function aMarkedKey(
  { app }: TestApp,
  { sid: account_sid, owner_account_sid: root_sid }: TestAccount,
  kind: 'main' | 'standard',
): Promise<Login> {
  const friendly_name = canary('customer', 'friendly_name');
  const wanted = { account_sid, root_sid, friendly_name, kind };
  const made = await act(app, SYSTEM, (a) => createApiKey(a, wanted));
  return { username: made.key.sid, password: made.secret };
}

/** Signs a person of the account in at the console. */
async function signIn({ app }: TestApp, { sid: account_sid }: TestAccount): Promise<void> {
  const [now, date_created] = [app.realNow(), app.now()];
  const person_sid = app.newSid('PE');
  await app.database.write(async (tx) => {
    const person = {
      sid: person_sid,
      email: 'canary-customer-email@example.com',
      name: canary('customer', 'name'),
      is_operator: 0 as const,
      date_created,
      date_updated: date_created,
    };
    await tx.insertInto('people').values(person).execute();
    const membership = { person_sid, account_sid, root_sid: account_sid, date_created };
    await tx.insertInto('memberships').values(membership).execute();
    const session = {
      digest: digestOf(SESSION),
      person_sid,
      state: 'full' as const,
      challenge: null,
      user_agent: canary('customer', 'user_agent'),
      date_created: now,
      date_seen: now,
      date_confirmed: now,
    };
    await tx.insertInto('sessions').values(session).execute();
  });
}
