import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fetchAccount } from '../../src/accounts/account-store.ts';
import type { Db } from '../../src/db/database.ts';
import { deletePerson } from '../../src/lifecycle/delete-person.ts';
import { changeOperator, disablePerson, enablePerson } from '../../src/people/change-person.ts';
import { addMember } from '../../src/people/create-person.ts';
import { setPasswordByLink } from '../../src/people/links/change-password.ts';
import { makePasswordLink } from '../../src/people/links/make-link.ts';
import type { Person } from '../../src/people/person.ts';
import { findPerson, listAccountsAlone } from '../../src/people/person-life-store.ts';
import { signIn } from '../../src/people/sign-in/sign-in.ts';
import { aPerson, Browser, signedIn } from '../support/browser.ts';
import {
  ann,
  annsBrowser,
  aVisitor,
  EMAIL,
  logIn,
  OTHER_PASSWORD,
  PASSWORD,
} from '../support/people.ts';
import { asSystem, onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';

const right = { email: EMAIL, password: PASSWORD };
const PEOPLE = '/console/platform/people';

async function personIn(db: Db, { sid }: Person): Promise<Person> {
  const person = await findPerson(db, sid);
  assert.ok(person);
  return person;
}

const again = ({ app }: TestApp, person: Person) => personIn(app.database.db, person);

/** The entries about a person in the platform's own log, in its order. */
async function logOf(app: TestApp, sid: string): Promise<string[]> {
  const { db } = app.app.database;
  const rows = await db
    .selectFrom('audit_events')
    .select('action')
    .where('account_sid', '=', '')
    .where('target_sid', '=', sid)
    .orderBy('sid')
    .execute();
  return rows.map(({ action }) => action);
}

onEveryEngine('somebody who is disabled', (engine) => {
  test('is signed out everywhere at once, and can sign in when enabled again', async () => {
    await using app = await testApp({ engine });
    const person = await ann(app);
    const browser = await annsBrowser(app);
    const link = await asSystem(app, (doing) => makePasswordLink(doing, person));
    assert.equal((await browser.get('/console')).location, '/login', 'a link ends sessions');
    const back = await annsBrowser(app);
    const page = await back.get('/console/profile');
    await asSystem(app, async (doing) => disablePerson(doing, await personIn(doing.tx, person)));
    assert.equal((await back.get('/console')).location, '/login');
    const late = await back.submit(page, '/console/profile', { Name: 'Late' });
    assert.notEqual(late.location, '/console/profile');
    assert.equal((await again(app, person)).name, 'Ann');
    await assert.rejects(signIn(aVisitor(app), right), { status: 403, message: /disabled/ });
    await assert.rejects(
      signIn(aVisitor(app), { ...right, password: 'not the right one' }),
      /not right/,
      'a wrong password does not show that the login is disabled',
    );
    await assert.rejects(setPasswordByLink(aVisitor(app), link, OTHER_PASSWORD), { status: 410 });
    await assert.rejects(
      asSystem(app, async (doing) => makePasswordLink(doing, await personIn(doing.tx, person))),
      /enable them first/,
    );
    const raced = await signedIn(app, person);
    assert.equal(
      (await raced.get('/console')).location,
      '/login',
      'a sign-in that was in progress',
    );
    await asSystem(app, async (doing) => enablePerson(doing, await personIn(doing.tx, person)));
    assert.equal((await signIn(aVisitor(app), right)).state, 'full');
    assert.deepEqual(await logOf(app, person.sid), ['person.disabled', 'person.enabled']);
  });
});

onEveryEngine('somebody who is deleted', (engine) => {
  test('leaves accounts to their other people, and the rest as the operator chose', async () => {
    await using app = await testApp({ engine });
    const { db } = app.app.database;
    const shared = await app.anAccount();
    const [own, other] = [await ann(app), await aPerson(app, shared)];
    await asSystem(app, (doing) => addMember(doing, shared.sid, own));
    const [alone] = await listAccountsAlone(db, own.sid);
    assert.ok(alone);
    const remove = (left: 'keep' | 'close' | null) =>
      asSystem(app, async (doing) => deletePerson(doing, await personIn(doing.tx, own), left));
    await assert.rejects(remove(null), /is the last person of AC\w{32}: choose whether to keep/);
    assert.deepEqual(await remove('close'), [alone.sid]);
    assert.equal((await fetchAccount(db, alone.sid))?.status, 'closed');
    assert.equal((await fetchAccount(db, shared.sid))?.status, 'active');
    assert.equal(await findPerson(db, own.sid), undefined);
    await assert.rejects(signIn(aVisitor(app), right), /not right/);
    assert.deepEqual(await logOf(app, own.sid), ['person.deleted']);
    const kept = await asSystem(app, (doing) => deletePerson(doing, other, 'keep'));
    assert.deepEqual(kept, [shared.sid]);
    assert.equal((await fetchAccount(db, shared.sid))?.status, 'active');
    assert.equal((await ann(app)).email, EMAIL, 'the address is free again');
  });

  test('does not count among the people of an account while disabled', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const [first, second] = [await aPerson(app, account), await aPerson(app, account)];
    await asSystem(app, (doing) => disablePerson(doing, second));
    const alone = await listAccountsAlone(app.app.database.db, first.sid);
    assert.deepEqual(
      alone.map(({ sid }) => sid),
      [account.sid],
    );
  });
});

onEveryEngine('the last operator', (engine) => {
  test('stays, unless the operator confirms that none is left', async () => {
    await using app = await testApp({ engine });
    const operator = await aPerson(app, null, { is_operator: true });
    const other = await aPerson(app, null, { is_operator: true });
    const ways = [
      (person: Person) => asSystem(app, (doing) => disablePerson(doing, person)),
      (person: Person) => asSystem(app, (doing) => deletePerson(doing, person, null)),
      (person: Person) => asSystem(app, (doing) => changeOperator(doing, person, 0)),
    ];
    await asSystem(app, (doing) => disablePerson(doing, other));
    for (const way of ways) await assert.rejects(way(operator), /is the last operator/);
    await asSystem(app, async (doing) => enablePerson(doing, await personIn(doing.tx, other)));
    const both = await Promise.allSettled([
      asSystem(app, (doing) => changeOperator(doing, operator, 0)),
      asSystem(app, async (doing) => changeOperator(doing, await personIn(doing.tx, other), 0)),
    ]);
    assert.deepEqual(both.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    const left = (await again(app, operator)).is_operator ? operator : other;
    const allowed = { even_last: true };
    await asSystem(app, async (doing) =>
      changeOperator(doing, await personIn(doing.tx, left), 0, allowed),
    );
    assert.equal((await again(app, left)).is_operator, 0);
  });
});

onEveryEngine('the pages of people', (engine) => {
  test('let an operator rename, disable, enable, promote and delete a person', async () => {
    await using app = await testApp({ engine });
    const person = await ann(app);
    const operator = await aPerson(app, null, { is_operator: true, name: 'Olga' });
    const browser = await signedIn(app, operator);
    const list = await browser.get(PEOPLE);
    assert.match(list.text, /Olga[\s\S]*Operator/);
    assert.match((await browser.get(`${PEOPLE}?q=ANN%40ex`)).text, /ann@example\.com/);
    assert.match((await browser.get(`${PEOPLE}?q=nothing`)).text, /Nobody matches/);
    const own = `${PEOPLE}/${person.sid}`;
    const click = async (action: string, form: Record<string, string> = {}, from = action) =>
      browser.submit(await browser.get(from), action, form);
    assert.equal((await click(own, { Name: 'Ann Two' })).location, own);
    const bad = await click(own, { Name: '' });
    assert.match(bad.text, /Name must not be empty/);
    const anns = await annsBrowser(app);
    assert.match((await browser.get(own)).text, /Ann Two[\s\S]*nobody else[\s\S]*A browser/);
    assert.equal((await click(`${own}/sessions`, {}, own)).location, own);
    assert.equal((await anns.get('/console')).location, '/login');
    assert.equal((await click(`${own}/operator`)).location, own);
    assert.equal((await again(app, person)).is_operator, 1);
    assert.equal((await click(`${own}/operator`)).location, own);
    assert.match(
      (await browser.get(`${own}/disable`)).text,
      /Nobody else can sign in to 1 account/,
    );
    assert.equal((await click(`${own}/disable`)).location, own);
    assert.equal((await logIn(new Browser(app))).status, 403);
    assert.equal((await click(`${own}/enable`, {}, own)).location, own);
    await click(`${PEOPLE}/${operator.sid}/disable`);
    const refused = await click(`${PEOPLE}/${operator.sid}/delete`);
    assert.match(refused.text, /is the last operator/);
    const [account] = await listAccountsAlone(app.app.database.db, person.sid);
    const wrong = await click(`${own}/delete`, { Accounts: 'burn' });
    assert.match(wrong.text, /must be keep or close/);
    assert.equal((await click(`${own}/delete`, { Accounts: 'close' })).location, PEOPLE);
    assert.equal((await browser.get(own)).status, 404);
    assert.equal((await fetchAccount(app.app.database.db, account?.sid ?? ''))?.status, 'closed');
  });

  test("show a person's own sessions, and end one, the others, or all", async () => {
    await using app = await testApp({ engine });
    await ann(app);
    const page = '/console/profile/sessions';
    const [here, there, third] = [
      await annsBrowser(app),
      await annsBrowser(app),
      await annsBrowser(app),
    ];
    const digests = async () =>
      [...(await here.get(page)).text.matchAll(/name="Session" value="(\w{64})"/g)].map(
        ([, digest]) => digest ?? '',
      );
    assert.equal((await digests()).length, 3);
    const before = new Set(await digests());
    await there.submit(await there.open('/console'), '/logout');
    assert.equal((await digests()).length, 2);
    const text = (await here.get(page)).text;
    const [, mine = ''] = /This browser[\s\S]*?name="Session" value="(\w{64})"/.exec(text) ?? [];
    const other = (await digests()).find((digest) => digest !== mine) ?? '';
    assert.ok(before.has(other));
    const end = async (Session: string) => here.submit(await here.get(page), page, { Session });
    assert.equal((await end(other)).location, page);
    assert.equal((await third.get('/console')).location, '/login');
    assert.equal((await end(other)).status, 404, 'it has ended already');
    const fourth = await annsBrowser(app);
    assert.equal((await end('others')).location, page);
    assert.equal((await fourth.get('/console')).location, '/login');
    assert.equal((await here.get(page)).status, 200);
    assert.equal((await end(mine)).location, '/login');
    assert.equal((await here.get(page)).location, '/login');
    app.advanceReal(1);
    const stale = await annsBrowser(app);
    app.advanceReal(16 * 60_000);
    assert.equal((await stale.get(page)).location, '/login/confirm', 'a new proof is needed');
  });

  test('do not end another person’s session', async () => {
    await using app = await testApp({ engine });
    await ann(app);
    const anns = await annsBrowser(app);
    const stranger = await signedIn(app, await aPerson(app, await app.anAccount()));
    const rows = await app.app.database.db.selectFrom('sessions').selectAll().execute();
    const page = '/console/profile/sessions';
    const form = await stranger.get(page);
    for (const { digest, user_agent } of rows) {
      if (user_agent === null) continue;
      assert.equal((await stranger.submit(form, page, { Session: digest })).status, 404);
    }
    assert.equal((await anns.get('/console')).status, 303);
    assert.notEqual((await anns.get('/console')).location, '/login');
  });
});
