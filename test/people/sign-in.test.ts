import assert from 'node:assert/strict';
import { test } from 'node:test';
import { invitePerson, makePasswordLink } from '../../src/people/links/make-link.ts';
import { startSession } from '../../src/people/sign-in/start-session.ts';
import { Browser, unescaped, type Visit } from '../support/browser.ts';
import {
  ann,
  annsBrowser,
  countHashes,
  EMAIL,
  logIn,
  OTHER_PASSWORD,
  PASSWORD,
} from '../support/people.ts';
import { asSystem, onEveryEngine, testApp } from '../support/test-app.ts';

const PRODUCTION = { mode: 'production', publicUrl: 'https://tieline.example.com' } as const;

/** A page without the parts that differ in each visit. */
function bytesOf({ status, headers, text }: Visit, entered: string) {
  const plain = text.replaceAll(/(name="form_token" value=")[^"]+/g, '$1').replaceAll(entered, '');
  const names = Object.keys(headers).filter((name) => name !== 'x-request-id');
  return { status, text: plain, headers: names.toSorted() };
}

onEveryEngine('the pages of signing in', (engine) => {
  test('sign up, log out and log in, without JavaScript', async () => {
    await using app = await testApp({ engine });
    const browser = new Browser(app);
    const page = await browser.get('/signup');
    assert.equal(page.status, 200);
    for (const label of ['Email', 'Name', 'Password']) {
      assert.match(page.text, new RegExp(`<label for="${label}">${label}</label>`));
    }
    assert.match(page.text, /<button type="submit"[^>]*>Sign up<\/button>/);
    const form = { Email: EMAIL, Name: 'Ann <b>', Password: PASSWORD };
    const weak = await browser.submit(page, '/signup', { ...form, Password: 'password' });
    assert.equal(weak.status, 400);
    assert.match(weak.text, /value="ann@example\.com"/);
    assert.match(unescaped(weak.text), /Password is easy to guess/);
    assert.ok(!weak.text.includes('value="password"'), 'a password is not sent back');
    const done = await browser.submit(weak, '/signup', form);
    assert.deepEqual([done.status, done.location], [303, '/console']);
    const console = await browser.open('/console');
    assert.equal(console.status, 200);
    assert.match(console.text, /Ann &lt;b&gt;/);
    const before = new Map(browser.cookies);
    const out = await browser.submit(console, '/logout');
    assert.deepEqual([out.status, out.location], [303, '/login']);
    assert.equal(out.headers['clear-site-data'], '"cache", "storage"');
    const again = await browser.open('/login');
    assert.match(again.text, /You are logged out\./);
    browser.cookies.set('tieline_session', before.get('tieline_session') ?? '');
    assert.equal((await browser.get('/console')).location, '/login', 'the old cookie is nothing');
    assert.equal((await logIn(browser)).location, '/console');
    assert.equal((await browser.get('/login')).location, '/console');
  });

  test('answer the same bytes for an unknown address, and work as hard (T20)', async () => {
    await using app = await testApp({ engine });
    await ann(app);
    const answers = [];
    for (const email of [EMAIL, 'nob@example.com', 'not an addr', '@']) {
      const browser = new Browser(app);
      await browser.get('/login');
      for (const attempt of [1, 2]) {
        using hashes = countHashes();
        const visit = await logIn(browser, email, 'not the right one');
        answers.push({ attempt, hashes: hashes.count(), ...bytesOf(visit, `value="${email}"`) });
      }
    }
    const [first, second] = answers;
    assert.deepEqual([first?.status, first?.hashes], [403, 1]);
    assert.match(first?.text ?? '', /The e-mail address or the password is not right/);
    for (const [index, answer] of answers.entries()) {
      assert.deepEqual(answer, index % 2 === 0 ? first : second);
    }
  });

  test('are the way back for a browser at a mistyped address', async () => {
    await using app = await testApp({ engine });
    const accept = 'text/html,application/xhtml+xml,*/*;q=0.8';
    const browser = new Browser(app);
    const lost = await browser.get('/consolee', { accept });
    assert.equal(lost.status, 404);
    assert.match(lost.text, /<main[^]*href="\/console"/);
    for (const [path, headers] of [
      ['/consolee', {}],
      ['/v2/Services', { accept }],
    ] as const) {
      assert.match((await browser.get(path, headers)).text, /"code":20404/);
    }
  });

  test('lead back to the requested page, and nowhere else (T11)', async () => {
    await using app = await testApp({ engine });
    await ann(app);
    const browser = new Browser(app);
    assert.equal((await browser.get('/console/profile')).location, '/login');
    assert.equal((await logIn(browser)).location, '/console/profile');
    assert.equal((await logIn(new Browser(app))).location, '/console');
    for (const forged of ['https://evil.example', '//evil.example', '/console.', 'x.y']) {
      const other = new Browser(app);
      other.cookies.set('tieline_return', forged);
      const page = await other.get('/login?next=https://evil.example&return=//evil.example');
      const form = { Email: EMAIL, Password: PASSWORD, next: forged, return: forged };
      assert.equal((await other.submit(page, '/login', form)).location, '/console');
    }
  });

  test("accept no form without its token or with another visitor's (T15, T17)", async () => {
    await using app = await testApp({ engine });
    await ann(app);
    const entered = { Email: EMAIL, Password: PASSWORD };
    const browser = new Browser(app);
    const page = await browser.get('/login');
    const stranger = await new Browser(app).get('/login');
    const [, foreign = ''] = /name="form_token" value="([^"]+)"/.exec(stranger.text) ?? [];
    assert.equal((await browser.post('/login', entered)).status, 403);
    const forged = await browser.post('/login', { ...entered, form_token: foreign });
    assert.equal(forged.status, 403);
    assert.ok(!browser.cookies.has('tieline_session'));
    for (const path of ['/signup', '/logout', '/console/profile', '/console/profile/sessions']) {
      assert.equal((await (await annsBrowser(app)).post(path, {})).status, 403, path);
    }
    assert.equal((await browser.submit(page, '/login', entered)).status, 303);
  });

  test('delay guessing, and state the delay', async () => {
    await using app = await testApp({ engine });
    await ann(app);
    const browser = new Browser(app);
    const statuses = [];
    for (let attempt = 1; attempt <= 11; attempt += 1) {
      statuses.push((await logIn(browser, EMAIL, 'wrong')).status);
    }
    assert.deepEqual(statuses, [...Array.from({ length: 10 }, () => 403), 429]);
    const early = await logIn(browser);
    assert.match(early.text, /Wait 1 second, then try again\./);
    assert.equal(early.headers['retry-after'], '1');
    app.advanceReal(1_000);
    assert.equal((await logIn(browser)).status, 303);
  });

  test('begin a session with a new id, after any earlier session (T18)', async () => {
    await using app = await testApp({ engine });
    const person = await ann(app);
    const planted = await asSystem(app, (a) =>
      startSession(a, person.sid, { state: 'password', user_agent: null }),
    );
    const browser = new Browser(app);
    browser.cookies.set('tieline_session', planted);
    assert.equal((await browser.get('/console')).location, '/login/second-factor');
    assert.equal((await logIn(browser)).location, '/console');
    const id = browser.cookies.get('tieline_session');
    assert.ok(id !== undefined && id !== planted);
    const thief = new Browser(app);
    thief.cookies.set('tieline_session', planted);
    assert.equal((await thief.get('/console')).location, '/login');
  });

  test('hide cookies from scripts and other sites, and bind them to the host in production', async () => {
    await using app = await testApp({ engine, config: PRODUCTION });
    await ann(app);
    const browser = new Browser(app);
    const done = await logIn(browser);
    const set = String(done.headers['set-cookie']);
    assert.match(set, /__Host-tieline_session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax/i);
    const page = await new Browser(app).get('/signup');
    assert.match(page.text, /You need an invitation to sign up here/);
    assert.doesNotMatch(page.text, /<label/);
  });
});

onEveryEngine('links that work once', (engine) => {
  test('admit an invited person once', async () => {
    await using app = await testApp({ engine, config: PRODUCTION });
    const { sid: account_sid } = await app.anAccount({ friendly_name: 'Widgets & Sons' });
    const secret = await asSystem(app, (a) => invitePerson(a, { account_sid, email: EMAIL }));
    const path = `/links/${secret}`;
    const browser = new Browser(app);
    const page = await browser.get(path);
    assert.match(page.text, /Widgets &amp; Sons/);
    const form = { Name: 'Ann', Password: PASSWORD };
    const weak = await browser.submit(page, path, { ...form, Password: '12345678' });
    assert.equal(weak.status, 400);
    const done = await browser.submit(weak, path, form);
    assert.equal(done.location, '/console');
    assert.equal((await browser.open('/console')).status, 200);
    for (const over of [path, `/links/${'A'.repeat(43)}`, '/links/x']) {
      const late = await new Browser(app).get(over);
      assert.equal(late.status, 410);
      assert.match(late.text, /Ask for a new link/);
    }
    assert.equal((await new Browser(app).get(path)).status, 410);
  });

  test('lead a person with a login to it and back, and nobody else', async () => {
    await using app = await testApp({ engine });
    await ann(app);
    const { sid: account_sid } = await app.anAccount();
    const secret = await asSystem(app, (a) => invitePerson(a, { account_sid, email: EMAIL }));
    const path = `/links/${secret}`;
    const browser = new Browser(app);
    await browser.get(path);
    assert.equal((await logIn(browser)).location, path);
    const page = await browser.get(path);
    const done = await browser.submit(page, path);
    assert.equal(done.location, `/console/${account_sid}`);

    const second = await asSystem(app, (a) =>
      invitePerson(a, { account_sid, email: 'b@x.example' }),
    );
    const other = await (await annsBrowser(app)).get(`/links/${second}`);
    assert.match(unescaped(other.text), /is for <strong>b@x\.example<\/strong>/);
    await assert.rejects(browser.submit(other, `/links/${second}`), /no form/);
  });

  test('set a password', async () => {
    await using app = await testApp({ engine });
    const person = await ann(app);
    const elsewhere = await annsBrowser(app);
    const secret = await asSystem(app, (a) => makePasswordLink(a, person));
    const browser = new Browser(app);
    const page = await browser.get(`/links/${secret}`);
    const done = await browser.submit(page, `/links/${secret}`, { Password: OTHER_PASSWORD });
    assert.equal(done.location, '/console');
    assert.equal((await elsewhere.get('/console')).location, '/login');
    assert.equal((await logIn(new Browser(app), EMAIL, OTHER_PASSWORD)).status, 303);
    assert.equal((await logIn(new Browser(app))).status, 403);
  });
});
