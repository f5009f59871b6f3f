import assert from 'node:assert/strict';
import { test } from 'node:test';
import { updateDelivery } from '../../src/webhooks/delivery-store.ts';
import { listAuditEvents } from '../support/audit-log.ts';
import { aPerson, signedIn, unescaped } from '../support/browser.ts';
import { aConsoleWorld } from '../support/console-world.ts';
import { asSystem, loginOf, onEveryEngine, testApp } from '../support/test-app.ts';

const PLATFORM = '/console/platform';

onEveryEngine("the operator's console", (engine) => {
  test('finds accounts by name and SID', async () => {
    await using app = await testApp({ engine });
    const operator = await aPerson(app, null, { is_operator: true });
    const browser = await signedIn(app, operator);
    assert.match((await browser.get(PLATFORM)).text, /No accounts yet/);
    assert.equal((await browser.get('/console')).location, PLATFORM);
    const acme = await app.anAccount({ friendly_name: 'Acme 100% \\ <b>' });
    const umlaut = await app.anAccount({ friendly_name: 'ÄRZTE' });
    const sub = await app.aSubaccount(acme, 'Branch');
    const found = async (q: string) => {
      const { text } = await browser.get(`${PLATFORM}?${new URLSearchParams({ q }).toString()}`);
      const links = text.matchAll(
        /<p class="name"[^>]*><a href="\/console\/platform\/accounts\/(\w+)"/g,
      );
      return [...links].map(([, sid]) => sid);
    };
    assert.deepEqual(await found(''), [sub.sid, umlaut.sid, acme.sid]);
    assert.deepEqual(await found('acme'), [acme.sid]);
    assert.deepEqual(await found('100%'), [acme.sid]);
    assert.deepEqual(await found('\\'), [acme.sid]);
    assert.deepEqual(await found('%'), [acme.sid], 'a sign of the pattern is text');
    assert.deepEqual(await found('_'), []);
    assert.deepEqual(await found('ÄRZ'), [umlaut.sid]);
    assert.deepEqual(await found(acme.sid), [sub.sid, acme.sid], 'with its subaccounts');
    assert.deepEqual(await found(sub.sid), [sub.sid]);
    assert.match((await browser.get(`${PLATFORM}?q=nothing`)).text, /No account matches/);
  });

  test('makes an account, and the link by which its first person signs up', async () => {
    await using app = await testApp({ engine });
    const operator = await aPerson(app, null, { is_operator: true });
    const browser = await signedIn(app, operator);
    const path = `${PLATFORM}/accounts/new`;
    const form = await browser.get(path);
    const entered = { FriendlyName: 'New & Co', Type: 'Full', Email: 'wrong' };
    const refused = await browser.submit(form, path, entered);
    assert.equal(refused.status, 400);
    assert.match(refused.text, /Email must be an address/);
    assert.match((await browser.get(PLATFORM)).text, /No accounts yet/, 'all of it or nothing');
    const made = await browser.submit(form, path, { ...entered, Email: 'ann@example.com' });
    assert.match(made.text, /http:\/\/localhost\/links\/[\w-]{43}</);
    const own = /href="(\/console\/platform\/accounts\/\w+)"/.exec(made.text)?.[1] ?? '';
    const account = await browser.get(own);
    assert.match(account.text, /New &amp; Co[\s\S]*Nobody can sign in[\s\S]*ann@example\.com/);
    await browser.submit(account, `${own}/withdraw`);
    assert.doesNotMatch((await browser.get(own)).text, /ann@example\.com/);

    const link = await browser.submit(await browser.get(`${own}/invite`), `${own}/invite`, {
      Email: 'ben@example.com',
    });
    assert.match(link.text, /give it to ben@example\.com/);
    const without = await browser.submit(form, path, { FriendlyName: 'Alone', Type: 'Trial' });
    assert.equal(without.status, 303);
    const events = await listAuditEvents(app.app.database.db, own.split('/').at(-1) ?? '', 10);
    assert.ok(events.every(({ actor_sid }) => actor_sid === operator.sid));
    assert.deepEqual(events.map(({ action }) => action).toSorted(), [
      'account.created',
      'invitation.made',
      'invitation.made',
      'invitation.withdrawn',
    ]);
  });

  test('upgrades, suspends, reactivates and closes', async () => {
    await using app = await testApp({ engine });
    const browser = await signedIn(app, await aPerson(app, null, { is_operator: true }));
    const account = await app.anAccount({ type: 'Trial' });
    const own = `${PLATFORM}/accounts/${account.sid}`;
    const status = async () =>
      (await app.get(`/2010-04-01/Accounts/${account.sid}.json`, loginOf(account))).status;
    await browser.submit(await browser.get(own), `${own}/upgrade`);
    assert.match((await browser.get(own)).text, /<dt>Type<\/dt>\s*<dd>Full/);
    await browser.submit(await browser.get(`${own}/suspend`), `${own}/suspend`);
    assert.equal(await status(), 401);
    await browser.submit(await browser.get(own), `${own}/reactivate`);
    assert.equal(await status(), 200);
    await browser.submit(await browser.get(`${own}/close`), `${own}/close`);
    assert.equal(await status(), 401);
    const closed = await browser.get(own);
    assert.match(closed.text, /This account is closed for good/);
    assert.doesNotMatch(closed.text, new RegExp(`${own}/(?:suspend|reactivate|close)"`));
    assert.equal((await browser.get(`${PLATFORM}/accounts/AC${'0'.repeat(32)}`)).status, 404);
  });

  test('sets limits, and shows the defaults of the others', async () => {
    await using app = await testApp({ engine });
    const browser = await signedIn(app, await aPerson(app, null, { is_operator: true }));
    const account = await app.anAccount();
    const own = `${PLATFORM}/accounts/${account.sid}`;
    const path = `${own}/limits`;
    const form = await browser.get(path);
    assert.match(form.text, /Empty: the default, 1000\./);
    for (const wrong of ['x', '-1', '1e3', '1.5', '99999999']) {
      const { status, text } = await browser.submit(form, path, { max_subaccounts: wrong });
      assert.equal(status, 400, wrong);
      assert.match(text, /Subaccounts must be/);
      assert.ok(text.includes(`value="${wrong}"`));
    }
    const limits = { max_subaccounts: '0', max_connect_apps: ' 7 ', max_requests_per_second: '' };
    await browser.submit(form, path, limits);
    const { text } = await browser.get(own);
    assert.match(text, /<dt>Subaccounts<\/dt>\s*<dd>0 <\/dd>/);
    assert.match(text, /<dt>Connect apps<\/dt>\s*<dd>7 <\/dd>/);
    assert.match(text, /<dt>Requests a second<\/dt>\s*<dd>as many as it likes <span/);
    const made = await app.post('/2010-04-01/Accounts.json', loginOf(account), {});
    assert.equal(made.status, 400);
    await browser.submit(await browser.get(path), path, { max_subaccounts: '' });
    assert.match((await browser.get(own)).text, /<dd>1000 <span class="muted">\(the default\)/);
  });

  test('makes a password link for somebody, and tells their accounts', async () => {
    await using app = await testApp({ engine });
    const world = await aConsoleWorld(app);
    const browser = await signedIn(app, world.operator);
    const own = `${PLATFORM}/accounts/${world.account.sid}`;
    const path = `${own}/people/${world.other.sid}/password-link`;
    const made = await browser.submit(await browser.get(path), path);
    assert.match(made.text, /http:\/\/localhost\/links\/[\w-]{43}</);
    const [event] = await listAuditEvents(app.app.database.db, world.account.sid, 1);
    assert.deepEqual(
      [event?.action, event?.actor_sid, event?.target_sid],
      ['password_link.made', world.operator.sid, world.other.sid],
    );
    const elsewhere = await app.anAccount();
    const wrong = path.replace(world.account.sid, elsewhere.sid);
    assert.equal((await browser.get(wrong)).status, 404, 'only of the account that they are in');
  });

  test('lists undelivered webhooks, and sends them again', async () => {
    await using app = await testApp({ engine });
    const world = await aConsoleWorld(app);
    const browser = await signedIn(app, world.operator);
    const path = `${PLATFORM}/webhooks`;
    assert.match((await browser.get(path)).text, /Every webhook has arrived/);
    const reason = 'The receiver answered 410 Gone, <b>';
    await asSystem(app, ({ tx }) =>
      updateDelivery(tx, world.delivery_sid, { state: 'dead', reason, date_next: null }),
    );
    const page = await browser.get(path);
    assert.ok(unescaped(page.text).includes(reason) && !page.text.includes('Gone, <b>'));
    const replay = `${path}/${world.delivery_sid}/replay`;
    await browser.submit(page, replay);
    assert.match((await browser.get(path)).text, /It is being sent again[\s\S]*has arrived/);
    const [event] = await listAuditEvents(app.app.database.db, world.account.sid, 1);
    assert.deepEqual([event?.action, event?.actor_sid], ['delivery.replayed', world.operator.sid]);
  });
});
