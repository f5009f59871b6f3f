import assert from 'node:assert/strict';
import { argon2Sync, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import {
  aVisitor,
  countHashes,
  PASSWORD,
  sessionOf,
  signedInVisitor,
} from '../../../test/support/people.ts';
import { asSystem, onEveryEngine, type TestApp, testApp } from '../../../test/support/test-app.ts';
import { SESSION_ABSOLUTE_MS, SESSION_IDLE_MS } from '../../access/session.ts';
import { touchSession } from '../../access/session-store.ts';
import { ApiError } from '../../kit/api-error.ts';
import { digestOf } from '../../kit/seal.ts';
import { createPerson } from '../create-person.ts';
import { MAX_SESSIONS } from '../person.ts';
import { fetchPasswordHash } from '../person-store.ts';
import { countAttempt } from './count-attempt.ts';
import { hashRandomPassword } from './password.ts';
import { confirmSession, signIn } from './sign-in.ts';
import { countsOfSignIn } from './sign-in-delay.ts';

const SECOND = 1_000;
const HOME = '198.51.100.7';
const AWAY = '192.0.2.1';
const right = { email: 'ann@example.com', password: PASSWORD };
const wrong = { ...right, password: 'not the right one' };

async function ann(app: TestApp): Promise<string> {
  const password_hash = await hashRandomPassword(app.app, PASSWORD);
  const wanted = { email: right.email, name: 'Ann', password_hash, account_sid: null };
  return (await asSystem(app, (a) => createPerson(a, wanted))).sid;
}

/** The outcome of an attempt, as far as a visitor can see it. */
async function outcomeOf(attempt: Promise<unknown>) {
  try {
    await attempt;
    return { status: 200 };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { status, code, message, headers } = error;
    return { status, code, message, headers };
  }
}

onEveryEngine('signing in', (engine) => {
  test('has the same answer and the same cost for an unknown address (T20)', async () => {
    await using app = await testApp({ engine });
    await ann(app);
    const unknown = { ...wrong, email: 'nobody@example.com' };
    const entries = [wrong, unknown, { ...wrong, email: '' }, { ...wrong, email: 'a b@c' }];
    const seen = [];
    for (const entered of entries) {
      const outcomes = [];
      for (let attempt = 1; attempt <= 11; attempt += 1) {
        using hashes = countHashes();
        const outcome = await outcomeOf(signIn(aVisitor(app, HOME), entered));
        outcomes.push({ ...outcome, hashes: hashes.count() });
      }
      seen.push(outcomes);
    }
    const [known = [], ...others] = seen;
    const expected = [...Array.from({ length: 10 }, () => [403, 1]), [429, 0]];
    assert.deepEqual(
      known.map(({ status, hashes }) => [status, hashes]),
      expected,
    );
    for (const outcomes of others) assert.deepEqual(outcomes, known);
  });

  test('checks ten of fifty wrong attempts that arrive at the same moment (T19)', async () => {
    await using app = await testApp({ engine });
    await ann(app);
    using hashes = countHashes();
    const attempts = Array.from({ length: 50 }, () =>
      outcomeOf(signIn(aVisitor(app, HOME), wrong)),
    );
    const statuses = (await Promise.all(attempts)).map(({ status }) => status);
    assert.equal(hashes.count(), 10);
    assert.equal(statuses.filter((status) => status === 403).length, 10);
    assert.equal(statuses.filter((status) => status === 429).length, 40);
  });

  test('delays a guesser longer each time, and nobody after a right password', async () => {
    await using app = await testApp({ engine });
    await ann(app);
    const attempt = (entered: typeof right) => outcomeOf(signIn(aVisitor(app, HOME), entered));
    for (let n = 0; n < 9; n += 1) assert.equal((await attempt(wrong)).status, 403);
    for (const wait of [1, 2, 4, 8, 16]) {
      assert.equal((await attempt(wrong)).status, 403);
      const early = await attempt(right);
      assert.equal(early.status, 429, 'not even the right password is looked at');
      assert.equal(early.headers?.['Retry-After'], String(wait));
      app.advance(3_600 * SECOND);
      app.advanceReal(wait * SECOND - 1);
      assert.equal((await attempt(right)).status, 429);
      app.advanceReal(1);
    }
    assert.equal((await attempt(right)).status, 200);
    for (const entered of [wrong, right, wrong, right]) {
      assert.equal((await attempt(entered)).status, entered === right ? 200 : 403);
    }
  });

  test('lets a person in from home while somebody guesses elsewhere', async () => {
    await using app = await testApp({ engine });
    await ann(app);
    for (let n = 0; n < 15; n += 1) {
      await outcomeOf(signIn(aVisitor(app, AWAY), wrong));
    }
    assert.equal((await outcomeOf(signIn(aVisitor(app, AWAY), right))).status, 429);
    assert.equal((await outcomeOf(signIn(aVisitor(app, HOME), right))).status, 200);
  });

  test('checks few of many addresses and passwords from one network (T19)', async () => {
    await using app = await testApp({ engine });
    await ann(app);
    for (let n = 0; n < 98; n += 1) {
      await countAttempt(app.app, countsOfSignIn(`p${n}@example.com`, `198.51.100.${n}`, null));
    }
    const others = { ...wrong, email: 'another@example.com' };
    const attempt = (entered: typeof right) => outcomeOf(signIn(aVisitor(app, HOME), entered));
    assert.equal((await attempt(others)).status, 403);
    assert.equal((await attempt(right)).status, 200);
    assert.equal((await attempt(others)).status, 403, 'a login that is right clears only itself');
    assert.equal((await attempt({ ...others, email: 'third@example.com' })).status, 429);
    assert.equal((await attempt(right)).status, 200, 'she has signed in here before');
    assert.equal((await outcomeOf(signIn(aVisitor(app, AWAY), right))).status, 200);
  });

  test('rehashes a password that was hashed at another cost', async () => {
    await using app = await testApp({ engine });
    const nonce = randomBytes(16);
    const cost = { nonce, parallelism: 1, memory: 8_192, passes: 1, tagLength: 32 };
    const text = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
    const tag = argon2Sync('argon2id', { message: PASSWORD, ...cost });
    const password_hash = `$argon2id$v=19$m=8192,t=1,p=1$${text(nonce)}$${text(tag)}`;
    const wanted = { email: right.email, name: 'Ann', password_hash, account_sid: null };
    const { sid } = await asSystem(app, (a) => createPerson(a, wanted));
    await signIn(aVisitor(app), right);
    const hash = (await fetchPasswordHash(app.app.database.db, sid)) ?? '';
    assert.match(hash, /m=19456,t=2,p=1/);
    await signIn(aVisitor(app), right);
    assert.equal(await fetchPasswordHash(app.app.database.db, sid), hash);
  });
});

onEveryEngine('a session', (engine) => {
  test('has a new id after every sign-in and confirmation, and the old id ends (T18)', async () => {
    await using app = await testApp({ engine });
    await ann(app);
    const first = await signIn(aVisitor(app), right);
    const visitor = await signedInVisitor(app, first);
    app.advanceReal(20 * 60 * SECOND);
    await assert.rejects(confirmSession(visitor, wrong.password), { status: 403 });
    const before = await sessionOf(app, first.cookie);
    const second = await confirmSession(visitor, PASSWORD);
    const after = await sessionOf(app, second.cookie);
    assert.notEqual(second.cookie, first.cookie);
    assert.equal(await sessionOf(app, first.cookie), null);
    const apart = (after?.date_confirmed ?? 0) - (before?.date_confirmed ?? 0);
    assert.equal(apart, 20 * 60 * SECOND);
  });

  test('cannot be used by a thief of the database (T18)', async () => {
    await using app = await testApp({ engine });
    await ann(app);
    const { cookie } = await signIn(aVisitor(app), right);
    const stolen = await app.app.database.db.selectFrom('sessions').selectAll().execute();
    assert.equal(stolen[0]?.digest, digestOf(cookie));
    assert.ok(!JSON.stringify(stolen).includes(cookie));
    assert.equal(await sessionOf(app, stolen[0]?.digest ?? ''), null);
    assert.ok(await sessionOf(app, cookie));
    assert.ok(!app.logLines.join('').includes(cookie));
    assert.ok(!app.logLines.join('').includes(PASSWORD));
  });

  test('ends when it is unused, and after half a day in any case', async () => {
    await using app = await testApp({ engine });
    await ann(app);
    const idle = await signIn(aVisitor(app), right);
    app.advance(30 * 24 * 3_600 * SECOND);
    app.advanceReal(SESSION_IDLE_MS);
    assert.ok(await sessionOf(app, idle.cookie), 'the development clock does not count');
    app.advanceReal(1);
    assert.equal(await sessionOf(app, idle.cookie), null);

    const { cookie } = await signIn(aVisitor(app), right);
    const step = SESSION_IDLE_MS / 2;
    for (let spent = 0; spent < SESSION_ABSOLUTE_MS; spent += step) {
      const now = app.app.realNow();
      await app.app.database.write((tx) => touchSession(tx, digestOf(cookie), now));
      assert.ok(await sessionOf(app, cookie));
      app.advanceReal(step);
    }
    assert.ok(await sessionOf(app, cookie));
    app.advanceReal(1);
    assert.equal(await sessionOf(app, cookie), null);
  });

  test('is one of twenty at most, and another one ends the longest unused', async () => {
    await using app = await testApp({ engine });
    await ann(app);
    const cookies = [];
    for (let n = 0; n <= MAX_SESSIONS; n += 1) {
      const visitor = { ...aVisitor(app), user_agent: 'A'.repeat(10_000) };
      cookies.push((await signIn(visitor, right)).cookie);
      app.advanceReal(SECOND);
    }
    const found = await Promise.all(cookies.map((cookie) => sessionOf(app, cookie)));
    assert.deepEqual(
      found.map((session) => session !== null),
      [false, ...cookies.slice(1).map(() => true)],
    );
    assert.equal(found[1]?.user_agent?.length, 256);
  });
});
