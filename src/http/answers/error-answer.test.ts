import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onEveryEngine, testApp } from '../../../test/support/test-app.ts';
import { insertPolicy } from '../../voice/connection-policy-store.ts';
import { apiErrorOf } from './error-answer.ts';

onEveryEngine('an error of the database', (engine) => {
  test('is a conflict after a concurrent change', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const policy = {
      sid: `NY${'1'.repeat(32)}`,
      account_sid: account.sid,
      root_sid: account.sid,
      friendly_name: null,
      created_by_grant: null,
      date_created: 1,
      date_updated: 1,
    };
    await app.app.database.write((tx) => insertPolicy(tx, policy));
    for (const wrong of [policy, { ...policy, sid: 'NY2', account_sid: 'AC0' }]) {
      const error: unknown = await app.app.database
        .write((tx) => insertPolicy(tx, wrong))
        .then(
          () => assert.fail('it was written'),
          (reason: unknown) => reason,
        );
      const { status, code } = apiErrorOf(error, app.app.log, 'RQ');
      assert.deepEqual({ status, code }, { status: 409, code: 20409 });
    }
  });

  test('keeps its details out of the answer when it is unexpected', async () => {
    await using app = await testApp({ engine });
    const error = apiErrorOf(new Error('secret detail'), app.app.log, 'RQ1');
    assert.deepEqual([error.status, error.code], [500, 20500]);
    assert.equal(error.message, 'Internal Server Error (request RQ1)');
    assert.match(app.logLines.join(''), /secret detail/);
  });
});
