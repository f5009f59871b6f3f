import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PasskeyDevice } from '../../../test/support/passkey-device.ts';
import {
  aVisitor,
  codeAt,
  PASSWORD,
  sessionOf,
  signedInVisitor,
} from '../../../test/support/people.ts';
import { onEveryEngine, type TestApp, testApp } from '../../../test/support/test-app.ts';
import type { Session } from '../../access/session-store.ts';
import { addTotp, removeFactor, replaceRecoveryCodes } from '../factors/change-second-factors.ts';
import { countRecoveryCodes, listSecondFactors } from '../factors/second-factor-store.ts';
import { offerTotp } from '../factors/totp.ts';
import { addPasskey, askForPasskey, offerPasskey, passPasskey } from './passkey.ts';
import { passCode } from './second-step.ts';
import { confirmSession, signIn } from './sign-in.ts';
import { signUp } from './sign-up.ts';

const STEP = 30_000;
const ORIGIN = 'https://tieline.example.com';
const ann = { email: 'ann@example.com', name: 'Ann', password: PASSWORD };

/** Ann, who has a code app as a second factor, and the secret on her phone. */
async function annWithApp(app: TestApp) {
  const visitor = await signedInVisitor(app, await signUp(aVisitor(app), ann));
  const { change, person } = visitor;
  const { secret, sealed } = offerTotp(app.app, person, 'localhost');
  const code = codeAt(secret, app.app.realNow());
  const codes = await change((a) => addTotp(a, person.sid, { sealed, code, name: 'Phone' }));
  return { visitor, secret, codes: codes ?? [], used: code };
}

/** Ann's browser after the password. */
async function half(app: TestApp) {
  const signed = await signIn(aVisitor(app), ann);
  assert.equal(signed.state, 'password');
  const visitor = await signedInVisitor(app, signed);
  return { ...visitor, half_session: visitor.half_session as Session, cookie: signed.cookie };
}

const wrong = { status: 403, message: /That did not fit/ };

onEveryEngine('a code of an app', (engine) => {
  test('is requested after the password, and starts a new session', async () => {
    await using app = await testApp({ engine });
    const { secret, used } = await annWithApp(app);
    const visitor = await half(app);
    const state = (await sessionOf(app, visitor.cookie))?.state;
    assert.equal(state, 'password', 'nothing but the second step may be done');
    await assert.rejects(passCode(visitor, used), wrong, 'it was used to set the app up');
    app.advanceReal(STEP);
    const { cookie } = await passCode(visitor, codeAt(secret, app.app.realNow()));
    assert.equal((await sessionOf(app, cookie))?.state, 'full');
    assert.equal(await sessionOf(app, visitor.cookie), null);
    const [factor] = await listSecondFactors(app.app.database.db, visitor.person.sid);
    assert.equal(factor?.date_last_used, app.app.realNow());
  });

  test('is never accepted twice, and neither is an earlier one', async () => {
    await using app = await testApp({ engine });
    const { secret } = await annWithApp(app);
    app.advanceReal(3 * STEP);
    const now = app.app.realNow();
    const code = codeAt(secret, now);
    const both = await Promise.all([half(app), half(app)]);
    const outcomes = await Promise.allSettled(both.map((visitor) => passCode(visitor, code)));
    assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    await assert.rejects(passCode(await half(app), codeAt(secret, now - STEP)), wrong);
    await passCode(await half(app), codeAt(secret, now + STEP));
    await assert.rejects(passCode(await half(app), codeAt(secret, now)), wrong);
  });

  test('can be guessed five times, and entering the password again does not help', async () => {
    await using app = await testApp({ engine });
    const { secret } = await annWithApp(app);
    app.advanceReal(STEP);
    const code = codeAt(secret, app.app.realNow());
    const visitors = [];
    for (let n = 0; n < 20; n += 1) visitors.push(await half(app));
    const guesses = await Promise.allSettled(visitors.map((one) => passCode(one, '000000')));
    const statuses = guesses.map((one) =>
      one.status === 'rejected' ? (one.reason as { status: number }).status : 200,
    );
    assert.deepEqual(
      statuses.toSorted((a, b) => a - b),
      [...Array(5).fill(403), ...Array(15).fill(429)],
    );
    await assert.rejects(passCode(await half(app), code), { status: 429 });
    app.advanceReal(1_000);
    await passCode(await half(app), code);
  });

  test('must come within ten minutes, or the password is requested again', async () => {
    await using app = await testApp({ engine });
    const { secret } = await annWithApp(app);
    const visitor = await half(app);
    app.advanceReal(10 * 60_000 + 1);
    const code = codeAt(secret, app.app.realNow());
    await assert.rejects(passCode(visitor, code), { status: 401, message: /log in again/ });
    await passCode(await half(app), code);
  });

  test('is requested at a confirmation too', async () => {
    await using app = await testApp({ engine });
    const { visitor, secret } = await annWithApp(app);
    const confirmed = await confirmSession(visitor, PASSWORD);
    assert.equal(confirmed.state, 'password');
    app.advanceReal(STEP);
    const next = await signedInVisitor(app, confirmed);
    const half_session = next.half_session as Session;
    const full = await passCode({ ...next, half_session }, codeAt(secret, app.app.realNow()));
    assert.equal((await sessionOf(app, full.cookie))?.date_confirmed, app.app.realNow());
  });

  test('must be right before its app becomes a factor, and one offer makes one factor', async () => {
    await using app = await testApp({ engine });
    const visitor = await signedInVisitor(app, await signUp(aVisitor(app), ann));
    const { change, person } = visitor;
    const { secret, sealed } = offerTotp(app.app, person, 'localhost');
    const add = (code: string, offer = sealed) =>
      change((a) => addTotp(a, person.sid, { sealed: offer, code, name: '' }));
    const code = codeAt(secret, app.app.realNow());
    await assert.rejects(add(code === '000000' ? '111111' : '000000'), {
      status: 400,
      message: /^Code is not the one .* enter the newest one$/,
    });
    await assert.rejects(add(code, 'made up'), { status: 400, message: /reload the page/ });
    const codes = await add(code);
    assert.equal(new Set(codes).size, 10);
    await assert.rejects(add(code), 'the same offer again');
    const stored = await app.app.database.db.selectFrom('second_factors').selectAll().execute();
    assert.equal(stored.length, 1);
    assert.ok(!JSON.stringify(stored).includes(secret.replaceAll(' ', '')));
  });
});

onEveryEngine('a recovery code', (engine) => {
  test('replaces the app once, and new codes replace the old ones', async () => {
    await using app = await testApp({ engine });
    const { codes } = await annWithApp(app);
    const { db } = app.app.database;
    const [first = '', second = '', third = ''] = codes;
    await passCode(await half(app), first.toUpperCase());
    await assert.rejects(passCode(await half(app), first), wrong);
    const passed = await passCode(await half(app), second);
    const { change, person } = await signedInVisitor(app, passed);
    assert.equal(await countRecoveryCodes(db, person.sid), 8);
    const rows = JSON.stringify(await db.selectFrom('recovery_codes').selectAll().execute());
    assert.ok(
      codes.every((code) => !rows.includes(code) && !rows.includes(code.replaceAll('-', ''))),
    );
    const [fresh = ''] = await change((a) => replaceRecoveryCodes(a, person.sid));
    await assert.rejects(passCode(await half(app), third), wrong);
    await passCode(await half(app), fresh);
  });

  test('is deleted with the last factor', async () => {
    await using app = await testApp({ engine });
    const { visitor, codes } = await annWithApp(app);
    const { change, person } = visitor;
    const [factor] = await listSecondFactors(app.app.database.db, person.sid);
    await assert.rejects(
      change((a) => removeFactor(a, 'PE0', factor?.sid ?? '')),
      { status: 404 },
    );
    await change((a) => removeFactor(a, person.sid, factor?.sid ?? ''));
    assert.equal(await countRecoveryCodes(app.app.database.db, person.sid), 0);
    assert.equal((await signIn(aVisitor(app), ann)).state, 'full');
    await assert.rejects(
      change((a) => replaceRecoveryCodes(a, person.sid)),
      { status: 400 },
    );
    assert.equal(codes.length, 10);
  });
});

onEveryEngine('a passkey', (engine) => {
  async function annWithPasskey(app: TestApp) {
    const visitor = await signedInVisitor(app, await signUp(aVisitor(app), ann));
    const session = visitor.session as Session;
    const device = new PasskeyDevice();
    const add = async (origin: string) => {
      const options = await offerPasskey(app.app, session, ORIGIN);
      const entered = { response: device.create(options, origin), name: '' };
      return addPasskey({ ...visitor, session }, ORIGIN, entered);
    };
    return { visitor, device, add };
  }

  test('is added and then requested, with each challenge valid once', async () => {
    await using app = await testApp({ engine });
    const { device, add, visitor } = await annWithPasskey(app);
    await assert.rejects(add('https://evil.example.com'), { status: 400 });
    assert.equal((await add(ORIGIN))?.length, 10);
    await assert.rejects(add(ORIGIN), 'the same passkey again');
    const [factor] = await listSecondFactors(app.app.database.db, visitor.person.sid);
    assert.deepEqual(
      [factor?.kind, factor?.name, factor?.credential_id],
      ['passkey', 'Passkey', device.id],
    );

    const first = await half(app);
    const options = await askForPasskey(first, ORIGIN);
    assert.ok(options);
    assert.deepEqual(
      options.allowCredentials?.map(({ id }) => id),
      [device.id],
    );
    const answer = device.get(options, ORIGIN);
    const passed = await passPasskey(first, ORIGIN, answer);
    assert.equal((await sessionOf(app, passed.cookie))?.state, 'full');
    await assert.rejects(passPasskey(await half(app), ORIGIN, answer), wrong, 'a replay');
  });

  test('is never delayed, after any number of guessed codes', async () => {
    await using app = await testApp({ engine });
    const { device, add } = await annWithPasskey(app);
    await add(ORIGIN);
    const visitor = await half(app);
    for (let n = 0; n < 5; n += 1) await assert.rejects(passCode(visitor, '000000'), wrong);
    await assert.rejects(passCode(visitor, '000000'), { status: 429 });
    const options = await askForPasskey(visitor, ORIGIN);
    assert.ok(options);
    assert.equal((await passPasskey(visitor, ORIGIN, device.get(options, ORIGIN))).state, 'full');
  });

  test('of another site, another person or another device is refused', async () => {
    await using app = await testApp({ engine });
    const { device, add } = await annWithPasskey(app);
    await add(ORIGIN);
    const stranger = new PasskeyDevice();
    const answers: ((options: { challenge: string; rpId?: string }) => string)[] = [
      (options) => device.get(options, 'https://evil.example.com'),
      (options) => device.get({ ...options, rpId: 'evil.example.com' }, ORIGIN),
      (options) => device.get({ ...options, challenge: 'AAAA' }, ORIGIN),
      (options) => stranger.get(options, ORIGIN),
    ];
    for (const answer of answers) {
      const visitor = await half(app);
      const options = await askForPasskey(visitor, ORIGIN);
      assert.ok(options);
      await assert.rejects(passPasskey(visitor, ORIGIN, answer(options)), wrong);
      await assert.rejects(passPasskey(visitor, ORIGIN, device.get(options, ORIGIN)), wrong);
      app.advanceReal(25 * 3_600_000);
    }
    for (const text of ['', '{}', 'null', '{"id":1}', 'x'.repeat(30_000)]) {
      const visitor = await half(app);
      await askForPasskey(visitor, ORIGIN);
      await assert.rejects(passPasskey(visitor, ORIGIN, text), wrong);
      app.advanceReal(25 * 3_600_000);
    }
  });

  test('with a counter that goes back is a copy, and is refused', async () => {
    await using app = await testApp({ engine });
    const { device, add } = await annWithPasskey(app);
    await add(ORIGIN);
    await app.app.database.write(async (tx) => {
      await tx.updateTable('second_factors').set({ counter: 1 }).execute();
    });
    const visitor = await half(app);
    const options = await askForPasskey(visitor, ORIGIN);
    assert.ok(options);
    await assert.rejects(passPasskey(visitor, ORIGIN, device.get(options, ORIGIN)), wrong);
    const again = await half(app);
    const next = await askForPasskey(again, ORIGIN);
    assert.ok(next);
    await passPasskey(again, ORIGIN, device.get(next, ORIGIN));
  });
});
