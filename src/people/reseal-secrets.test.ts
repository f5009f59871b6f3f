import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { aVisitor, codeAt, PASSWORD, signedInVisitor } from '../../test/people-support.ts';
import { onEveryEngine, testApp } from '../../test/test-app.ts';
import { openTestToken } from '../accounts/test-credentials.ts';
import { KeyRing } from '../kit/seal.ts';
import { addTotp } from './change-second-factors.ts';
import { resealSecrets } from './reseal-secrets.ts';
import { openFactor } from './second-factor.ts';
import { listSecondFactors } from './second-factor-store.ts';
import { signUp } from './sign-up.ts';
import { offerTotp } from './totp.ts';

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

  test('leaves the old key where a server that still has it sealed something meanwhile', async () => {
    const old = { id: 'old', bytes: randomBytes(32) };
    await using app = await testApp({ engine, config: { secretKeys: [old] } });
    const { change, person } = await signedInVisitor(app, await signUp(aVisitor(app), ann));
    const offer = offerTotp(app.app, person, 'localhost');
    const code = codeAt(offer.secret, app.app.realNow());
    const keyRing = new KeyRing([{ id: 'new', bytes: randomBytes(32) }, old], randomBytes);
    const { database } = app.app;
    let writes = 0;
    const late: typeof database = {
      ...database,
      async write(deed) {
        writes += 1;
        // Tokens, test tokens, secrets of apps, and then the keys: between the last two.
        if (writes === 4) {
          await change((a) => addTotp(a, person.sid, { sealed: offer.sealed, code, name: '' }));
        }
        return database.write(deed);
      },
    };
    const { retired } = await resealSecrets({ ...app.app, keyRing, database: late });
    assert.equal(writes, 4);
    assert.deepEqual(retired, []);
    assert.deepEqual(await resealSecrets({ ...app.app, keyRing }), {
      resealed: 1,
      retired: ['old'],
    });
  });
});
