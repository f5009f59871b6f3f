import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_WAIT_MS } from '../../src/db/write-queue.ts';
import {
  loginOf,
  onEveryEngine,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

/**
 * Holds the writes of an account, as a slow disk or a lock does, until one behind them has waited
 * too long.
 */
async function held({ app: { database } }: TestApp, { sid }: TestAccount) {
  let release = () => {};
  const isHeld = new Promise<void>((resolve) => (release = resolve));
  let begun = () => {};
  const hasBegun = new Promise<void>((resolve) => (begun = resolve));
  const first = database.write(() => {
    begun();
    return isHeld;
  }, sid);
  await hasBegun;
  const second = database.write(async () => {}, sid);
  while (database.waitOf(sid) <= MAX_WAIT_MS) await sleep(20);
  return {
    async [Symbol.asyncDispose]() {
      release();
      await Promise.all([first, second]);
    },
    release,
  };
}

const POLICIES = '/v1/ConnectionPolicies';

onEveryEngine('an account whose writes wait too long', (engine) => {
  test('is refused with Retry-After before it waits, and only it, until they are done', async () => {
    await using app = await testApp({ engine });
    const [heavy, light] = [await app.anAccount(), await app.anAccount()];
    const subaccount = await app.aSubaccount(heavy);
    const key = await app.aKey(heavy, 'standard');
    const create = (of: TestAccount) => app.post(POLICIES, loginOf(of), {});
    const grant = await app.aGrant(await app.aConnectApp(light), heavy);
    const metered = {
      account_sid: heavy.sid,
      category: 'sms-outbound-longcode',
      price: '0.0079',
      key: 'one',
    };
    let waiting: Promise<{ readonly status: number }>[] = [];
    {
      await using hold = await held(app, heavy);
      for (const account of [heavy, subaccount, heavy]) {
        const { status, json, headers } = await create(account);
        assert.deepEqual([status, json.code, headers['retry-after']], [503, 20503, '2']);
      }
      assert.equal((await app.control('POST', '/usage', [metered])).status, 503);
      // Reads go on, also those of the same credentials.
      assert.equal((await app.get(POLICIES, loginOf(heavy))).status, 200);
      assert.equal((await app.get('/healthz')).status, 200);
      assert.equal((await app.get('/login')).status, 200);
      // Another account waits for its turn, and so does whatever ends access.
      const path = `/2010-04-01/Accounts/${heavy.sid}/Keys/${key.username}.json`;
      const ending = {
        connect_app_sid: grant.connect_app_sid,
        account_sid: heavy.sid,
      };
      waiting = [
        create(light),
        app.request('DELETE', path, { login: loginOf(heavy) }),
        app.control('POST', '/deauthorize', ending),
      ];
      hold.release();
      const statuses = (await Promise.all(waiting)).map(({ status }) => status);
      assert.deepEqual(statuses, [201, 204, 200]);
    }
    let last = 503;
    while (last === 503) last = (await create(heavy)).status;
    assert.equal(last, 201);
    const { text } = await app.get('/metrics');
    assert.match(text, /tieline_requests_shed_total\{by="writes"\} [1-9]/);
  });
});
