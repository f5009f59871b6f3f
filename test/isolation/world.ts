import {
  connectLogin,
  type Login,
  loginOf,
  type TestAccount,
  type TestApp,
} from '../support/test-app.ts';
import { aCast, type Cast, type Granted, SESSION } from './cast.ts';
import type { Permission, Who } from './expected.ts';
import { noTenant, type Tenant } from './tenants.ts';

/** A caller that the product must identify as `who`. */
export interface Principal {
  readonly name: string;
  readonly who: Who;
  /** The account of the credentials, or for nobody's credentials the account that they try. */
  readonly self: Tenant;
  readonly login: Login | undefined;
  readonly headers?: Record<string, string>;
  /** The grant of a Connect app. */
  readonly grant_sid?: string;
}

export interface World {
  readonly principals: readonly Principal[];
  /** The targets by name. Each principal's own account is one more. */
  readonly targets: Readonly<Record<string, Tenant>>;
  readonly tenants: readonly Tenant[];
  /** The owner of each SID: the name in the canaries of an account or an app. */
  readonly sids: ReadonlyMap<string, string>;
  /** Secrets that no answer may hold. A primary token has the name of its account. */
  readonly secrets: ReadonlyMap<string, string | null>;
  /** Texts that were searched and hold no secret. */
  readonly clean: Set<string>;
}

export const SELF = 'its own account';
/** A foreign account must look like this one to callers without access. */
export const NOWHERE = 'an account that does not exist';

export async function aWorld(app: TestApp): Promise<World> {
  const cast = await aCast(app);
  const { customer, owner, stranger } = cast.tenants;
  const { both, other } = cast.subaccounts;
  const subaccounts = Object.values(cast.subaccounts).map(({ tenant }) => tenant);
  const tenants = [...Object.values(cast.tenants), ...subaccounts];
  return {
    principals: principalsOf(cast),
    targets: {
      [NOWHERE]: noTenant('nowhere', 'well-formed'),
      'a malformed SID': noTenant('malformed', 'malformed'),
      'the customer': customer,
      'the subaccount of an app': both.tenant,
      'the subaccount of another app': other.tenant,
      "the app's owner": owner,
      'an unrelated account': stranger,
    },
    tenants,
    sids: sidsOf(cast, tenants),
    secrets: await secretsOf(app, cast, tenants),
    clean: new Set(),
  };
}

const MAIN_ACCOUNT: Who = { is: 'account', of_main_account: true };
const WRONG_SECRET = '0'.repeat(32);

function principalsOf(cast: Cast): Principal[] {
  const { otherOwner, subaccounts, tenants, keys, testers, formerToken } = cast;
  const { account: owner, secondary } = cast.owner;
  const { both, reader, writer, revoked, greedy } = subaccounts;
  const { customer } = tenants;
  const asOwner = (password: string): Login => ({ username: owner.sid, password });
  const connected = (to: Granted, ...may: Permission[]) => ({
    who: { is: 'app', may } as const,
    self: to.tenant,
    login: connectLogin(to.grant, owner),
    grant_sid: to.grant.sid,
  });
  const someone = (who: Who, self: Tenant, login = ownLogin(self)) => ({ who, self, login });
  const nobody = (self: Tenant, login?: Login) => ({
    who: { is: 'nobody' } as const,
    self,
    login,
  });
  const cookie = `tieline_session=${SESSION}; __Host-tieline_session=${SESSION}`;
  const principals: Record<string, Omit<Principal, 'name'>> = {
    'no credentials': nobody(customer),
    'a wrong token': nobody(customer, { ...ownLogin(customer), password: WRONG_SECRET }),
    "the app owner's primary token": someone(MAIN_ACCOUNT, tenants.owner),
    "the app owner's secondary token": someone(MAIN_ACCOUNT, tenants.owner, asOwner(secondary)),
    "the app owner's token before a promotion": nobody(tenants.owner, asOwner(formerToken)),
    'a Main key': someone({ is: 'main key', of_main_account: true }, customer, keys.main),
    'a Standard key': someone(
      { is: 'standard key', of_main_account: true },
      customer,
      keys.standard,
    ),
    "the subaccounts' parent": someone(MAIN_ACCOUNT, customer),
    "a subaccount's own token": someone({ is: 'account', of_main_account: false }, both.tenant),
    'an app with get-all': connected(reader, 'get-all'),
    'an app with post-all': connected(writer, 'post-all'),
    'an app with both': connected(both, 'get-all', 'post-all'),
    'an app after its revoke': nobody(revoked.tenant, connectLogin(revoked.grant, owner)),
    'an app that asks for more than it was granted': connected(greedy, 'get-all'),
    "another app's owner with this subaccount": nobody(
      both.tenant,
      connectLogin(both.grant, otherOwner),
    ),
    "the owner's second app, by the secondary token": {
      ...connected(writer, 'post-all'),
      login: { username: writer.grant.subaccount_sid, password: secondary },
    },
    'a suspended account': nobody(tenants.suspended, ownLogin(tenants.suspended)),
    'a closed account': nobody(tenants.closed, ownLogin(tenants.closed)),
    'test credentials': someone({ is: 'tester' }, testTenant(cast), testers.customer),
    "a test SID with its account's token": nobody(testTenant(cast), {
      username: testers.customer.username,
      password: ownLogin(customer).password,
    }),
    'an account with its test token': nobody(customer, {
      username: ownLogin(customer).username,
      password: testers.customer.password,
    }),
    "a suspended account's test credentials": nobody(tenants.suspended, testers.suspended),
    'a console session sent to the API': { ...nobody(customer), headers: { cookie } },
  };
  return Object.entries(principals).map(([name, one]) => ({ name, ...one }));
}

function ownLogin({ account }: Tenant): Login {
  return loginOf(account as TestAccount);
}

/** The tenant of test credentials: an account without things. */
function testTenant({ testers }: Cast): Tenant {
  const nothing = noTenant('test0customer', 'well-formed');
  const none = Object.keys(nothing.things).map((segment) => [segment, null]);
  const things = { ...Object.fromEntries(none), Accounts: testers.customer.username };
  return { ...nothing, things: things as Tenant['things'] };
}

function sidsOf(cast: Cast, tenants: readonly Tenant[]): Map<string, string> {
  const { apps } = cast;
  const sids = new Map<string, string>();
  for (const { name, things } of [...tenants, testTenant(cast)]) {
    for (const sid of Object.values(things)) if (sid !== null) sids.set(sid, name);
  }
  for (const [name, { sid }] of Object.entries(apps)) sids.set(sid, name);
  return sids;
}

async function secretsOf({ app }: TestApp, cast: Cast, tenants: readonly Tenant[]) {
  const { owner, formerToken, keys, testers } = cast;
  const secrets = new Map<string, string | null>(
    [
      owner.secondary,
      formerToken,
      ...[keys.main, keys.standard, testers.customer, testers.suspended].map(
        ({ password }) => password,
      ),
    ].map((secret) => [secret, null]),
  );
  for (const { name, account } of tenants) if (account) secrets.set(account.auth_token, name);
  const { db } = app.database;
  for (const { digest, sealed } of await db.selectFrom('auth_tokens').selectAll().execute()) {
    secrets.set(digest, null).set(sealed, null);
  }
  for (const { digest, sealed } of await db.selectFrom('test_credentials').selectAll().execute()) {
    secrets.set(digest, null).set(sealed, null);
  }
  for (const { secret_digest } of await db.selectFrom('api_keys').selectAll().execute()) {
    secrets.set(secret_digest, null);
  }
  for (const { digest } of await db.selectFrom('sessions').selectAll().execute()) {
    secrets.set(digest, null);
  }
  return secrets.set(SESSION, null);
}
