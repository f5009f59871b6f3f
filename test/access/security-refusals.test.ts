import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noteRepeated, tellRepeated } from '../../src/audit/repeated-events.ts';
import { MAX_REFUSALS_A_MINUTE, noteSecurityEvent } from '../../src/audit/security-event.ts';
import { disablePerson } from '../../src/people/change-person.ts';
import { invitePerson } from '../../src/people/links/make-link.ts';
import { linkPath } from '../../src/people/links/one-time-link.ts';
import { Browser, type Visit } from '../support/browser.ts';
import { ann, besieged, EMAIL, logIn, PASSWORD } from '../support/people.ts';
import {
  asSystem,
  connectLogin,
  loginOf,
  onEveryEngine,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

const CONFIG = { trustedProxies: ['127.0.0.1'] };
const HOME = '203.0.113.7';
const AWAY = '198.51.100.7';
const MINUTE = 60_000;
const CANARY = 'CANARY-not-the-right-one';

const from = (address: string) => ({ 'x-forwarded-for': address });

interface Refusal {
  readonly kind: string;
  readonly who: string | null;
  readonly address: string | null;
  readonly credential_sid?: string;
  readonly step?: string;
  readonly count?: number;
}

/** The stored refusals, oldest first. */
async function refusalsOf({ app }: TestApp): Promise<Refusal[]> {
  await app.database.idle();
  const rows = await app.database.db
    .selectFrom('security_events')
    .selectAll()
    .where((eb) => eb.or([eb('kind', 'like', '%.refused'), eb('kind', 'like', '%.delayed')]))
    .orderBy('date_created')
    .orderBy('sid')
    .execute();
  return rows.map(({ kind, person_sid, account_sid, address, detail }) => ({
    kind,
    who: person_sid ?? account_sid,
    address,
    ...(JSON.parse(detail) as Pick<Refusal, 'credential_sid' | 'step' | 'count'>),
  }));
}

/** The lines of the log about refusals. */
function linesOf({ logLines }: TestApp) {
  return logLines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ security_event }) => security_event !== undefined);
}

onEveryEngine('refused credentials of the API', (engine) => {
  test('are one event a minute for each network and account, with their number', async () => {
    await using app = await testApp({ engine, config: CONFIG });
    const account = await app.anAccount();
    const guess = (username: string, address: string, path = '/v1/ByocTrunks') =>
      app.request('GET', path, { login: { username, password: CANARY }, headers: from(address) });
    for (let n = 0; n < 40; n += 1) {
      assert.equal((await guess(account.sid, AWAY)).status, 401);
    }
    for (let n = 0; n < 5; n += 1) {
      const unknown = `AC${String(n).repeat(32)}`;
      assert.equal((await guess(unknown, AWAY)).status, 401);
      assert.equal((await guess(unknown, `2001:db8::1${n}`)).status, 401);
    }
    const seen = { kind: 'credentials.refused', who: null };
    assert.deepEqual(await refusalsOf(app), [
      { ...seen, who: account.sid, address: AWAY, credential_sid: account.sid },
      { ...seen, address: AWAY },
      { ...seen, address: '2001:db8::10' },
    ]);
    assert.equal(linesOf(app).length, 3);

    app.advanceReal(MINUTE);
    assert.equal((await guess(account.sid, AWAY)).status, 401);
    const counts = (await refusalsOf(app)).map(({ count }) => count);
    assert.deepEqual(counts, [40, 5, 5, undefined]);
    assert.equal(linesOf(app).length, 3 + 3 + 1);
    for (const line of linesOf(app)) assert.equal(line['level'], 'warn');
    assert.ok(!app.logLines.join('').includes(CANARY));
  });

  test('are shown to the people of the account, for every kind of credential', async () => {
    await using app = await testApp({ engine, config: CONFIG });
    const [account, owner] = [await app.anAccount(), await app.anAccount()];
    const key = await app.aKey(account, 'main');
    const grant = await app.aGrant(await app.aConnectApp(owner), account);
    const subaccount = connectLogin(grant, owner).username;
    const ask = async (headers: Record<string, string>) =>
      (await app.request('GET', '/v1/ByocTrunks', { headers: { ...headers, ...from(AWAY) } }))
        .status;
    const basic = (text: string) => ({
      authorization: `Basic ${Buffer.from(text).toString('base64')}`,
    });
    assert.equal(await ask({}), 401, 'is no guess at anything');
    assert.deepEqual(await refusalsOf(app), []);
    assert.equal(await ask(basic(`${key.username}:${CANARY}`)), 401);
    assert.equal(await ask(basic(`${subaccount}:${CANARY}`)), 401);
    assert.equal(await ask(basic(`${CANARY}:${CANARY}`)), 401);
    assert.equal(await ask({ authorization: `Bearer ${CANARY}` }), 401);
    assert.equal(await ask(basic(`SK${'0'.repeat(32)}:${CANARY}`)), 401);
    app.advanceReal(MINUTE);
    tellRepeated(app.app);
    const found = await refusalsOf(app);
    assert.deepEqual(
      found.map(({ who, credential_sid, count }) => [who, credential_sid, count]),
      [
        [account.sid, key.username, undefined],
        [account.sid, subaccount, undefined],
        [null, undefined, 3],
      ],
    );
    assert.ok(!JSON.stringify(found).includes('CANARY'));
    assert.ok(!app.logLines.join('').includes('CANARY'));
    const right = await app.request('GET', '/v1/ByocTrunks', { login: loginOf(account) });
    assert.equal(right.status, 200);
    assert.equal((await refusalsOf(app)).length, 3);
  });

  test('cannot fill the database from ever new networks or hide other kinds of events', async () => {
    await using app = await testApp({ engine });
    for (let n = 0; n < MAX_REFUSALS_A_MINUTE + 50; n += 1) {
      const address = `10.1.${n >> 8}.${n & 255}`;
      noteRepeated(app.app, { kind: 'credentials.refused', address });
    }
    noteSecurityEvent(app.app, { kind: 'sign_in.refused', address: HOME });
    app.advanceReal(MINUTE);
    tellRepeated(app.app);
    const found = await refusalsOf(app);
    assert.equal(found.length, MAX_REFUSALS_A_MINUTE + 1);
    const others = found.filter(({ address }) => address === null);
    assert.deepEqual(others, [
      { kind: 'credentials.refused', who: null, address: null, from: 'many networks', count: 51 },
    ]);
    assert.equal(found.at(-1)?.kind, 'sign_in.refused');
  });
});

/** Fills in the form of `action` in a browser at some network address. */
async function submit(
  browser: Browser,
  { page, action = page, address }: { page: string; action?: string; address: string },
  fields: Record<string, string>,
): Promise<Visit> {
  const { text } = await browser.get(page, from(address));
  const [, form_token = ''] = /name="form_token" value="([^"]+)"/.exec(text) ?? [];
  return browser.post(action, { form_token, ...fields }, from(address));
}

onEveryEngine('a refused password on a page that asks for it again', (engine) => {
  test('is an event with the name of the person, on every page that asks', async () => {
    await using app = await testApp({ engine, config: CONFIG });
    const person = await ann(app);
    const { sid: who } = person;
    const browser = new Browser(app);
    assert.equal((await logIn(browser)).location, '/console');
    const away = { address: AWAY };
    const profile = { page: '/console/profile', action: '/console/profile/password', ...away };
    const changed = { CurrentPassword: CANARY, NewPassword: 'teal kettle 7 moon' };
    assert.equal((await submit(browser, profile, changed)).status, 400);
    const confirm = { page: '/login/confirm', ...away };
    assert.equal((await submit(browser, confirm, { Password: CANARY })).status, 400);
    const secret = await asSystem(app, (doing) =>
      invitePerson(doing, { email: EMAIL, account_sid: null }),
    );
    const stranger = new Browser(app);
    const invited = await submit(
      stranger,
      { page: linkPath(secret), ...away },
      { Name: 'A', Password: CANARY },
    );
    assert.equal(invited.status, 409);
    const login = { page: '/login', ...away };
    const entered = { Email: EMAIL, Password: CANARY };
    assert.equal((await submit(stranger, login, entered)).status, 403);
    await asSystem(app, (doing) => disablePerson(doing, person));
    const disabled = await submit(stranger, login, { Email: EMAIL, Password: PASSWORD });
    assert.match(disabled.text, /disabled/);

    const event = { who, address: AWAY };
    assert.deepEqual(await refusalsOf(app), [
      { kind: 'password_change.refused', ...event },
      { kind: 'sign_in.refused', ...event, step: 'confirm' },
      { kind: 'sign_in.refused', ...event, step: 'invitation' },
      { kind: 'sign_in.refused', ...event, step: 'password' },
      { kind: 'sign_in.refused', ...event, step: 'password' },
    ]);
    assert.equal(linesOf(app).filter(({ level }) => level === 'warn').length, 5);
    assert.ok(!app.logLines.join('').includes(CANARY));
  });

  test('that came too early is one event a minute for each network and person', async () => {
    await using app = await testApp({ engine, config: CONFIG });
    const { sid: who } = await ann(app);
    await besieged(app);
    const tries = async (address: string, Email = EMAIL) => {
      const form = { Email, Password: PASSWORD };
      const { status } = await submit(new Browser(app), { page: '/login', address }, form);
      assert.equal(status, 429);
    };
    for (let n = 0; n < 6; n += 1) await tries(AWAY);
    for (let n = 0; n < 2; n += 1) await tries(HOME);
    await besieged(app, 'nobody@example.com');
    await tries(HOME, 'nobody@example.com');
    const delayed = { kind: 'sign_in.delayed', step: 'password' };
    const seen = [
      { ...delayed, who, address: AWAY },
      { ...delayed, who, address: HOME },
      { ...delayed, who: null, address: HOME },
    ];
    assert.deepEqual(await refusalsOf(app), seen);
    app.advanceReal(MINUTE);
    tellRepeated(app.app);
    const counts = (await refusalsOf(app)).map(({ count }) => count);
    assert.deepEqual(counts, [6, 2, undefined]);
  });
});
