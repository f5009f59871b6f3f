import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openTap, roundTripsOf } from '../../bench/postgres-tap.ts';
import type { Endpoint } from '../../src/http/endpoint.ts';
import { ROUTES } from '../../src/routes.ts';
import { PGBOUNCER, startPooler } from '../support/servers/pgbouncer.ts';
import {
  A_TRIGGER,
  aFreeNumber,
  aReceivedMessage,
  aTenant,
  pathOf,
  type Tenant,
} from '../support/tenant.ts';
import {
  ENGINES,
  type Login,
  loginOf,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';
import { freshDatabase } from '../support/test-database.ts';
import { someCalls } from '../support/things-of-calls.ts';

const RECORDS = ROUTES.endpoints.filter(({ kind }) => kind === 'fetch');
/** Records of the 2010 API name their account. */
const NAMED = RECORDS.filter(({ path }) => path.includes(':AccountSid'));
/** Subaccounts make and authorise no apps, and have no balance. */
const OF_CHILDREN = NAMED.filter(({ path }) => !/ConnectApps|Balance/.test(path));

/** The product on a new PostgreSQL database, seen through a relay that counts round trips. */
async function aTappedApp({ pooled = false } = {}) {
  const { location, drop } = await freshDatabase('postgres');
  assert.ok(location.engine === 'postgres');
  const pooler = pooled ? await startPooler(location.url) : null;
  const tap = await openTap(pooler ? pooler.through(location.url) : location.url);
  const data = { engine: 'postgres', url: tap.url } as const;
  const app = await testApp({ engine: 'postgres', config: { data } });
  return {
    ...app,
    tap,
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      tap.close();
      await pooler?.[Symbol.asyncDispose]();
      await drop();
    },
  };
}

type TappedApp = Awaited<ReturnType<typeof aTappedApp>>;

/** Reads with some credentials, the second time with its round trips: the first use is noted. */
async function roundTripsFor(app: TappedApp, login: Login, paths: readonly string[]) {
  const counts: Record<string, string> = {};
  for (const path of paths) {
    await app.get(path, login);
    await app.app.database.idle();
    app.tap.clear();
    const { status } = await app.get(path, login);
    counts[path] = `${status} after ${roundTripsOf(app.tap.statements)}`;
  }
  return counts;
}

/** A subaccount with a thing of each kind that a subaccount can have. */
async function aChild(app: TestApp, parent: TestAccount): Promise<Tenant> {
  const account = await app.aSubaccount(parent);
  const made = async (path: string, form: Record<string, string>): Promise<string> => {
    const reply = await app.post(
      `/2010-04-01/Accounts/${account.sid}/${path}`,
      loginOf(parent),
      form,
    );
    assert.equal(reply.status, 201, reply.text);
    return reply.json.sid;
  };
  return {
    ...(await aTenant(app)),
    account,
    standardKey: await app.aKey(account, 'standard'),
    number_sid: await made('IncomingPhoneNumbers.json', { PhoneNumber: aFreeNumber() }),
    trigger_sid: await made('Usage/Triggers.json', A_TRIGGER),
    ...(await aReceivedMessage(app, account.sid)),
    ...(await someCalls(app, account.sid)),
  };
}

const all = (paths: readonly string[], outcome: string) =>
  Object.fromEntries(paths.map((path) => [path, outcome]));

suite('a read of one record on PostgreSQL', () => {
  if (!ENGINES.includes('postgres')) return;

  const pathsIn = (endpoints: readonly Endpoint[], tenant: Tenant) =>
    endpoints.map((endpoint) => pathOf(endpoint, tenant));

  test('is one round trip with the credentials, by the account, its key, its parent and an app', async () => {
    await using app = await aTappedApp();
    const tenant = await aTenant(app);
    const own = pathsIn(RECORDS, tenant);
    assert.ok(own.length >= 15);
    assert.deepEqual(
      await roundTripsFor(app, loginOf(tenant.account), own),
      all(own, '200 after 1'),
    );
    const named = pathsIn(NAMED, tenant);
    assert.deepEqual(await roundTripsFor(app, tenant.mainKey, named), all(named, '200 after 1'));
    const parent = await app.anAccount();
    const ofChild = pathsIn(OF_CHILDREN, await aChild(app, parent));
    assert.deepEqual(
      await roundTripsFor(app, loginOf(parent), ofChild),
      all(ofChild, '200 after 1'),
    );
    const seen = await roundTripsFor(app, tenant.guest, named);
    for (const [path, outcome] of Object.entries(seen)) assert.match(outcome, / after 1$/, path);
    assert.ok(Object.values(seen).filter((outcome) => outcome.startsWith('200')).length >= 10);
  });

  test('shows nothing to wrong credentials and to strangers, though the rows were read', async () => {
    await using app = await aTappedApp();
    const tenant = await aTenant(app);
    const stranger = await app.anAccount();
    const { sid: username } = tenant.account;
    for (const path of pathsIn(RECORDS, tenant)) {
      const wrong = await app.get(path, { username, password: stranger.auth_token });
      assert.equal(wrong.status, 401, path);
      app.tap.clear();
      const other = await app.get(path, loginOf(stranger));
      assert.ok(other.status >= 400, path);
      for (const { text } of [wrong, other]) assert.doesNotMatch(text, /CANARY|auth_token/, path);
    }
    assert.equal(
      (await app.get(`/2010-04-01/Accounts/${username}/Calls/%00.json`, loginOf(tenant.account)))
        .status,
      404,
    );
  });

  test('is one round trip through PgBouncer too', { skip: PGBOUNCER === undefined }, async () => {
    await using app = await aTappedApp({ pooled: true });
    const parent = await app.anAccount();
    const paths = pathsIn(OF_CHILDREN, await aChild(app, parent));
    assert.deepEqual(await roundTripsFor(app, loginOf(parent), paths), all(paths, '200 after 1'));
  });
});
