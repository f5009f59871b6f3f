import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCredentialPlaces, PLACE_KEPT_MS } from '../../src/access/credential-places.ts';
import {
  MAX_REFUSALS_A_MINUTE,
  noteSecurityEvent,
  pruneSecurityEvents,
  SECURITY_EVENTS_KEPT_MS,
} from '../../src/audit/security-event.ts';
import { createPerson } from '../../src/people/create-person.ts';
import { hashRandomPassword } from '../../src/people/sign-in/password.ts';
import { sweepAll } from '../../src/workers.ts';
import { Browser, type Visit } from '../support/browser.ts';
import { EMAIL, PASSWORD } from '../support/people.ts';
import {
  asSystem,
  connectLogin,
  type Login,
  loginOf,
  onEveryEngine,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

const ADMIN_TOKEN = 'a token that is long and hard to guess 4711';
const CONFIG = { trustedProxies: ['127.0.0.1'], adminToken: ADMIN_TOKEN };
const HOME = '203.0.113.7';
const AWAY = '198.51.100.7';
const OWN = '/console/profile/security';

const from = (address: string) => ({ 'x-forwarded-for': address });

/** All events after the writes of the queue, oldest first. */
async function eventsOf({ app }: TestApp) {
  await app.database.idle();
  const rows = await app.database.db
    .selectFrom('security_events')
    .selectAll()
    .orderBy('date_created')
    .orderBy('sid')
    .execute();
  return rows.map(({ kind, person_sid, account_sid, address }) => ({
    kind,
    who: person_sid ?? account_sid,
    address,
  }));
}

async function anAnn(app: TestApp, { is_operator } = { is_operator: false }) {
  const account = await app.anAccount();
  const password_hash = await hashRandomPassword(app.app, PASSWORD);
  const person = await asSystem(app, (doing) =>
    createPerson(doing, {
      email: EMAIL,
      name: 'Ann',
      password_hash,
      account_sid: account.sid,
      is_operator,
    }),
  );
  return { account, person };
}

async function signIn(browser: Browser, password: string, address: string): Promise<Visit> {
  const page = await browser.get('/login', from(address));
  const [, token = ''] = /name="form_token" value="([^"]+)"/.exec(page.text) ?? [];
  const form = { form_token: token, Email: EMAIL, Password: password };
  return browser.post('/login', form, from(address));
}

onEveryEngine('the log of security events', (engine) => {
  test('has sign-ins, refusals and changes, with address and person', async () => {
    await using app = await testApp({ engine, config: CONFIG });
    const { person } = await anAnn(app);
    const browser = new Browser(app);
    assert.equal((await signIn(browser, 'CANARY-wrong', AWAY)).status, 403);
    assert.equal((await signIn(browser, PASSWORD, HOME)).status, 303);
    const profile = await browser.get('/console/profile');
    const [, token = ''] = /name="form_token" value="([^"]+)"/.exec(profile.text) ?? [];
    const changed = {
      form_token: token,
      CurrentPassword: PASSWORD,
      NewPassword: 'teal kettle 7 moon',
    };
    const done = await browser.post('/console/profile/password', changed, from(HOME));
    assert.equal(done.status, 303, done.text);

    const who = person.sid;
    assert.deepEqual(await eventsOf(app), [
      { kind: 'sign_in.refused', who, address: AWAY },
      { kind: 'session.started', who, address: HOME },
      { kind: 'password.changed', who, address: HOME },
      { kind: 'session.started', who, address: HOME },
    ]);
    const lines = app.logLines.filter((line) => line.includes('security_event'));
    const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      told.map(({ security_event, person_sid, address }) => [security_event, person_sid, address]),
      (await eventsOf(app)).map(({ kind, address }) => [kind, who, address]),
    );
    assert.ok(!app.logLines.join('').includes('CANARY-wrong'));

    const shown = await browser.get(OWN);
    assert.equal(shown.status, 200);
    assert.match(shown.text, /A sign-in was refused/);
    assert.match(shown.text, new RegExp(AWAY));
  });

  test('shows people their own events, and operators all events', async () => {
    await using app = await testApp({ engine, config: CONFIG });
    const { account, person } = await anAnn(app, { is_operator: true });
    const stranger = await app.anAccount();
    const note = (event: Parameters<typeof noteSecurityEvent>[1]) =>
      noteSecurityEvent(app.app, event);
    note({ kind: 'credential.used_elsewhere', account_sid: account.sid, address: '192.0.2.1' });
    note({ kind: 'credential.used_elsewhere', account_sid: stranger.sid, address: '192.0.2.2' });
    note({ kind: 'sign_in.refused', person_sid: null, address: '192.0.2.3' });
    const guess = { authorization: 'Bearer guess', ...from('192.0.2.4') };
    assert.equal((await app.request('GET', '/_tieline/audit', { headers: guess })).status, 401);
    const browser = new Browser(app);
    await signIn(browser, PASSWORD, HOME);
    const kinds = (await eventsOf(app)).map(({ kind }) => kind);
    assert.deepEqual(kinds.slice(-2), ['admin_token.refused', 'operator.signed_in']);

    const addresses = (text: string) => [...new Set(text.match(/(?:192\.0\.2|203\.0\.113)\.\d/g))];
    assert.deepEqual(addresses((await browser.get(OWN)).text), [HOME, '192.0.2.1']);
    const all = await browser.get('/console/platform/security');
    const everything = [HOME, '192.0.2.4', '192.0.2.3', '192.0.2.2', '192.0.2.1'];
    assert.deepEqual(addresses(all.text), everything);
    const find = async (query: string) =>
      addresses((await browser.get(`/console/platform/security?${query}`)).text);
    assert.deepEqual(await find('kind=sign_in.refused'), ['192.0.2.3']);
    assert.deepEqual(await find(`about=${stranger.sid}`), ['192.0.2.2']);
    assert.deepEqual(await find(`about=${person.sid}`), [HOME]);
    assert.deepEqual(await find('about=192.0.2.4&kind=admin_token.refused'), ['192.0.2.4']);
    assert.deepEqual(await find('about=nothing'), []);
  });

  test('has the use of a credential from a new network, at most once a day', async () => {
    await using app = await testApp({ engine, config: CONFIG });
    const [account, owner] = [await app.anAccount(), await app.anAccount()];
    const key = await app.aKey(account, 'main');
    const grant = await app.aGrant(await app.aConnectApp(owner), account);
    const use = async (login: Login, address: string) => {
      const { status } = await app.request('GET', '/v1/ByocTrunks', {
        login,
        headers: from(address),
      });
      assert.equal(status, 200);
    };
    const token = loginOf(account);
    await use(token, HOME);
    await use(token, '203.0.113.99');
    await use(key, AWAY);
    assert.deepEqual(await eventsOf(app), [], 'neither a first network nor a neighbour is odd');
    await use(token, AWAY);
    await use(token, AWAY);
    await use(token, '2001:db8:1:2::3');
    await use(connectLogin(grant, owner), HOME);
    await use(connectLogin(grant, owner), AWAY);
    const elsewhere = (who: string, address: string) => ({
      kind: 'credential.used_elsewhere',
      who,
      address,
    });
    const seen = [
      elsewhere(account.sid, AWAY),
      elsewhere(account.sid, '2001:db8:1:2::3'),
      elsewhere(owner.sid, AWAY),
    ];
    assert.deepEqual(await eventsOf(app), seen);
    // A network without use for a month is new again.
    app.advanceReal(PLACE_KEPT_MS - 1);
    await use(token, HOME);
    app.advanceReal(2);
    await sweepAll(app.app);
    await use(token, AWAY);
    const all = await eventsOf(app);
    assert.deepEqual(all.slice(seen.length), [elsewhere(account.sid, AWAY)]);
  });

  test('costs no write when a credential was seen in its network that day', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    let writes = 0;
    const { database } = app.app;
    const counting = { ...app.app, database: { ...database, write: countingWrite } };
    function countingWrite<T>(...given: Parameters<typeof database.write<T>>): Promise<T> {
      writes += 1;
      return database.write(...given);
    }
    const places = openCredentialPlaces(counting);
    const { sid, owner_account_sid } = account;
    const own = { sid, owner_account_sid, type: 'Full', max_requests_per_second: null } as const;
    const caller = { kind: 'account', account: own, tenant: own } as const;
    for (let request = 0; request < 1_000; request += 1) places.note(caller, HOME);
    assert.equal(writes, 1);
    await database.idle();
  });

  test('is bounded by events a minute and by age', async () => {
    await using app = await testApp({ engine });
    for (let refusal = 0; refusal < MAX_REFUSALS_A_MINUTE + 50; refusal += 1) {
      noteSecurityEvent(app.app, { kind: 'sign_in.refused', address: HOME });
    }
    assert.equal((await eventsOf(app)).length, MAX_REFUSALS_A_MINUTE);
    app.advanceReal(SECURITY_EVENTS_KEPT_MS);
    noteSecurityEvent(app.app, { kind: 'sign_in.refused', address: HOME });
    app.advanceReal(1);
    await pruneSecurityEvents(app.app);
    assert.equal((await eventsOf(app)).length, 1);
  });
});
