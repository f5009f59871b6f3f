import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Browser, type Visit } from '../../../test/support/browser.ts';
import { PasskeyDevice } from '../../../test/support/passkey-device.ts';
import {
  ann,
  annsBrowser,
  codeAt,
  logIn,
  OTHER_PASSWORD,
  PASSWORD,
} from '../../../test/support/people.ts';
import { onEveryEngine, testApp } from '../../../test/support/test-app.ts';

onEveryEngine('the profile', (engine) => {
  const PROFILE = '/console/profile';

  test('changes the name and the password, and ends sessions', async () => {
    await using app = await testApp({ engine });
    await ann(app);
    const browser = await annsBrowser(app);
    const elsewhere = await annsBrowser(app);
    const page = await browser.get(PROFILE);
    assert.equal((await browser.submit(page, PROFILE, { Name: 'Ann Two' })).location, PROFILE);
    assert.match((await browser.get(PROFILE)).text, /value="Ann Two"/);
    const change = (form: Record<string, string>) =>
      browser.submit(page, `${PROFILE}/password`, form);
    const wrong = await change({ CurrentPassword: 'x', NewPassword: OTHER_PASSWORD });
    assert.match(wrong.text, /Current password is not right/);
    const weak = await change({ CurrentPassword: PASSWORD, NewPassword: 'short' });
    assert.match(weak.text, /New password must be at least 8 characters/);
    const id = browser.cookies.get('tieline_session');
    const done = await change({ CurrentPassword: PASSWORD, NewPassword: OTHER_PASSWORD });
    assert.equal(done.location, PROFILE);
    assert.notEqual(browser.cookies.get('tieline_session'), id);
    assert.equal((await elsewhere.get('/console')).location, '/login');
    const now = await browser.get(`${PROFILE}/sessions`);
    const out = await browser.submit(now, `${PROFILE}/sessions`, { Session: 'all' });
    assert.equal(out.location, '/login');
    assert.equal((await browser.get('/console')).location, '/login');
  });

  test('asks for the password before a second factor changes, and then for the factor', async () => {
    await using app = await testApp({ engine });
    await ann(app);
    const browser = await annsBrowser(app);
    app.advanceReal(16 * 60_000);
    assert.equal((await browser.get(`${PROFILE}/totp`)).location, '/login/confirm');
    const ask = await browser.get('/login/confirm');
    const wrong = await browser.submit(ask, '/login/confirm', { Password: 'x' });
    assert.match(wrong.text, /Password is not right/);
    const back = await browser.submit(ask, '/login/confirm', { Password: PASSWORD });
    assert.equal(back.location, `${PROFILE}/totp`);

    const page = await browser.get(`${PROFILE}/totp`);
    const [, secret = ''] = /<code class="sid">([A-Z2-7 ]+)<\/code>/.exec(page.text) ?? [];
    const add = (from: Visit, code: string) =>
      browser.submit(from, `${PROFILE}/totp`, { Code: code, Name: '' });
    const retry = await add(page, '12345');
    assert.ok(retry.text.includes(secret), 'the secret stays while its code is wrong');
    const added = await add(retry, codeAt(secret, app.app.realNow()));
    const codes = [...added.text.matchAll(/<li><code class="sid">([\w-]+)<\/code>/g)];
    assert.equal(codes.length, 10);
    assert.equal((await browser.get('/login')).location, '/console');

    const next = new Browser(app);
    assert.equal((await next.get(PROFILE)).location, '/login');
    assert.equal((await logIn(next)).location, '/login/second-factor');
    for (const path of ['/console', `${PROFILE}/totp`, '/login/confirm', PROFILE]) {
      assert.equal((await next.get(path)).location, '/login/second-factor', path);
    }
    const step = await next.get('/login/second-factor');
    const refused = await next.submit(step, '/login/second-factor', { Code: '000000' });
    assert.equal(refused.status, 403);
    const [, recovery = ''] = codes[0] ?? [];
    const done = await next.submit(step, '/login/second-factor', { Code: recovery });
    assert.equal(done.location, PROFILE);
    assert.match((await next.get(PROFILE)).text, /9 of 10 recovery codes are left/);
    const [, remove = ''] = /href="([^"]+\/remove)"/.exec((await next.get(PROFILE)).text) ?? [];
    const removed = await next.submit(await next.get(remove), remove);
    assert.equal(removed.location, PROFILE);
    assert.equal((await logIn(new Browser(app))).location, '/console');
  });

  test('accepts a passkey, and the next sign-in asks for it', async () => {
    await using app = await testApp({ engine });
    await ann(app);
    const origin = 'http://localhost';
    const device = new PasskeyDevice();
    const browser = await annsBrowser(app);
    const page = await browser.get(`${PROFILE}/passkey`);
    const token = { form_token: /name="form_token" value="([^"]+)"/.exec(page.text)?.[1] ?? '' };
    const options = await browser.post(`${PROFILE}/passkey/options`, token);
    assert.match(options.headers['content-type'] ?? '', /^application\/json/);
    const made = device.create(JSON.parse(options.text), origin);
    const added = await browser.submit(page, `${PROFILE}/passkey`, { Passkey: made, Name: 'Key' });
    assert.match(added.text, /Your recovery codes/);

    const next = new Browser(app);
    assert.equal((await logIn(next)).location, '/login/second-factor');
    const step = await next.get('/login/second-factor');
    const fields = { form_token: /name="form_token" value="([^"]+)"/.exec(step.text)?.[1] ?? '' };
    const ask = await next.post('/login/second-factor/passkey', fields);
    const answer = device.get(JSON.parse(ask.text), origin);
    const done = await next.post('/login/second-factor', { ...fields, Passkey: answer });
    assert.equal(done.location, '/console');
    assert.equal((await next.open('/console')).status, 200);
  });
});
