import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PasskeyDevice } from '../../../test/support/passkey-device.ts';
import {
  aVisitor,
  besieged,
  codeAt,
  countHashes,
  EMAIL,
  PASSWORD,
  sessionOf,
  signedInVisitor,
} from '../../../test/support/people.ts';
import { onEveryEngine, type TestApp, testApp } from '../../../test/support/test-app.ts';
import { ApiError } from '../../kit/api-error.ts';
import { addTotp } from '../factors/change-second-factors.ts';
import { offerTotp } from '../factors/totp.ts';
import { addPasskey, askForPasskey, offerPasskey, passPasskey } from './passkey.ts';
import { signIn } from './sign-in.ts';
import { signUp } from './sign-up.ts';

const ORIGIN = 'https://tieline.example.com';
const NEW_PLACE = '198.18.7.7';
const right = { email: EMAIL, password: PASSWORD };
const wrong = { email: EMAIL, password: 'not the right one' };

/** Ann, who has a passkey on a phone. */
async function annWithPasskey(app: TestApp): Promise<PasskeyDevice> {
  const signedUp = await signUp(aVisitor(app), { ...right, name: 'Ann' });
  const visitor = await signedInVisitor(app, signedUp);
  const device = new PasskeyDevice();
  const { session } = visitor;
  assert.ok(session);
  const offer = await offerPasskey(app.app, session, ORIGIN);
  const response = device.create(offer, ORIGIN);
  await addPasskey({ ...visitor, session }, ORIGIN, { response, name: 'Phone' });
  return device;
}

/** Signs in from a network with the password and then the passkey. */
async function comesIn(app: TestApp, device: PasskeyDevice, network: string) {
  const visitor = await signedInVisitor(app, await signIn(aVisitor(app, network), right));
  const { half_session } = visitor;
  assert.ok(half_session);
  const half = { ...visitor, network, half_session };
  const asked = await askForPasskey(half, ORIGIN);
  assert.ok(asked);
  const { cookie } = await passPasskey(half, ORIGIN, device.get(asked, ORIGIN));
  return sessionOf(app, cookie);
}

/** The outcome of an attempt at a password, and the number of hashes that it took. */
async function outcomeOf(app: TestApp, network: string, entered: typeof right) {
  using hashes = countHashes();
  try {
    const { state } = await signIn(aVisitor(app, network), entered);
    return { status: 200, state, hashes: hashes.count() };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { status, message, headers } = error;
    return { status, message, headers, hashes: hashes.count() };
  }
}

onEveryEngine('while strangers guess from everywhere, a passkey', (engine) => {
  test('lets its owner sign in at a new place without a delay', async () => {
    await using app = await testApp({ engine });
    const device = await annWithPasskey(app);
    await besieged(app);
    for (const network of [NEW_PLACE, '192.0.2.9', '2001:db8:1::1']) {
      assert.equal((await comesIn(app, device, network))?.state, 'full', network);
    }
  });

  test('does not reveal through delays that a person exists or which factors they have', async () => {
    await using app = await testApp({ engine });
    await annWithPasskey(app);
    const nobody = { ...wrong, email: 'nobody@example.com' };
    await besieged(app);
    await besieged(app, nobody.email);
    const known = await outcomeOf(app, NEW_PLACE, wrong);
    assert.deepEqual([known.status, known.hashes], [429, 1]);
    assert.deepEqual(await outcomeOf(app, NEW_PLACE, nobody), known);
  });

  test('opens no way in for a person whose second factor is a code', async () => {
    await using app = await testApp({ engine });
    const visitor = await signedInVisitor(
      app,
      await signUp(aVisitor(app), { ...right, name: 'Ann' }),
    );
    const { change, person } = visitor;
    const { secret, sealed } = offerTotp(app.app, person, 'localhost');
    const code = codeAt(secret, app.app.realNow());
    await change((doing) => addTotp(doing, person.sid, { sealed, code, name: 'Phone' }));
    await besieged(app);
    assert.equal((await outcomeOf(app, NEW_PLACE, right)).status, 429);
  });

  test('cannot be used for guesses from one place, because all guesses count there', async () => {
    await using app = await testApp({ engine });
    await annWithPasskey(app);
    await besieged(app);
    for (let n = 1; n <= 10; n += 1) {
      const { status, hashes } = await outcomeOf(app, NEW_PLACE, wrong);
      assert.deepEqual([status, hashes], [429, 1]);
    }
    const held = await outcomeOf(app, NEW_PLACE, right);
    assert.deepEqual([held.status, held.hashes], [429, 0], 'its own place has to wait');
    app.advanceReal(1_000);
    await besieged(app);
    assert.equal((await outcomeOf(app, NEW_PLACE, right)).state, 'password');
  });
});
