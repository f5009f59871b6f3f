import assert from 'node:assert/strict';
import { mock, suite, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Principal } from '../../src/access/principal.ts';
import { fetchAccount } from '../../src/accounts/account-store.ts';
import { changeAccountLimits } from '../../src/accounts/change-account-limits.ts';
import { act } from '../../src/audit/act.ts';
import { OPERATOR } from '../../src/audit/audit-event.ts';
import {
  CONCURRENT_REQUESTS,
  DEFAULT_REQUESTS_PER_SECOND,
  FAILURES_PER_SECOND,
  openRateLimits,
  VISITS_PER_SECOND,
  WINDOW_SECONDS,
} from '../../src/http/guards/rate-limits.ts';
import type { ApiError } from '../../src/kit/api-error.ts';
import { networkOf } from '../../src/kit/network.ts';
import {
  connectLogin,
  type Login,
  loginOf,
  onEveryEngine,
  type Reply,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

/** One request a second, so five in a window. */
const SLOW = { requestsPerSecond: 1 };
const ROOM = WINDOW_SECONDS;
/** The pages that one network may open in a window. */
const VISITS = VISITS_PER_SECOND * WINDOW_SECONDS;

/** Real time stands still, so that no slow machine lets a window pass. */
function standstill(story?: TestApp): Disposable & { pass(seconds: number): Promise<void> } {
  mock.timers.enable({ apis: ['Date', 'setTimeout'], now: Date.now() });
  return {
    async pass(seconds) {
      // For a write under way, the jump would look like a database that does not answer.
      await story?.app.database.idle();
      mock.timers.tick(seconds * 1000);
    },
    [Symbol.dispose]: () => mock.timers.reset(),
  };
}

const POLICIES = '/v1/ConnectionPolicies';

/** The number of requests, of `count`, that are accepted before the first refusal. */
async function letThrough(app: TestApp, login: Login, count: number): Promise<number> {
  for (let sent = 0; sent < count; sent += 1) {
    const { status } = await app.get(POLICIES, login);
    if (status === 429) return sent;
    assert.equal(status, 200);
  }
  return count;
}

async function allow(app: TestApp, { sid }: TestAccount, max_requests_per_second: number) {
  await act(app.app, OPERATOR, async (doing) => {
    const account = await fetchAccount(doing.tx, sid);
    assert.ok(account);
    await changeAccountLimits(doing, account, { max_requests_per_second });
  });
}

function assertTooMany(reply: Reply): void {
  assert.equal(reply.status, 429);
  assert.match(reply.headers['retry-after'] ?? '', /^[1-5]$/);
}

onEveryEngine('the rate of an account', (engine) => {
  test('ends at its limit, with the documented answer, until the window has passed', async () => {
    await using app = await testApp({ engine, config: SLOW });
    const account = await app.anAccount();
    const other = await app.anAccount();
    const login = loginOf(account);
    using time = standstill(app);
    assert.equal(await letThrough(app, login, 100), ROOM);
    const path = `/2010-04-01/Accounts/${account.sid}`;
    const refused = await app.get(`${path}.json`, login);
    assertTooMany(refused);
    assert.deepEqual(refused.json, {
      code: 20429,
      message: 'Too Many Requests',
      more_info: 'https://www.twilio.com/docs/errors/20429',
      status: 429,
    });
    assert.match((await app.get(path, login)).text, /<Code>20429<\/Code>/);
    assertTooMany(await app.post(POLICIES, login, { FriendlyName: 'x' }));
    assert.equal(await letThrough(app, loginOf(other), 1), 1, 'a neighbour notices nothing');
    await time.pass(WINDOW_SECONDS);
    assert.equal(await letThrough(app, login, 100), ROOM);
  });

  test('is shared by its tokens, keys and subaccounts', async () => {
    await using app = await testApp({ engine, config: SLOW });
    const account = await app.anAccount();
    const subaccount = await app.aSubaccount(account);
    const key = await app.aKey(account, 'standard');
    const login = loginOf(account);
    using _time = standstill(app);
    assert.equal(await letThrough(app, login, 2), 2);
    assert.equal(await letThrough(app, key, 2), 2);
    assert.equal(await letThrough(app, loginOf(subaccount), 1), 1);
    for (const each of [login, key, loginOf(subaccount)]) {
      assertTooMany(await app.get(POLICIES, each));
    }
  });

  test('can be set by the operator, from the next request on', async () => {
    await using app = await testApp({ engine, config: SLOW });
    const account = await app.anAccount();
    const subaccount = await app.aSubaccount(account);
    using _time = standstill(app);
    assert.equal(await letThrough(app, loginOf(account), 100), ROOM);
    await allow(app, account, 20);
    const left = 20 * ROOM - (ROOM + 1);
    assert.equal(await letThrough(app, loginOf(subaccount), 100), ROOM, 'has its own');
    await allow(app, subaccount, 2);
    assert.equal(await letThrough(app, loginOf(subaccount), 100), ROOM - 1);
    assert.equal(await letThrough(app, loginOf(account), 200), left - (2 * ROOM - 1));
  });

  test('is, for an app, that of its owner and never of its customer', async () => {
    await using app = await testApp({ engine, config: SLOW });
    const owner = await app.anAccount();
    const connectApp = await app.aConnectApp(owner);
    const customer = await app.anAccount();
    const first = connectLogin(await app.aGrant(connectApp, customer), owner);
    const second = connectLogin(await app.aGrant(connectApp, await app.anAccount()), owner);
    await allow(app, owner, 2);
    using _time = standstill(app);
    assert.equal(await letThrough(app, first, 100), ROOM, 'a grant has a rate of its own');
    assert.equal(await letThrough(app, second, 100), ROOM, 'which others do not use up');
    assertTooMany(await app.get(POLICIES, loginOf(owner)));
    assert.equal(await letThrough(app, loginOf(customer), 100), ROOM);
  });

  test('refuses a request when only its caller has been looked up', async () => {
    await using app = await testApp({ engine, config: SLOW });
    const account = await app.anAccount();
    const stranger = `/2010-04-01/Accounts/${(await app.anAccount()).sid}.json`;
    using _time = standstill(app);
    for (let sent = 0; sent < ROOM; sent += 1) {
      assert.equal((await app.get(stranger, loginOf(account))).status, 401, 'also these count');
    }
    assertTooMany(await app.get(stranger, loginOf(account)));
  });
});

onEveryEngine('refused credentials', (engine) => {
  const wrong = (account: TestAccount): Login => ({ username: account.sid, password: 'x' });

  test('are not even looked up after too many from one peer', async () => {
    await using app = await testApp({ engine, config: { requestsPerSecond: 1000 } });
    const regular = loginOf(await app.anAccount());
    const newcomer = await app.anAccount();
    using time = standstill(app);
    assert.equal(await letThrough(app, regular, 1), 1);
    for (let sent = 0; sent < FAILURES_PER_SECOND * WINDOW_SECONDS; sent += 1) {
      // Anybody can write a header about the sender.
      const headers = { 'x-forwarded-for': `198.51.100.${sent}`, forwarded: `for=10.0.0.${sent}` };
      const reply = await app.request('GET', POLICIES, { login: wrong(newcomer), headers });
      assert.equal(reply.status, 401);
    }
    assertTooMany(await app.get(POLICIES, wrong(newcomer)));
    assertTooMany(await app.get(POLICIES, loginOf(newcomer)));
    const headers = { 'x-forwarded-for': '203.0.113.1' };
    assertTooMany(await app.request('GET', POLICIES, { login: loginOf(newcomer), headers }));
    assert.equal(await letThrough(app, regular, 10), 10, 'who was good before is not held up');
    assert.equal((await app.get(POLICIES)).status, 401, 'nothing was to be looked up');
    await time.pass(WINDOW_SECONDS);
    assert.equal(await letThrough(app, loginOf(newcomer), 10), 10);
  });
});

suite('limits', () => {
  test('are off in development, except for accounts with their own limit', async () => {
    await using app = await testApp({ engine: 'memory' });
    const account = await app.anAccount();
    const limited = await app.anAccount();
    await allow(app, limited, 1);
    using _time = standstill(app);
    const many = DEFAULT_REQUESTS_PER_SECOND * WINDOW_SECONDS + 1;
    assert.equal(await letThrough(app, loginOf(account), many), many);
    assert.equal(await letThrough(app, loginOf(limited), many), ROOM);
    for (let sent = 0; sent <= FAILURES_PER_SECOND * WINDOW_SECONDS; sent += 1) {
      const reply = await app.get(POLICIES, { username: account.sid, password: 'x' });
      assert.equal(reply.status, 401);
    }
  });

  test('are on in production, where 0 turns them off', async () => {
    const many = DEFAULT_REQUESTS_PER_SECOND * WINDOW_SECONDS;
    for (const [requestsPerSecond, expected] of [
      [null, many],
      [0, many + 1],
    ] as const) {
      const config = { mode: 'production', requestsPerSecond } as const;
      await using app = await testApp({ engine: 'memory', config });
      const login = loginOf(await app.anAccount());
      using _time = standstill(app);
      assert.equal(await letThrough(app, login, many + 1), expected);
    }
  });

  test('bound the requests under way of each tenant by itself', async () => {
    const limits = openRateLimits({ mode: 'production', requestsPerSecond: 1000 });
    const aPrincipal = (sid: string): Principal => {
      const caller = { sid, max_requests_per_second: null };
      const account = { ...caller, owner_account_sid: sid, type: 'Full' } as const;
      return { kind: 'account', account, tenant: caller };
    };
    const limited = async (sid: string, work: Promise<unknown>) => {
      using _request = await limits.begin(aPrincipal(sid));
      return await work;
    };
    const gate = Promise.withResolvers<void>();
    const busy = Array.from({ length: CONCURRENT_REQUESTS }, () => limited('ACbusy', gate.promise));
    await setImmediate();
    const one = () => limited('ACbusy', Promise.resolve('done'));
    await assert.rejects(one(), { status: 429, code: 20429, headers: { 'Retry-After': '1' } });
    assert.equal(await limited('ACother', Promise.resolve(1)), 1);
    gate.reject(new Error('failed'));
    await Promise.allSettled(busy);
    const again = await Promise.all(Array.from({ length: CONCURRENT_REQUESTS }, one));
    assert.equal(again.length, CONCURRENT_REQUESTS, 'what failed is no longer under way either');
  });

  test('count addresses by their networks', () => {
    const near = { ipv4: 32, ipv6: 64 };
    assert.equal(networkOf('192.0.2.7', near), '192.0.2.7/32');
    assert.equal(networkOf('::ffff:192.0.2.7', near), '192.0.2.7/32');
    assert.equal(networkOf('2001:db8:1:2:3:4:5:6', near), networkOf('2001:db8:1:2::9', near));
    assert.notEqual(networkOf('2001:db8:1:2::9', near), networkOf('2001:db8:1:3::9', near));
    assert.equal(networkOf(undefined, near), 'unknown');
  });

  test('hold for all networks of a /56 and of a /48 together, four and sixteen times as high', async () => {
    using _time = standstill();
    const passed = async (addressOf: (n: number) => string) => {
      const limits = openRateLimits({ mode: 'production', requestsPerSecond: null });
      let count = 0;
      const visits = Array.from({ length: 20 * VISITS }, (_, n) =>
        limits.visited(addressOf(n), null).then(
          () => (count += 1),
          (error: unknown) => assert.equal((error as ApiError).status, 429),
        ),
      );
      await Promise.all(visits);
      return count;
    };
    assert.equal(await passed(() => '2001:db8:7:1::1'), VISITS);
    const hex = (n: number) => (n % 256).toString(16);
    assert.equal(await passed((n) => `2001:db8:7:${hex(n)}::1`), 4 * VISITS);
    assert.equal(await passed((n) => `2001:db8:7:${hex(n)}00::1`), 16 * VISITS);
    assert.equal(await passed((n) => `2001:db8:${hex(n)}:1::1`), 20 * VISITS);
    assert.equal(await passed((n) => `203.0.113.${n % 256}`), 20 * VISITS);
  });
});
