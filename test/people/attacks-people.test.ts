import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { CONFIRMED_MS } from '../../src/access/session.ts';
import { openApp } from '../../src/app.ts';
import { PAGES_PER_SECOND, WINDOW_SECONDS } from '../../src/http/guards/rate-limits.ts';
import { buildServer } from '../../src/http/server.ts';
import { addTotp } from '../../src/people/factors/change-second-factors.ts';
import { offerTotp } from '../../src/people/factors/totp.ts';
import { acceptInvitation } from '../../src/people/links/accept-invitation.ts';
import { changePassword, setPasswordByLink } from '../../src/people/links/change-password.ts';
import { invitePerson, makePasswordLink } from '../../src/people/links/make-link.ts';
import { endAllSessions } from '../../src/people/sign-in/end-session.ts';
import { passCode } from '../../src/people/sign-in/second-step.ts';
import { signIn } from '../../src/people/sign-in/sign-in.ts';
import { signUp } from '../../src/people/sign-in/sign-up.ts';
import { ROUTES } from '../../src/routes.ts';
import { listDeliveries, updateDelivery } from '../../src/webhooks/delivery-store.ts';
import { replayDelivery } from '../../src/webhooks/replay-delivery.ts';
import { aPerson, Browser, formTokenOf, signedIn } from '../support/browser.ts';
import {
  aVisitor,
  codeAt,
  OTHER_PASSWORD,
  PASSWORD,
  sessionOf,
  signedInVisitor,
} from '../support/people.ts';
import { asSystem, ENGINES, onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';

/** Attacks of people who have, or had, a part of the needed credentials. */

const eve = { email: 'eve@example.com', name: 'Eve', password: PASSWORD };

/** A person with a code app, signed in with both factors. */
async function withCodeApp(app: TestApp) {
  const signed = await signUp(aVisitor(app), eve);
  const visitor = await signedInVisitor(app, signed);
  const { change, person } = visitor;
  const { secret, sealed } = offerTotp(app.app, person, 'localhost');
  const code = codeAt(secret, app.app.realNow());
  const codes = await change((a) => addTotp(a, person.sid, { sealed, code, name: 'Phone' }));
  return { visitor, secret, codes: codes ?? [], cookie: signed.cookie };
}

onEveryEngine('a session and a password, without the second factor', (engine) => {
  test('do not open pages that ask for the password again', async () => {
    await using app = await testApp({ engine });
    const { visitor, cookie } = await withCodeApp(app);
    app.advanceReal(CONFIRMED_MS + 1_000);
    const browser = new Browser(app);
    browser.cookies.set('tieline_session', cookie);
    assert.equal((await browser.get('/console/profile/totp')).location, '/login/confirm');
    const entered = { current: PASSWORD, password: OTHER_PASSWORD };
    const changed = await changePassword(visitor, entered);
    browser.cookies.set('tieline_session', changed.cookie);
    assert.equal((await browser.get('/console/profile')).status, 200);
    assert.equal((await browser.get('/console/profile/totp')).location, '/login/confirm');
  });

  test('do not revive a session that has ended meanwhile', async () => {
    await using app = await testApp({ engine });
    const { visitor } = await withCodeApp(app);
    await visitor.change((a) => endAllSessions(a, visitor.person.sid));
    const entered = { current: PASSWORD, password: OTHER_PASSWORD };
    await assert.rejects(changePassword(visitor, entered), { status: 401 });
    assert.equal(
      (await signIn(aVisitor(app), eve)).state,
      'password',
      'the password is the old one',
    );
  });
});

onEveryEngine('a link to a new password', (engine) => {
  test('does not bypass the second factor', async () => {
    await using app = await testApp({ engine });
    const { visitor } = await withCodeApp(app);
    const secret = await asSystem(app, (a) =>
      makePasswordLink(a, { ...visitor.person, date_disabled: null }),
    );
    const set = await setPasswordByLink(aVisitor(app), secret, OTHER_PASSWORD);
    assert.equal(set.state, 'password', 'the second factor is still to come');
    const browser = new Browser(app);
    browser.cookies.set('tieline_session', set.cookie);
    assert.equal((await browser.get('/console/profile')).location, '/login/second-factor');
  });
});

onEveryEngine('somebody who was removed from an account', (engine) => {
  test('cannot come back by an earlier invitation of their own', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const admin = await aPerson(app, account);
    const removed = await aPerson(app, account);
    const elsewhere = await app.anAccount();
    const [secret, other] = await asSystem(app, async (a) => [
      await invitePerson(a, { account_sid: account.sid, email: eve.email }),
      await invitePerson(a, { account_sid: elsewhere.sid, email: eve.email }),
    ]);
    const browser = await signedIn(app, admin);
    const path = `/console/${account.sid}/people/${removed.sid}/remove`;
    const page = await browser.get(path);
    assert.equal((await browser.submit(page, path)).status, 303);
    await assert.rejects(acceptInvitation(aVisitor(app), secret ?? '', eve), { status: 410 });
    assert.ok(await acceptInvitation(aVisitor(app), other ?? '', eve), 'other accounts’ stay');
    const log = await browser.get(`/console/${account.sid}/audit-log`);
    assert.match(log.text, /Invitation withdrawn/);
  });

  test('can do nothing with an open page', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aPerson(app, account);
    const removed = await aPerson(app, account);
    const browser = await signedIn(app, removed);
    const path = `/console/${account.sid}/rename`;
    const page = await browser.get(path);
    await app.app.database.write((tx) =>
      tx.deleteFrom('memberships').where('person_sid', '=', removed.sid).execute(),
    );
    const form = { form_token: formTokenOf(page), FriendlyName: 'Mine' };
    assert.equal((await browser.post(path, form)).status, 404);
  });
});

onEveryEngine('a former operator of the platform', (engine) => {
  test('can do nothing with an open page of the platform', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount({ type: 'Trial' });
    const operator = await aPerson(app, null, { is_operator: true });
    const browser = await signedIn(app, operator);
    const path = `/console/platform/accounts/${account.sid}`;
    const page = await browser.get(path);
    assert.equal(page.status, 200);
    await app.app.database.write((tx) =>
      tx.updateTable('people').set({ is_operator: 0 }).execute(),
    );
    const form = { form_token: formTokenOf(page) };
    assert.equal((await browser.post(`${path}/upgrade`, form)).status, 404);
    assert.equal((await browser.get(path)).status, 404);
  });
});

onEveryEngine('a callback about an end that was undone', (engine) => {
  test('is not sent again in any state, also with a replay at the same moment', async () => {
    await using app = await testApp({ engine });
    const owner = await app.anAccount();
    const customer = await app.anAccount();
    const url = 'http://localhost:1/gone#rc=0';
    const connectApp = await app.aConnectApp(owner, { deauthorize_callback_url: url });
    const { db } = app.app.database;
    for (const state of ['pending', 'dead'] as const) {
      await app.aGrant(connectApp, customer);
      const both = { connect_app_sid: connectApp.sid, account_sid: customer.sid };
      await app.control('POST', '/deauthorize', both);
      const [stale] = await listDeliveries(db, {}, 1);
      assert.ok(stale);
      const over = { state, ...(state === 'dead' && { date_next: null }) };
      await app.app.database.write((tx) => updateDelivery(tx, stale.sid, over));
      await app.aGrant(connectApp, customer);
      await assert.rejects(
        asSystem(app, (a) => replayDelivery(a, stale)),
        { status: 409, message: /authorised the app again/ },
      );
      const [after] = await listDeliveries(db, {}, 1);
      assert.deepEqual([after?.sid, after?.state], [stale.sid, 'cancelled']);
    }
  });
});

onEveryEngine('somebody who is signed in, in production', (engine) => {
  test('has a limit of pages a second from all networks together, and others keep theirs', async () => {
    mock.timers.enable({ apis: ['Date', 'setTimeout'], now: Date.now() });
    try {
      const config = { mode: 'production', publicUrl: 'http://localhost' } as const;
      await using app = await testApp({ engine, config });
      const account = await app.anAccount();
      const person = await aPerson(app, account);
      const browsers = [await signedIn(app, person), await signedIn(app, person)];
      const path = `/authorize/CN${'0'.repeat(32)}`;
      for (let visits = 0; visits < PAGES_PER_SECOND * WINDOW_SECONDS; visits += 1) {
        assert.equal((await browsers[visits % 2]?.get(path))?.status, 404);
      }
      for (const browser of browsers) assert.equal((await browser.get(path)).status, 429);
      const other = await signedIn(app, await aPerson(app, account));
      assert.equal((await other.get(path)).status, 404);
    } finally {
      mock.timers.reset();
    }
  });
});

if (ENGINES.includes('postgres')) {
  test('two processes accept one code, one recovery code, one link and one answer once', async () => {
    await using app = await testApp({ engine: 'postgres' });
    const { config, log, keyRing } = app.app;
    const realNow = () => app.app.realNow();
    const otherProcess = await openApp(config, { log, realNow, now: app.app.now });
    assert.equal(otherProcess.keyRing.currentKeyId, keyRing.currentKeyId);
    const otherServer = buildServer(otherProcess, ROUTES);
    const beside = { ...app, app: otherProcess, server: otherServer } as TestApp;
    const tally = (all: readonly PromiseSettledResult<unknown>[]) =>
      all.filter(({ status }) => status === 'fulfilled').length;
    try {
      const { secret, codes } = await withCodeApp(app);
      for (let round = 0; round < 5; round += 1) {
        app.advanceReal(30_000);
        const entered = [codeAt(secret, realNow()), codes[round] ?? ''];
        for (const code of entered) {
          const halves = [];
          for (const place of [app, beside]) {
            const visitor = await signedInVisitor(place, await signIn(aVisitor(place), eve));
            assert.ok(visitor.half_session);
            halves.push({ ...visitor, half_session: visitor.half_session });
          }
          const passed = await Promise.allSettled(halves.map((one) => passCode(one, code)));
          assert.equal(tally(passed), 1, code);
          const again = passed.find((one) => one.status === 'fulfilled');
          assert.equal((await sessionOf(app, again?.value.cookie ?? ''))?.state, 'full');
        }
        const { sid: account_sid } = await app.anAccount();
        const email = `guest${round}@example.com`;
        const link = await asSystem(app, (a) => invitePerson(a, { account_sid, email }));
        const joined = await Promise.allSettled(
          [app, beside].map((place) => acceptInvitation(aVisitor(place), link, eve)),
        );
        assert.equal(tally(joined), 1);
      }
    } finally {
      await otherServer.close();
      await otherProcess.close();
    }
  });
}
