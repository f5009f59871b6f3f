import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { mock } from 'node:test';
import { Secret, TOTP } from 'otpauth';
import { readSession } from '../../src/access/session.ts';
import type { Session } from '../../src/access/session-store.ts';
import { type Act, act } from '../../src/audit/act.ts';
import { ApiError } from '../../src/kit/api-error.ts';
import { createPerson } from '../../src/people/create-person.ts';
import type { Person } from '../../src/people/person.ts';
import { countAttempt } from '../../src/people/sign-in/count-attempt.ts';
import { hashRandomPassword } from '../../src/people/sign-in/password.ts';
import type { SignedIn } from '../../src/people/sign-in/sign-in.ts';
import { countsOfSignIn } from '../../src/people/sign-in/sign-in-delay.ts';
import type { Visitor } from '../../src/people/sign-in/visitor.ts';
import { Browser, type Visit } from './browser.ts';
import { asSystem, type TestApp } from './test-app.ts';

/** A valid password. */
export const PASSWORD = 'green otter 99 sofa';
export const OTHER_PASSWORD = 'seven purple kettles';
export const EMAIL = 'ann@example.com';

/** A browser at a network address, without a session. */
export function aVisitor({ app }: TestApp, network = '127.0.0.1'): Visitor {
  return { app, network, user_agent: 'A browser', session: null, half_session: null, cookies: {} };
}

/** The session that a cookie opens now. Every page looks it up the same way. */
export async function sessionOf({ app }: TestApp, cookie: string): Promise<Session | null> {
  return readSession(app.database.db, cookie, app.realNow());
}

/** The browser of a person at this state of signing in. */
export async function signedInVisitor(test: TestApp, { cookie, state }: SignedIn) {
  const session = await sessionOf(test, cookie);
  if (!session) throw new Error('the session is not there');
  const change = <T>(deed: (doing: Act) => Promise<T>) =>
    act(test.app, { kind: 'person', sid: session.person_sid, grant_sid: null }, deed);
  const full = state === 'full' ? session : null;
  const half_session = state === 'full' ? null : session;
  const { person } = session;
  return { ...aVisitor(test), session: full, half_session, person, change, state };
}

/** The code that an authenticator app shows at a time. */
export function codeAt(secret: string, timestamp: number): string {
  return TOTP.generate({ secret: Secret.fromBase32(secret.replaceAll(' ', '')), timestamp });
}

/** Counts the password hashes until the end of its scope. */
export function countHashes(): Disposable & { readonly count: () => number } {
  const spy = mock.method(crypto, 'argon2');
  syncBuiltinESMExports();
  return {
    count: () => spy.mock.callCount(),
    [Symbol.dispose]() {
      spy.mock.restore();
      syncBuiltinESMExports();
    },
  };
}

/**
 * Ann, a person with a password and a Trial account of her own. Her password is hashed as a random
 * one is, so that a sign-in takes no time.
 */
export async function ann(app: TestApp): Promise<Person> {
  const password_hash = await hashRandomPassword(app.app, PASSWORD);
  const wanted = { email: EMAIL, name: 'Ann', password_hash, account_sid: null };
  return asSystem(app, (a) => createPerson(a, { ...wanted, own_account: true }));
}

/** A browser in which Ann has logged in through the page. */
export async function annsBrowser(app: TestApp): Promise<Browser> {
  const browser = new Browser(app);
  const done = await logIn(browser);
  if (done.location !== '/console') throw new Error(done.text);
  return browser;
}

/** Fills in the form of the login page. */
export async function logIn(browser: Browser, email = EMAIL, password = PASSWORD): Promise<Visit> {
  const page = await browser.get('/login');
  return browser.submit(page, '/login', { Email: email, Password: password });
}

/**
 * Counts guesses of strangers from ever new networks, until guesses from any network are delayed.
 */
export async function besieged(app: TestApp, email = EMAIL): Promise<void> {
  let refused = 0;
  for (let n = 1; refused < 3; n += 1) {
    const counted = countsOfSignIn(email, `198.51.${n}.1`, null);
    const isRefused = await countAttempt(app.app, counted).then(
      () => false,
      (error: unknown) => error instanceof ApiError && error.status === 429,
    );
    if (isRefused) refused += 1;
    assert.ok(n < 100);
  }
}
