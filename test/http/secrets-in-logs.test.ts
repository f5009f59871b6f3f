import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makePasswordLink } from '../../src/people/links/make-link.ts';
import { fetchPersonByEmail } from '../../src/people/person-store.ts';
import { Browser, formTokenOf } from '../support/browser.ts';
import { asSystem, connectLogin, loginOf, onEveryEngine, testApp } from '../support/test-app.ts';

const PASSWORD = 'CANARY correct horse battery';

onEveryEngine('the log', (engine) => {
  test('holds no secret of people or apps after any of their acts (T26)', async () => {
    await using app = await testApp({ engine });
    const secrets: string[] = [PASSWORD, 'CANARY-state', 'CANARY-query', 'CANARY-url'];
    const owner = await app.anAccount();
    const connectApp = await app.aConnectApp(owner, {
      deauthorize_callback_url: 'http://user:CANARY-url@localhost:1/gone',
    });
    const path = `/authorize/${connectApp.sid}`;
    const browser = new Browser(app);
    const keep = () => secrets.push(...browser.cookies.values());

    await browser.get(`${path}?state=CANARY-state`);
    const signUp = await browser.get('/signup');
    const form = { Email: 'ann@example.com', Name: 'Ann', Password: PASSWORD };
    const signedUp = await browser.submit(signUp, '/signup', form);
    keep();
    const trial = await browser.get(signedUp.location ?? '');
    const upgraded = await browser.submit(trial, `${path}/upgrade`);
    const consent = await browser.get(upgraded.location ?? '');
    secrets.push(
      formTokenOf(consent),
      /interaction" value="([^"]+)"/.exec(consent.text)?.[1] ?? '',
    );
    const done = await browser.submit(consent, path, { answer: 'authorize' });
    assert.equal(done.status, 303, done.text);

    const person = await fetchPersonByEmail(app.app.database.db, 'ann@example.com');
    assert.ok(person);
    const link = await asSystem(app, (doing) => makePasswordLink(doing, person));
    secrets.push(link);
    assert.equal((await browser.get(`/links/${link}?x=CANARY-query`)).status, 200);
    const wrong = await new Browser(app).get('/login');
    await new Browser(app).submit(wrong, '/login', { ...form, Password: `${PASSWORD}!` });

    const AccountSid = new URL(done.location ?? '').searchParams.get('AccountSid') ?? '';
    secrets.push(owner.auth_token);
    const grant = { subaccount_sid: AccountSid } as Parameters<typeof connectLogin>[0];
    await app.post('/v1/ConnectionPolicies?a=CANARY-query', connectLogin(grant, owner), {});
    await app.get(`/2010-04-01/Accounts/${owner.sid}.json`, loginOf(owner));
    const owned = await app.control('POST', '/deauthorize', {
      connect_app_sid: connectApp.sid,
      account_sid: (
        await app.get(`/2010-04-01/Accounts/${AccountSid}.json`, connectLogin(grant, owner))
      ).json.owner_account_sid,
    });
    assert.equal(owned.status, 200, owned.text);
    await app.deliver();

    const log = app.logLines.join('');
    assert.ok(log.includes('"path":"/links/…"'));
    for (const secret of secrets) {
      assert.ok(secret.length > 8, 'a secret that was found');
      assert.ok(!log.includes(secret), secret);
      assert.ok(!log.includes(encodeURIComponent(secret)), secret);
    }
  });
});
