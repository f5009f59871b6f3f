import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { aVisitor, codeAt, PASSWORD, signedInVisitor } from '../../test/people-support.ts';
import { basic, loginOf, onEveryEngine, type TestApp, testApp } from '../../test/test-app.ts';
import { openTestToken } from '../accounts/test-credentials.ts';
import { buildServer } from '../http/server.ts';
import { KeyRing } from '../kit/seal.ts';
import { addTotp } from '../people/change-second-factors.ts';
import { openFactor } from '../people/second-factor.ts';
import { listSecondFactors } from '../people/second-factor-store.ts';
import { signUp } from '../people/sign-up.ts';
import { offerTotp } from '../people/totp.ts';
import { ROUTES } from '../routes.ts';
import { resealSecrets } from './reseal-secrets.ts';

const ann = { email: 'ann@example.com', name: 'Ann', password: PASSWORD };

onEveryEngine('a new sealing key', (engine) => {
  test('takes over the secrets of code apps with the auth tokens', async () => {
    const config = { secretKeys: [{ id: 'old', bytes: randomBytes(32) }] };
    await using app = await testApp({ engine, config });
    await app.anAccount();
    const first = await signUp(aVisitor(app), ann);
    const { change, person } = await signedInVisitor(app, first);
    const offer = offerTotp(app.app, person, 'localhost');
    const code = codeAt(offer.secret, app.app.realNow());
    await change((a) => addTotp(a, person.sid, { sealed: offer.sealed, code, name: '' }));

    const newKey = { id: 'new', bytes: randomBytes(32) };
    const keyRing = new KeyRing([newKey, ...config.secretKeys], randomBytes);
    const { database } = app.app;
    await database.write(async (tx) => {
      await tx.insertInto('sealing_keys').values({ id: 'new', canary: 'x' }).execute();
    });
    const before = await resealSecrets({ ...app.app, keyRing });
    assert.deepEqual(before, { resealed: 5, retired: ['old'] });
    assert.deepEqual(await resealSecrets({ ...app.app, keyRing }), { resealed: 0, retired: [] });
    const [factor] = await listSecondFactors(database.db, person.sid);
    assert.ok(factor);
    assert.equal(factor.sealed_with, 'new');
    const alone = new KeyRing([newKey], randomBytes);
    assert.equal(openFactor(alone, factor), offer.secret.replaceAll(' ', ''));
    const tokens = await database.db.selectFrom('auth_tokens').selectAll().execute();
    const tests = await database.db.selectFrom('test_credentials').selectAll().execute();
    assert.ok([...tokens, ...tests].every(({ sealed_with }) => sealed_with === 'new'));
    assert.ok(tests.every((stored) => openTestToken(alone, stored).length === 32));
  });

  test('takes over the answers of requests, which are answered alike when repeated', async () => {
    const old = { id: 'old', bytes: randomBytes(32) };
    await using app = await testApp({ engine, config: { secretKeys: [old] } });
    const login = loginOf(await app.anAccount());
    const post = (key: string) => {
      const headers = { 'idempotency-key': key };
      return app.request('POST', '/2010-04-01/Accounts.json', { login, headers });
    };
    const first = await post('a');
    const second = await post('b');
    assert.deepEqual([first.status, second.status], [201, 201]);

    const newKey = { id: 'new', bytes: randomBytes(32) };
    const { database } = app.app;
    await database.write(async (tx) => {
      await tx.insertInto('sealing_keys').values({ id: 'new', canary: 'x' }).execute();
    });
    const both = { ...app.app, keyRing: new KeyRing([newKey, old], randomBytes) };
    // Three accounts’ tokens, as many of their test credentials, and two answers.
    assert.deepEqual(await resealSecrets(both), { resealed: 8, retired: ['old'] });
    assert.deepEqual(await resealSecrets(both), { resealed: 0, retired: [] });

    const rotated = { ...app.app, keyRing: new KeyRing([newKey], randomBytes) };
    const server = buildServer(rotated, ROUTES);
    for (const [key, { text }] of Object.entries({ a: first, b: second })) {
      const { body, statusCode } = await server.inject({
        method: 'POST',
        url: '/2010-04-01/Accounts.json',
        headers: { authorization: basic(login), 'idempotency-key': key },
      });
      assert.equal(statusCode, 201, body);
      assert.equal(body, text);
    }
    await server.close();
  });

  test('leaves the old key where a server that still has it sealed something meanwhile', async () => {
    const old = { id: 'old', bytes: randomBytes(32) };
    await using app = await testApp({ engine, config: { secretKeys: [old] } });
    const { change, person } = await signedInVisitor(app, await signUp(aVisitor(app), ann));
    const offer = offerTotp(app.app, person, 'localhost');
    const code = codeAt(offer.secret, app.app.realNow());
    const keyRing = new KeyRing([{ id: 'new', bytes: randomBytes(32) }, old], randomBytes);
    const factor = () =>
      change((a) => addTotp(a, person.sid, { sealed: offer.sealed, code, name: '' }));
    assert.deepEqual(await resealWhile(app, keyRing, factor), { resealed: 2, retired: [] });
    assert.deepEqual(await resealSecrets({ ...app.app, keyRing }), {
      resealed: 1,
      retired: ['old'],
    });
  });

  test('leaves the old key where it sealed an answer meanwhile', async () => {
    const old = { id: 'old', bytes: randomBytes(32) };
    await using app = await testApp({ engine, config: { secretKeys: [old] } });
    const login = loginOf(await app.anAccount());
    const headers = { 'idempotency-key': 'late' };
    const keyRing = new KeyRing([{ id: 'new', bytes: randomBytes(32) }, old], randomBytes);
    const answer = () => app.request('POST', '/v1/ConnectionPolicies', { login, headers });
    assert.deepEqual(await resealWhile(app, keyRing, answer), { resealed: 2, retired: [] });
    assert.deepEqual(await resealSecrets({ ...app.app, keyRing }), {
      resealed: 1,
      retired: ['old'],
    });
  });
});

/** Reseals, and does something when all is sealed anew and the keys are to be looked at. */
async function resealWhile({ app }: TestApp, keyRing: KeyRing, late: () => Promise<unknown>) {
  const { database } = app;
  let writes = 0;
  const resealed = await resealSecrets({
    ...app,
    keyRing,
    database: {
      ...database,
      async write(deed) {
        writes += 1;
        // Tokens, test tokens, secrets of apps, SIP passwords, kept answers, and then the keys.
        if (writes === 6) await late();
        return database.write(deed);
      },
    },
  });
  assert.equal(writes, 6);
  return resealed;
}
