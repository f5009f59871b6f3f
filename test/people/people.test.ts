import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fetchAccountsOfPerson } from '../../src/access/session-store.ts';
import type { Db } from '../../src/db/database.ts';
import { addMember, createPerson } from '../../src/people/create-person.ts';
import { forgetSignIns } from '../../src/people/forget-sign-ins.ts';
import { acceptInvitation, joinByInvitation } from '../../src/people/links/accept-invitation.ts';
import { changePassword, setPasswordByLink } from '../../src/people/links/change-password.ts';
import {
  invitePerson,
  makePasswordLink,
  withdrawInvitation,
} from '../../src/people/links/make-link.ts';
import type { Person } from '../../src/people/person.ts';
import { fetchPersonByEmail, listPeopleOfAccount } from '../../src/people/person-store.ts';
import { removeMember } from '../../src/people/remove-member.ts';
import { endAllSessions } from '../../src/people/sign-in/end-session.ts';
import { signIn } from '../../src/people/sign-in/sign-in.ts';
import { signUp } from '../../src/people/sign-in/sign-up.ts';
import { listAuditEvents } from '../support/audit-log.ts';
import { aVisitor, PASSWORD, sessionOf, signedInVisitor } from '../support/people.ts';
import { asSystem, onEveryEngine, testApp } from '../support/test-app.ts';

const DAY = 24 * 3_600_000;
const ann = { email: 'ann@example.com', name: 'Ann', password: PASSWORD };
const ben = { email: 'ben@example.com', name: 'Ben', password: 'seven purple kettles' };
const PRODUCTION = { mode: 'production', publicUrl: 'https://api.example.com' } as const;

async function annIn(db: Db): Promise<Person> {
  const person = await fetchPersonByEmail(db, ann.email);
  assert.ok(person);
  return person;
}

async function messageOf(refused: Promise<unknown>): Promise<string> {
  const error = await refused.then(
    () => null,
    (reason: unknown) => reason,
  );
  return error instanceof Error ? error.message : 'nothing was refused';
}

onEveryEngine('people', (engine) => {
  test('sign up in development with a Trial account of their own, and only once', async () => {
    await using app = await testApp({ engine });
    const { db } = app.app.database;
    const first = await signUp(aVisitor(app), { ...ann, email: ' Ann@Example.com ' });
    assert.equal(first.state, 'full');
    assert.equal((await sessionOf(app, first.cookie))?.person.email, ann.email);
    const accounts = await fetchAccountsOfPerson(db, first.person_sid);
    assert.deepEqual(
      accounts.map(({ type, friendly_name, status }) => ({ type, friendly_name, status })),
      [{ type: 'Trial', friendly_name: 'Ann', status: 'active' }],
    );
    const again = await signUp(aVisitor(app), ann);
    assert.equal(again.person_sid, first.person_sid, 'the right password signs in');
    await assert.rejects(signUp(aVisitor(app), { ...ann, password: 'not the right one' }), {
      status: 409,
      message: 'There is a login with this e-mail address already: log in instead.',
    });
    await assert.rejects(signUp(aVisitor(app), { ...ben, password: 'password' }), { status: 400 });
    assert.equal(await fetchPersonByEmail(db, ben.email), undefined);
    const [account] = accounts;
    const events = await listAuditEvents(db, account?.sid ?? '', 10);
    assert.ok(events.every(({ actor_sid }) => actor_sid === first.person_sid));
    assert.deepEqual(events.map(({ action }) => action).toSorted(), [
      'account.created',
      'person.added',
      'session.started',
      'session.started',
    ]);
  });

  test('cannot sign up in production without an invitation, with a known address or a new one', async () => {
    await using app = await testApp({ engine, config: PRODUCTION });
    await asSystem(app, (a) =>
      createPerson(a, { ...ann, password_hash: null, account_sid: null, own_account: true }),
    );
    const answers = await Promise.all(
      [ann, ben].map((who) => messageOf(signUp(aVisitor(app), who))),
    );
    assert.match(answers[0] ?? '', /You need an invitation/);
    assert.equal(answers[0], answers[1]);
    const secret = await asSystem(app, (a) =>
      invitePerson(a, { account_sid: null, email: ben.email }),
    );
    const { person_sid } = await acceptInvitation(aVisitor(app), secret, ben);
    const [account] = await fetchAccountsOfPerson(app.app.database.db, person_sid);
    assert.deepEqual([account?.friendly_name, account?.type], ['Ben', 'Trial']);
  });

  test('join the account that invited them, by a link that works once', async () => {
    await using app = await testApp({ engine });
    const { db } = app.app.database;
    const account = await app.anAccount();
    const { sid: account_sid } = account;
    const secret = await asSystem(app, (a) =>
      invitePerson(a, { account_sid, email: 'BEN@example.com' }),
    );
    assert.match(secret, /^[\w-]{43}$/);
    const rows = JSON.stringify(await db.selectFrom('one_time_links').selectAll().execute());
    assert.ok(!rows.includes(secret), 'only its digest is stored');
    await assert.rejects(acceptInvitation(aVisitor(app), secret, { ...ben, password: 'short' }), {
      status: 400,
    });
    const both = await Promise.allSettled([
      acceptInvitation(aVisitor(app), secret, ben),
      acceptInvitation(aVisitor(app), secret, { ...ben, name: 'Another' }),
    ]);
    assert.equal(both.filter(({ status }) => status === 'fulfilled').length, 1);
    const people = await listPeopleOfAccount(db, account_sid);
    assert.deepEqual(
      people.map(({ email }) => email),
      [ben.email],
    );
    await assert.rejects(acceptInvitation(aVisitor(app), secret, ben), { status: 410 });
  });

  test('with a login join by it, signed in or by their password', async () => {
    await using app = await testApp({ engine });
    const { db } = app.app.database;
    const { sid: account_sid } = await app.anAccount();
    const { person_sid, cookie } = await signUp(aVisitor(app), ann);
    const invite = () => asSystem(app, (a) => invitePerson(a, { account_sid, email: ann.email }));
    const wrong = { name: 'Eve', password: 'eve knows it not' };
    await assert.rejects(acceptInvitation(aVisitor(app), await invite(), wrong), { status: 409 });
    assert.deepEqual(await listPeopleOfAccount(db, account_sid), []);
    await acceptInvitation(aVisitor(app), await invite(), { name: '', password: PASSWORD });
    const members = async () => (await listPeopleOfAccount(db, account_sid)).map(({ sid }) => sid);
    assert.deepEqual(await members(), [person_sid]);

    await asSystem(app, (a) => addMember(a, account_sid, { sid: person_sid, email: ann.email }));
    assert.deepEqual(await members(), [person_sid], 'nobody is in it twice');
    const other = await signUp(aVisitor(app), ben);
    const secret = await invite();
    const asBen = await signedInVisitor(app, other);
    await assert.rejects(
      asBen.change((a) => joinByInvitation(a, secret, asBen.person)),
      /This invitation is for ann@example\.com, and you are signed in as ben@example\.com/,
    );
    assert.ok(await sessionOf(app, cookie));
    const asAnn = await signedInVisitor(app, await signIn(aVisitor(app), ann));
    const join = (link: string) => asAnn.change((a) => joinByInvitation(a, link, asAnn.person));
    assert.equal(await join(secret), account_sid);
    await assert.rejects(join(secret), { status: 410 }, 'a second time');
    const late = await invite();
    app.advanceReal(7 * DAY);
    await assert.rejects(join(late), { status: 410 }, 'after a week');
  });

  test('are invited for a week, by the newest invitation, which can be withdrawn', async () => {
    await using app = await testApp({ engine });
    const { sid: account_sid } = await app.anAccount();
    const invite = (email: string) => asSystem(app, (a) => invitePerson(a, { account_sid, email }));
    const accept = (secret: string) => acceptInvitation(aVisitor(app), secret, ben);
    const older = await invite(ben.email);
    const newer = await invite(ben.email);
    await assert.rejects(accept(older), { status: 410 });
    assert.equal(await asSystem(app, (a) => withdrawInvitation(a, account_sid, ben.email)), true);
    await assert.rejects(accept(newer), { status: 410 });
    const late = await invite(ben.email);
    app.advance(30 * DAY);
    app.advanceReal(7 * DAY);
    await assert.rejects(accept(late), { status: 410 });
    for (const secret of ['', 'x', `${late}x`, 'A'.repeat(43)]) {
      await assert.rejects(accept(secret), { status: 410 });
    }
    const inTime = await invite(ben.email);
    app.advanceReal(7 * DAY - 1);
    await accept(inTime);
    const many = Array.from({ length: 101 }, (_, n) => invite(`p${n}@example.com`));
    const outcomes = await Promise.allSettled(many);
    assert.equal(outcomes.filter(({ status }) => status === 'rejected').length, 1);
  });

  test('set a new password by the operator’s link, which ends every session', async () => {
    await using app = await testApp({ engine });
    const { cookie } = await signUp(aVisitor(app), ann);
    const link = () => asSystem(app, async (a) => makePasswordLink(a, await annIn(a.tx)));
    const [first, second] = [await link(), await link()];
    assert.equal(await sessionOf(app, cookie), null, 'the link ends them already');
    const since = await signIn(aVisitor(app), ann);
    await assert.rejects(setPasswordByLink(aVisitor(app), first, 'password'), { status: 400 });
    const set = await setPasswordByLink(aVisitor(app), first, ben.password);
    assert.ok(await sessionOf(app, set.cookie));
    assert.equal(await sessionOf(app, since.cookie), null);
    for (const over of [first, second]) {
      await assert.rejects(setPasswordByLink(aVisitor(app), over, PASSWORD), { status: 410 });
    }
    await assert.rejects(signIn(aVisitor(app), ann), { status: 403 });
    await signIn(aVisitor(app), { ...ann, password: ben.password });
    const late = await link();
    app.advanceReal(DAY);
    await assert.rejects(setPasswordByLink(aVisitor(app), late, PASSWORD), { status: 410 });
    const invitation = await asSystem(app, (a) =>
      invitePerson(a, { account_sid: null, email: ann.email }),
    );
    await assert.rejects(setPasswordByLink(aVisitor(app), invitation, PASSWORD), { status: 410 });
  });

  test('lose an account at once when they are removed, except the last person', async () => {
    await using app = await testApp({ engine });
    const { db } = app.app.database;
    const { sid: account_sid } = await app.anAccount();
    const people = await Promise.all([ann, ben].map((who) => signUp(aVisitor(app), who)));
    for (const [index, { person_sid: sid }] of people.entries()) {
      const { email } = [ann, ben][index] ?? ann;
      await asSystem(app, (a) => addMember(a, account_sid, { sid, email }));
    }
    const remove = (sid: string) => asSystem(app, (a) => removeMember(a, account_sid, sid));
    const [first, second] = people;
    const both = await Promise.allSettled([
      remove(first?.person_sid ?? ''),
      remove(second?.person_sid ?? ''),
    ]);
    assert.deepEqual(
      both.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    );
    const left = await listPeopleOfAccount(db, account_sid);
    assert.deepEqual(
      left.map(({ sid }) => sid),
      [second?.person_sid],
    );
    await assert.rejects(remove(first?.person_sid ?? ''), { status: 404 });
    await assert.rejects(remove(second?.person_sid ?? ''), /last person/);
    const mine = await fetchAccountsOfPerson(db, first?.person_sid ?? '');
    assert.ok(!mine.some(({ sid }) => sid === account_sid));
  });

  test('are at most 100 in an account', async () => {
    await using app = await testApp({ engine });
    const { sid: account_sid } = await app.anAccount();
    const join = (n: number) =>
      asSystem(app, (a) =>
        createPerson(a, { email: `p${n}@x.example`, name: 'P', password_hash: null, account_sid }),
      );
    const all = await Promise.allSettled(Array.from({ length: 101 }, (_, n) => join(n)));
    assert.equal(all.filter(({ status }) => status === 'rejected').length, 1);
    assert.equal(await fetchPersonByEmail(app.app.database.db, 'p100@x.example'), undefined);
  });

  test('change their password, which ends every session but the new one of this browser', async () => {
    await using app = await testApp({ engine });
    const first = await signUp(aVisitor(app), ann);
    const elsewhere = await signIn(aVisitor(app), ann);
    const visitor = await signedInVisitor(app, first);
    const change = (current: string, password: string) =>
      changePassword(visitor, { current, password });
    await assert.rejects(change('wrong', ben.password), {
      status: 400,
      broken: { parameter: 'CurrentPassword', rule: 'is not right' },
    });
    await assert.rejects(change(PASSWORD, '12345678'), { status: 400 });
    assert.ok(await sessionOf(app, elsewhere.cookie));
    const changed = await change(PASSWORD, ben.password);
    assert.equal((await sessionOf(app, changed.cookie))?.state, 'full');
    for (const { cookie } of [first, elsewhere]) assert.equal(await sessionOf(app, cookie), null);
    await assert.rejects(signIn(aVisitor(app), ann), { status: 403 });
  });

  test('sign out everywhere, or everywhere else', async () => {
    await using app = await testApp({ engine });
    const here = await signUp(aVisitor(app), ann);
    const there = await signIn(aVisitor(app), ann);
    const others = await signUp(aVisitor(app), ben);
    const { change, person, session } = await signedInVisitor(app, here);
    assert.equal(await change((a) => endAllSessions(a, person.sid, session?.digest)), 1);
    assert.equal(await sessionOf(app, there.cookie), null);
    assert.ok(await sessionOf(app, here.cookie));
    assert.equal(await change((a) => endAllSessions(a, person.sid)), 1);
    assert.equal(await sessionOf(app, here.cookie), null);
    assert.ok(await sessionOf(app, others.cookie), 'nobody else’s');
  });

  test('leave no expired rows behind', async () => {
    await using app = await testApp({ engine });
    const { db } = app.app.database;
    await signUp(aVisitor(app), ann);
    await asSystem(app, async (a) => makePasswordLink(a, await annIn(a.tx)));
    await assert.rejects(signIn(aVisitor(app), { ...ann, password: 'wrong' }));
    await signUp(aVisitor(app), ben);
    const counts = async () => {
      const tables = ['sessions', 'sign_in_failures', 'one_time_links'] as const;
      const rows = await Promise.all(
        tables.map((name) => db.selectFrom(name).selectAll().execute()),
      );
      return rows.map(({ length }) => length);
    };
    await forgetSignIns(app.app);
    assert.deepEqual(await counts(), [1, 2, 1]);
    app.advanceReal(30 * 60_000 + 1);
    await forgetSignIns(app.app);
    assert.deepEqual(await counts(), [0, 2, 1]);
    app.advanceReal(32 * DAY);
    await forgetSignIns(app.app);
    assert.deepEqual(await counts(), [0, 0, 0]);
  });
});
