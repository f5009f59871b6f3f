import assert from 'node:assert/strict';
import { test } from 'node:test';
import { updateConnectApp } from '../../src/connect-apps/connect-app-store.ts';
import { listAuditEvents } from '../support/audit-log.ts';
import { aPerson, signedIn, unescaped } from '../support/browser.ts';
import { asSystem, connectLogin, loginOf, onEveryEngine, testApp } from '../support/test-app.ts';

const HOSTILE = `"><img src=x onerror=alert(1)>'&\``;
const MINUTE = 60_000;

/** The values that a page shows once, by their labels. */
function secretsOf(page: string): Record<string, string> {
  const found = page.matchAll(/<dt>([^<]*)<\/dt>\s*<dd><code class="sid">([^<]*)<\/code>/g);
  return Object.fromEntries([...found].map(([, label, text]) => [label, unescaped(text ?? '')]));
}

onEveryEngine('an account in the console', (engine) => {
  test('shows its details, and can be renamed', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount({ friendly_name: HOSTILE });
    const browser = await signedIn(app, await aPerson(app, account, { name: 'Ann' }));
    const home = `/console/${account.sid}`;
    const overview = await browser.get(home);
    assert.ok(!overview.text.includes('<img src=x'), 'a name is text');
    assert.ok(unescaped(overview.text).includes(HOSTILE));
    assert.ok(overview.text.includes(`curl -u ${account.sid} http://localhost/`), 'as code');
    assert.ok(!overview.text.includes(account.auth_token));

    const page = await browser.get(`${home}/rename`);
    const refused = await browser.submit(page, `${home}/rename`, { FriendlyName: 'x'.repeat(65) });
    assert.equal(refused.status, 400);
    assert.match(refused.text, /Account name must be at most 64 characters/);
    assert.match(refused.text, /value="x{65}"/);
    const done = await browser.submit(page, `${home}/rename`, { FriendlyName: 'Acme' });
    assert.deepEqual([done.status, done.location], [303, `${home}/settings`]);
    assert.match((await browser.get(`${home}/settings`)).text, /The account is renamed/);
    const renamed = (await browser.get(home)).text;
    assert.match(renamed, /<h1><bdi>Acme<\/bdi><\/h1>/);
    assert.doesNotMatch(renamed, /The account is renamed/, 'once');
  });

  test('is upgraded by a click in development, and by the operator in production', async () => {
    await using development = await testApp({ engine });
    const trial = await development.anAccount({ type: 'Trial' });
    const browser = await signedIn(development, await aPerson(development, trial));
    const home = `/console/${trial.sid}`;
    const page = await browser.get(home);
    await browser.submit(page, `${home}/upgrade`);
    assert.match((await browser.get(home)).text, /The account is upgraded/);
    const { json } = await development.get(
      `/2010-04-01/Accounts/${trial.sid}.json`,
      loginOf(trial),
    );
    assert.equal(json.type, 'Full');

    const publicUrl = 'https://api.example.com';
    await using production = await testApp({ engine, config: { mode: 'production', publicUrl } });
    const account = await production.anAccount({ type: 'Trial' });
    const person = await aPerson(production, account);
    const abroad = await signedIn(production, person);
    const cookie = abroad.cookies.get('tieline_session') ?? '';
    abroad.cookies.set('__Host-tieline_session', cookie);
    const { text } = await abroad.get(`/console/${account.sid}`);
    assert.match(text, /Ask the people who run this platform to upgrade/);
    assert.doesNotMatch(text, /action="[^"]*\/upgrade"/);
    const sent = await abroad.post(`/console/${account.sid}/upgrade`, {});
    assert.equal(sent.status, 404);
  });

  test('makes subaccounts, suspends them, and closes them for good', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const browser = await signedIn(app, await aPerson(app, account));
    const home = `/console/${account.sid}`;
    assert.match((await browser.get(`${home}/settings`)).text, /There are none yet/);
    const form = await browser.get(`${home}/subaccounts/new`);
    const made = await browser.submit(form, `${home}/subaccounts/new`, { FriendlyName: 'Branch' });
    const own = made.location ?? '';
    const sid = own.split('/').at(-1) ?? '';
    const read = () => app.get(`/2010-04-01/Accounts/${sid}.json`, loginOf(account));
    assert.match((await browser.get(own)).text, /Your own use/);

    await browser.submit(await browser.get(`${own}/suspend`), `${own}/suspend`);
    assert.equal((await read()).json.status, 'suspended');
    await browser.submit(await browser.get(own), `${own}/reactivate`);
    assert.equal((await read()).json.status, 'active');
    await browser.submit(await browser.get(own), own, { FriendlyName: 'Office' });
    assert.equal((await read()).json.friendly_name, 'Office');
    const asked = await browser.get(`${own}/close`);
    assert.equal((await read()).json.status, 'active', 'asking changes nothing');
    await browser.submit(asked, `${own}/close`);
    assert.equal((await read()).json.status, 'closed');
    const after = await browser.get(own);
    assert.match(after.text, /This subaccount is closed for good/);
    assert.doesNotMatch(after.text, new RegExp(`${own}/(?:close|suspend)`));
  });

  test('has its subaccounts on several pages', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    for (let count = 0; count < 27; count += 1) await app.aSubaccount(account, `Number ${count}`);
    const browser = await signedIn(app, await aPerson(app, account));
    const seen = (text: string) => [...text.matchAll(/>(Number \d+)</g)].map(([, name]) => name);
    const first = await browser.get(`/console/${account.sid}/settings`);
    const older = unescaped(/href="([^"]*)" rel="next"/.exec(first.text)?.[1] ?? '');
    const second = await browser.get(older);
    assert.equal(seen(first.text).length, 25);
    assert.equal(new Set([...seen(first.text), ...seen(second.text)]).size, 27);
    assert.doesNotMatch(second.text, /rel="next"/);
    assert.match(second.text, /rel="prev"/);
  });

  test('lists the apps that it authorised, and revokes one', async () => {
    await using app = await testApp({ engine });
    const owner = await app.anAccount();
    const customer = await app.anAccount();
    const browser = await signedIn(app, await aPerson(app, customer, { name: 'Cay' }));
    const list = `/console/${customer.sid}/authorized-apps`;
    assert.match((await browser.get(list)).text, /No app may act on this account/);

    const connectApp = await app.aConnectApp(owner, {
      friendly_name: HOSTILE,
      company_name: 'Acme & Sons',
      homepage_url: 'https://acme.example.com/"quoted"',
      permissions: ['get-all'],
    });
    const grant = await app.aGrant(connectApp, customer);
    const { account_sid, sid } = connectApp;
    await asSystem(app, (doing) =>
      updateConnectApp(doing.tx, account_sid, sid, { permissions: '["get-all","post-all"]' }),
    );
    const page = await browser.get(list);
    assert.ok(!page.text.includes('<img src=x'));
    assert.match(page.text, /Acme &amp; Sons/);
    assert.match(page.text, /<strong>Read all account data<\/strong>/);
    assert.match(page.text, /also asks for “Charge account for usage”, which you have not granted/);
    assert.match(page.text, /<dt>Last used<\/dt>\s*<dd><span class="none">never/);
    assert.match(page.text, /href="https:\/\/acme[^"]*" rel="noopener noreferrer"/);

    const login = connectLogin(grant, owner);
    const path = `/2010-04-01/Accounts/${grant.subaccount_sid}.json`;
    assert.equal((await app.get(path, login)).status, 200);
    const confirm = await browser.get(`${list}/${sid}/revoke`);
    assert.match(confirm.text, /<button type="submit" class="danger">Revoke<\/button>/);
    const done = await browser.submit(confirm, `${list}/${sid}/revoke`);
    assert.deepEqual([done.status, done.location], [303, list]);
    assert.equal((await app.get(path, login)).status, 401);
    assert.match((await browser.get(list)).text, /No app may act on this account/);
    assert.equal((await browser.get(`${list}/${sid}/revoke`)).status, 404);
    const again = await browser.submit(confirm, `${list}/${sid}/revoke`);
    assert.equal(again.status, 404, 'a second click finds nothing to revoke');
    const [event] = await listAuditEvents(app.app.database.db, customer.sid, 1);
    assert.deepEqual([event?.action, event?.actor_kind], ['grant.revoked', 'person']);
  });

  test('shows its auth tokens on request only, with an entry in the log', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const person = await aPerson(app, account);
    const browser = await signedIn(app, person);
    const own = `/console/${account.sid}/tokens`;
    const page = await browser.get(own);
    assert.ok(!page.text.includes(account.auth_token));
    assert.ok(!(await browser.get(`${own}/reveal`)).text.includes(account.auth_token));
    const shown = await browser.submit(page, `${own}/reveal`);
    const {
      'Test account SID': username = '',
      'Test token': password = '',
      ...rest
    } = secretsOf(shown.text);
    assert.deepEqual(rest, { 'Account SID': account.sid, 'Primary token': account.auth_token });
    const pretended = await app.post(
      `/2010-04-01/Accounts/${username}/IncomingPhoneNumbers.json`,
      { username, password },
      { PhoneNumber: '+15005550006' },
    );
    assert.equal(pretended.status, 201);
    for (const text of [page.text, (await browser.get(`${own}/reveal`)).text]) {
      assert.ok(!text.includes(username) && !text.includes(password));
    }
    assert.match(shown.headers['cache-control'] ?? '', /no-store/);
    const events = await listAuditEvents(app.app.database.db, account.sid, 2);
    const shownWhat = new Map(events.map(({ action, actor_sid }) => [action, actor_sid]));
    assert.equal(shownWhat.get('auth_token.shown'), person.sid);
    assert.equal(shownWhat.get('test_credentials.shown'), person.sid);
    const details = events.map(({ detail }) => detail).join();
    assert.ok(!details.includes(account.auth_token) && !details.includes(password));

    // An old session shows the tokens only after the password.
    app.advanceReal(16 * MINUTE);
    assert.equal((await browser.get(own)).status, 200);
    const late = await browser.get(`${own}/reveal`);
    assert.deepEqual([late.status, late.location], [303, '/login/confirm']);
    app.advanceReal(29 * MINUTE + MINUTE);
    const form = await browser.submit(page, `${own}/reveal`);
    assert.deepEqual([form.status, form.location], [303, '/login/confirm']);
  });

  test('changes its auth token without an interruption', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const browser = await signedIn(app, await aPerson(app, account));
    const own = `/console/${account.sid}/tokens`;
    const works = async (password: string) => {
      const login = { username: account.sid, password };
      return (await app.get(`/2010-04-01/Accounts/${account.sid}.json`, login)).status === 200;
    };
    const reveal = async () =>
      secretsOf((await browser.submit(await browser.get(own), `${own}/reveal`)).text);

    await browser.submit(await browser.get(own), `${own}/secondary`);
    const { 'Secondary token': second = '' } = await reveal();
    assert.ok((await works(second)) && (await works(account.auth_token)));
    const twice = await browser.submit(await browser.get(`${own}/secondary`), `${own}/secondary`);
    assert.equal(twice.status, 409);
    assert.match(twice.text, /There is a secondary token already/);

    await browser.submit(await browser.get(`${own}/promote`), `${own}/promote`);
    assert.ok((await works(second)) && !(await works(account.auth_token)));
    const { 'Primary token': primary, 'Secondary token': secondary } = await reveal();
    assert.deepEqual([primary, secondary], [second, undefined]);

    await browser.submit(await browser.get(own), `${own}/secondary`);
    const { 'Secondary token': third = '' } = await reveal();
    const path = `${own}/secondary/delete`;
    await browser.submit(await browser.get(path), path);
    assert.ok((await works(second)) && !(await works(third)));
  });

  test('makes an API key, shows its secret once, and deletes it', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const browser = await signedIn(app, await aPerson(app, account));
    const own = `/console/${account.sid}/keys`;
    assert.match((await browser.get(own)).text, /No API keys yet/);
    const form = await browser.get(`${own}/new`);
    const made = await browser.submit(form, `${own}/new`, { FriendlyName: HOSTILE });
    const { 'SID, the user name': sid = '', 'Secret, the password': secret = '' } = secretsOf(
      made.text,
    );
    const login = { username: sid, password: secret };
    const uses = () => app.get('/v1/ConnectionPolicies', login);
    assert.equal((await uses()).status, 200);
    const list = await browser.get(own);
    assert.ok(!list.text.includes(secret) && !list.text.includes('<img src=x'));
    assert.ok(list.text.includes(sid));
    const path = `${own}/${sid}/delete`;
    await browser.submit(await browser.get(path), path);
    assert.equal((await uses()).status, 401);
  });

  test('invites people, withdraws invitations, and never loses its last person', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const ann = await aPerson(app, account, { name: 'Ann' });
    const browser = await signedIn(app, ann);
    const own = `/console/${account.sid}/people`;
    const alone = await browser.get(own);
    assert.match(alone.text, /You are the only one/);
    const leave = await browser.get(`${own}/${ann.sid}/remove`);
    const refused = await browser.submit(leave, `${own}/${ann.sid}/remove`);
    assert.equal(refused.status, 400);
    assert.match(refused.text, /last person of an account cannot be removed/);

    const form = await browser.get(`${own}/invite`);
    const bad = await browser.submit(form, `${own}/invite`, { Email: 'nobody' });
    assert.equal(bad.status, 400);
    assert.match(bad.text, /Email must be an address such as/);
    const email = 'ben+<b>@example.com';
    const made = await browser.submit(form, `${own}/invite`, { Email: email });
    const { Link: link = '' } = secretsOf(made.text);
    assert.match(link, /^http:\/\/localhost\/links\/[\w-]{43}$/);
    const open = await browser.get(own);
    assert.ok(open.text.includes('ben+&lt;b&gt;@example.com') && !open.text.includes(link));
    await browser.submit(open, `${own}/withdraw`);
    assert.doesNotMatch((await browser.get(own)).text, /Open invitations/);

    const ben = await aPerson(app, account, { name: 'Ben' });
    const bens = await signedIn(app, ben);
    assert.equal((await bens.get(own)).status, 200);
    const path = `${own}/${ben.sid}/remove`;
    await browser.submit(await browser.get(path), path);
    assert.equal((await bens.get(own)).status, 404, 'access ends with the removal');
  });
});
