import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Browser } from '../../../test/support/browser.ts';
import {
  ann,
  aVisitor,
  besieged,
  countHashes,
  EMAIL,
  logIn,
  OTHER_PASSWORD,
  PASSWORD,
} from '../../../test/support/people.ts';
import { asSystem, onEveryEngine, type TestApp, testApp } from '../../../test/support/test-app.ts';
import { ApiError } from '../../kit/api-error.ts';
import { createPerson } from '../create-person.ts';
import { forgetSignIns } from '../forget-sign-ins.ts';
import { KNOWN_NETWORK_MS, MAX_KNOWN_NETWORKS } from './known-place.ts';
import { hashRandomPassword } from './password.ts';
import { signIn } from './sign-in.ts';

const right = { email: EMAIL, password: PASSWORD };
const wrong = { email: EMAIL, password: 'not the right one' };
const HOME = '203.0.113.9';
const NEW_PLACE = '198.18.7.7';

/** The status of an attempt from a place. */
async function statusOf(
  app: TestApp,
  network: string,
  entered: typeof right,
  browser?: string,
): Promise<number> {
  const cookies = browser === undefined ? {} : { browser };
  try {
    await signIn({ ...aVisitor(app, network), cookies }, entered);
    return 200;
  } catch (error) {
    if (error instanceof ApiError) return error.status;
    throw error;
  }
}

async function ben(app: TestApp): Promise<void> {
  const password_hash = await hashRandomPassword(app.app, OTHER_PASSWORD);
  const wanted = { email: 'ben@example.com', name: 'Ben', password_hash, account_sid: null };
  await asSystem(app, (doing) => createPerson(doing, wanted));
}

onEveryEngine('while strangers guess from everywhere, somebody', (engine) => {
  test('can sign in with a known browser, through its pages', async () => {
    await using app = await testApp({ engine });
    await ann(app);
    const browser = new Browser(app);
    await logIn(browser);
    const known = browser.cookies.get('tieline_browser') ?? '';
    await browser.submit(await browser.open('/console'), '/logout');
    assert.equal(browser.cookies.get('tieline_browser'), known, 'logging out forgets it not');
    await besieged(app);
    const stranger = await logIn(new Browser(app));
    assert.equal(stranger.status, 429);
    assert.match(stranger.headers['retry-after'] ?? '', /^\d+$/);
    for (let n = 0; n < 3; n += 1) {
      browser.cookies.delete('tieline_session');
      assert.equal((await logIn(browser)).location, '/console');
      await besieged(app);
    }
  });

  test('can sign in from a known network, and from no other', async () => {
    await using app = await testApp({ engine });
    await ann(app);
    assert.equal(await statusOf(app, HOME, right), 200);
    await besieged(app);
    assert.equal(await statusOf(app, NEW_PLACE, right), 429);
    assert.equal(await statusOf(app, '203.0.113.200', right), 200, 'the same /24');
    const rows = await app.app.database.db.selectFrom('known_networks').selectAll().execute();
    assert.ok(!JSON.stringify(rows).includes('203.0.113'), 'nobody reads where people are');
    app.advanceReal(KNOWN_NETWORK_MS);
    await besieged(app);
    assert.equal(await statusOf(app, HOME, right), 429, 'that was long ago');
    app.advanceReal(1);
    await forgetSignIns(app.app);
    const left = await app.app.database.db.selectFrom('known_networks').selectAll().execute();
    assert.deepEqual(left, []);
  });

  test('has twenty recent known networks, and never one that everybody may share', async () => {
    await using app = await testApp({ engine });
    await ann(app);
    for (let n = 1; n <= MAX_KNOWN_NETWORKS + 1; n += 1) {
      app.advanceReal(1);
      assert.equal(await statusOf(app, `203.0.${n}.1`, right), 200);
    }
    assert.equal(await statusOf(app, '10.0.0.1', right), 200);
    await besieged(app);
    assert.equal(await statusOf(app, '203.0.1.1', right), 429);
    assert.equal(await statusOf(app, '203.0.2.1', right), 200);
    assert.equal(await statusOf(app, '10.0.0.1', right), 429);
  });

  test('is protected against guesses with a stolen, an invented or another person’s cookie', async () => {
    await using app = await testApp({ engine });
    await ann(app);
    await ben(app);
    const { browser } = await signIn(aVisitor(app), right);
    const others = { email: 'ben@example.com', password: OTHER_PASSWORD };
    const bens = await signIn(aVisitor(app), others);
    const [id = '', signature = ''] = (browser ?? '').split('.');
    const forged = [bens.browser ?? '', id, `${id}.${'A'.repeat(43)}`, `${signature}.${id}`];
    forged.push(`${'A'.repeat(22)}.${signature}`, 'x'.repeat(10_000), '');
    await besieged(app);
    for (const cookie of forged) {
      assert.equal(await statusOf(app, NEW_PLACE, right, cookie), 429, cookie.slice(0, 80));
    }
    const stolen = [];
    for (let n = 0; n < 12; n += 1) {
      stolen.push(await statusOf(app, `198.51.${n}.2`, wrong, browser ?? ''));
    }
    assert.deepEqual(stolen, [...Array.from({ length: 10 }, () => 403), 429, 429]);
    app.advanceReal(1_000);
    assert.equal(await statusOf(app, NEW_PLACE, right, browser ?? ''), 200);
  });

  test('can share a browser with others, and it is known for each of them', async () => {
    await using app = await testApp({ engine });
    await ann(app);
    await ben(app);
    const first = await signIn(aVisitor(app), right);
    const cookies = { browser: first.browser ?? '' };
    const entered = { email: 'ben@example.com', password: OTHER_PASSWORD };
    const { browser } = await signIn({ ...aVisitor(app), cookies }, entered);
    await besieged(app);
    assert.equal(await statusOf(app, NEW_PLACE, right, browser ?? ''), 200);
  });
});

onEveryEngine('a flood of sign-ins from many networks of one /48', (engine) => {
  test('is delayed as a whole, causes few hashes, and delays nobody outside of it', async () => {
    await using app = await testApp({ engine });
    await ann(app);
    const { browser } = await signIn(aVisitor(app), right);
    await app.app.database.write(async (tx) => {
      const key = 'network48|2001:db8:7::/48';
      const counted = { failures: 398, date_next: 0, date_updated: app.app.realNow() };
      await tx
        .insertInto('sign_in_failures')
        .values({ key, ...counted })
        .execute();
    });
    using hashes = countHashes();
    const from = (n: number) => `2001:db8:7:${(n * 257).toString(16)}::1`;
    const flood = [];
    for (let n = 1; n <= 20; n += 1) {
      const entered = { email: `p${n}@example.com`, password: 'not the right one' };
      flood.push(await statusOf(app, from(n), entered));
    }
    assert.deepEqual(flood, [403, 403, ...Array.from({ length: 18 }, () => 429)]);
    assert.equal(hashes.count(), 2);
    assert.equal(await statusOf(app, from(99), right), 429);
    assert.equal(await statusOf(app, from(99), right, browser ?? ''), 200);
    assert.equal(await statusOf(app, '2001:db8:8:1::1', right), 200);
  });

  test('that arrives at the same moment refuses its own requests, and another person’s sign-in gets its turn', async () => {
    await using app = await testApp({ engine });
    await ann(app);
    const from = (n: number) => `2001:db8:9:${(n * 257).toString(16)}::1`;
    const flood = Array.from({ length: 80 }, (_, n) =>
      statusOf(app, from(n), { email: `p${n}@example.com`, password: 'not the right one' }),
    );
    const real = statusOf(app, HOME, right);
    assert.equal(await real, 200);
    const statuses = await Promise.all(flood);
    assert.ok(statuses.includes(503));
    assert.deepEqual(new Set(statuses), new Set([403, 503]));
  });
});
