import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { openApp } from '../../src/app.ts';
import { buildServer } from '../../src/http/server.ts';
import { ROUTES } from '../../src/routes.ts';
import { sweepAll } from '../../src/workers.ts';
import { listAuditEvents } from '../support/audit-log.ts';
import { digestOfData } from '../support/digest.ts';
import {
  basic,
  connectLogin,
  ENGINES,
  type Login,
  loginOf,
  onEveryEngine,
  type Reply,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

const DAY = 86_400_000;
const POLICIES = '/v1/ConnectionPolicies';
const RUNS = 15;

type Form = Record<string, string>;
const postOnceTo = (path: string) => (app: TestApp, login: Login, key: string, form?: Form) =>
  app.request('POST', path, { login, form: form ?? {}, headers: { 'idempotency-key': key } });
const postOnce = postOnceTo(POLICIES);

async function policiesOf(app: TestApp, login: Login): Promise<Reply['json'][]> {
  return (await app.get(`${POLICIES}?PageSize=1000`, login)).json.connection_policies;
}

async function keysIn({ app }: TestApp): Promise<number> {
  return (await app.database.db.selectFrom('idempotency_keys').select('key').execute()).length;
}

function assertSame(one: Reply, other: Reply): void {
  const answerOf = ({ status, text, headers }: Reply) => [status, text, headers['content-type']];
  assert.deepEqual(answerOf(one), answerOf(other));
}

onEveryEngine('a POST with an Idempotency-Key', (engine) => {
  test('is done once in a day, and each repeat has the same answer', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const login = loginOf(account);
    const form = { FriendlyName: 'Zoë & Co' };
    const first = await postOnce(app, login, 'k-1', form);
    assert.equal(first.status, 201);
    const before = await digestOfData(app.app);
    app.advance(DAY - 1);
    assertSame(await postOnce(app, login, 'k-1', form), first);
    assert.equal(await digestOfData(app.app), before, 'a repeat leaves no trace');

    app.advance(1);
    const nextDay = await postOnce(app, login, 'k-1', form);
    assert.equal(nextDay.status, 201);
    assert.notEqual(nextDay.json.sid, first.json.sid);
    assertSame(await postOnce(app, login, 'k-1', form), nextDay);
    assert.equal((await policiesOf(app, login)).length, 2);
    assert.equal((await listAuditEvents(app.app.database.db, account.sid, 100)).length, 3);
  });

  test('is not done when its key belongs to another request', async () => {
    await using app = await testApp({ engine });
    const login = loginOf(await app.anAccount());
    const sid = (await postOnce(app, login, 'k', { FriendlyName: 'x', Other: 'y' })).json.sid;
    assert.equal((await postOnce(app, login, 'k', { Other: 'y', FriendlyName: 'x' })).status, 201);
    const before = await digestOfData(app.app);
    for (const [form, path] of [
      [{ FriendlyName: 'z', Other: 'y' }, POLICIES],
      [{ FriendlyName: 'x' }, POLICIES],
      [{ FriendlyName: 'x', Other: 'y' }, '/v1/ByocTrunks'],
      [{ FriendlyName: 'x', Other: 'y' }, `${POLICIES}/${sid}`],
    ] as const) {
      const { status, json } = await postOnceTo(path)(app, login, 'k', form);
      assert.deepEqual([status, json.code], [409, 20409], path);
      assert.match(json.message, /Idempotency-Key/);
    }
    assert.equal(await digestOfData(app.app), before);
    assert.equal((await policiesOf(app, login)).length, 1);
  });

  test('is answered in the format of its path, and each format is a request of its own', async () => {
    await using app = await testApp({ engine });
    const login = loginOf(await app.anAccount());
    for (const suffix of ['.json', '.xml', '.csv', '']) {
      const path = `/2010-04-01/Accounts${suffix}`;
      const first = await postOnceTo(path)(app, login, `k${suffix}`);
      assert.equal(first.status, 201, first.text);
      assertSame(await postOnceTo(path)(app, login, `k${suffix}`), first);
      const other = await postOnceTo('/2010-04-01/Accounts.json')(app, login, `k${suffix}`);
      assert.equal(other.status, suffix === '.json' ? 201 : 409);
    }
  });

  test('is not remembered after a refusal', async () => {
    await using app = await testApp({ engine });
    const login = loginOf(await app.anAccount());
    const long = { FriendlyName: 'x'.repeat(1_000) };
    assert.equal((await postOnce(app, login, 'k', long)).status, 400);
    const nowhere = `${POLICIES}/NY${'0'.repeat(32)}`;
    assert.equal((await postOnceTo(nowhere)(app, login, 'k')).status, 404);
    const stranger = { ...login, password: '0'.repeat(32) };
    assert.equal((await postOnce(app, stranger, 'k')).status, 401);
    assert.equal(await keysIn(app), 0);
    assert.equal((await postOnce(app, login, 'k')).status, 201);
    assert.equal(await keysIn(app), 1);
    assert.equal((await postOnce(app, stranger, 'k')).status, 401);
  });

  test('has a key of 1 to 128 visible ASCII characters, which other methods ignore', async () => {
    await using app = await testApp({ engine });
    const login = loginOf(await app.anAccount());
    const visible = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index));
    for (const key of ['x', 'x'.repeat(128), visible.join('')]) {
      assert.equal((await postOnce(app, login, key)).status, 201, key);
      assert.equal((await postOnce(app, login, key)).status, 201, key);
    }
    const [policy, ...others] = await policiesOf(app, login);
    assert.equal(others.length, 2);
    for (const key of ['', 'x'.repeat(129), 'two words', 'ä', 'a\tb', 'one, two']) {
      const refused = await postOnce(app, login, key);
      assert.deepEqual([refused.status, refused.json.code], [400, 20001], key);
      assert.match(refused.json.message, /^Idempotency-Key must be/);
      const headers = { 'idempotency-key': key };
      const path = `${POLICIES}/${policy.sid}`;
      assert.equal((await app.request('GET', path, { login, headers })).status, 200);
    }
    const headers = { 'idempotency-key': 'x' };
    const path = `${POLICIES}/${policy.sid}`;
    assert.equal((await app.request('DELETE', path, { login, headers })).status, 204);
    assert.equal((await app.request('DELETE', path, { login, headers })).status, 404);
  });

  test('is done once when it is sent fifty times at the same moment', async () => {
    await using app = await testApp({ engine });
    const login = loginOf(await app.anAccount());
    const fifty = Array.from({ length: 50 }, () => postOnce(app, login, 'k'));
    const replies = await Promise.all(fifty);
    for (const reply of replies) assertSame(reply, replies[0] as Reply);
    assert.equal((await policiesOf(app, login)).length, 1);
    assert.equal(await keysIn(app), 1);
  });

  test('belongs to the account with any of its credentials, and to no other account', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const first = await postOnce(app, loginOf(account), 'k');
    assertSame(await postOnce(app, await app.aKey(account, 'standard'), 'k'), first);
    assertSame(await postOnce(app, await app.aKey(account, 'main'), 'k'), first);

    const stranger = loginOf(await app.anAccount());
    const ofStranger = await postOnce(app, stranger, 'k');
    assert.equal(ofStranger.status, 201);
    assert.notEqual(ofStranger.json.sid, first.json.sid);
    assert.equal((await policiesOf(app, stranger)).length, 1);
  });

  test('of an app is separate from its customer’s, and ends with the grant', async () => {
    await using app = await testApp({ engine });
    const [owner, customer] = [await app.anAccount(), await app.anAccount()];
    const connectApp = await app.aConnectApp(owner);
    const grant = await app.aGrant(connectApp, customer);
    const asApp = connectLogin(grant, owner);
    const { json } = await app.get(
      `/2010-04-01/Accounts/${grant.subaccount_sid}.json`,
      loginOf(customer),
    );
    const asSubaccount = { username: grant.subaccount_sid, password: json.auth_token };
    const ofApp = await postOnce(app, asApp, 'k');
    const ofSubaccount = await postOnce(app, asSubaccount, 'k');
    assert.deepEqual([ofApp.status, ofSubaccount.status], [201, 201]);
    assert.notEqual(ofApp.json.sid, ofSubaccount.json.sid);
    assertSame(await postOnce(app, asApp, 'k'), ofApp);
    assertSame(await postOnce(app, asSubaccount, 'k'), ofSubaccount);

    const body = { connect_app_sid: connectApp.sid, account_sid: customer.sid };
    assert.equal((await app.control('POST', '/deauthorize', body)).status, 200);
    assert.equal((await postOnce(app, asApp, 'k')).status, 401);
  });

  test('shows a secret again to the same caller, and stores it sealed', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const login = loginOf(account);
    const keys = `/2010-04-01/Accounts/${account.sid}/Keys.json`;
    const key = await postOnceTo(keys)(app, login, 'a-key');
    const subaccount = await postOnceTo('/2010-04-01/Accounts.json')(app, login, 'sub');
    assertSame(await postOnceTo(keys)(app, login, 'a-key'), key);
    assert.match(key.json.secret, /^\w{32}$/);
    assert.match(subaccount.json.auth_token, /^\w{32}$/);
    const { db } = app.app.database;
    const rows = await db.selectFrom('idempotency_keys').selectAll().execute();
    assert.equal(rows.length, 2);
    for (const secret of [key.json.secret, subaccount.json.auth_token]) {
      assert.ok(!JSON.stringify(rows).includes(secret), 'a secret is stored as it is');
    }
    // A request whose stored answer cannot be read is not done again either.
    await app.app.database.write(async (tx) => {
      await tx.updateTable('idempotency_keys').set({ sealed: 'gone.x' }).execute();
    });
    const lost = await postOnceTo(keys)(app, login, 'a-key');
    assert.deepEqual([lost.status, lost.json.code], [409, 20409]);
  });

  test('is forgotten after a day', async () => {
    await using app = await testApp({ engine });
    const login = loginOf(await app.anAccount());
    for (let count = 0; count < 3; count += 1) await postOnce(app, login, `old-${count}`);
    app.advance(1);
    await postOnce(app, login, 'young');
    app.advance(DAY - 1);
    await sweepAll(app.app);
    const { db } = app.app.database;
    const left = await db.selectFrom('idempotency_keys').select('key').execute();
    assert.deepEqual(left, [{ key: 'young' }]);
  });

  test('any sequence of them has the same result as without the repeats', async () => {
    await using app = await testApp({ engine });
    // Few keys and names make repeats and conflicts likely.
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c', null),
      target: fc.constantFrom('new', 'first'),
      name: fc.constantFrom('x', 'y', 'x'.repeat(300)),
    });
    type Step = Readonly<{ key: string | null; target: 'new' | 'first'; name: string }>;
    const send = async (login: Login, { key, target, name }: Step): Promise<Reply> => {
      const sid = (await policiesOf(app, login)).at(-1)?.sid ?? `NY${'0'.repeat(32)}`;
      const path = target === 'new' ? POLICIES : `${POLICIES}/${sid}`;
      const form = { FriendlyName: name };
      return key === null ? app.post(path, login, form) : postOnceTo(path)(app, login, key, form);
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const [all, once] = [loginOf(await app.anAccount()), loginOf(await app.anAccount())];
        const done = new Map<string, { step: string; reply: Reply }>();
        for (const one of steps) {
          const reply = await send(all, one);
          const content = JSON.stringify(one);
          const known = one.key === null ? undefined : done.get(one.key);
          if (known?.step === content) {
            assertSame(reply, known.reply);
          } else if (known) {
            // A name that is too long is refused before the key is read.
            assert.equal(reply.status, one.name.length > 64 ? 400 : 409);
          } else {
            const expected = await send(once, { ...one, key: null });
            assert.equal(reply.status, expected.status);
            if (one.key !== null && reply.status < 400) done.set(one.key, { step: content, reply });
          }
        }
        const namesOf = async (login: Login) =>
          (await policiesOf(app, login)).map(({ friendly_name }) => friendly_name);
        assert.deepEqual(await namesOf(all), await namesOf(once));
      }),
      { numRuns: RUNS },
    );
  });
});

if (ENGINES.includes('postgres')) {
  test('two processes do a request once that both get with one key', async () => {
    await using app = await testApp({ engine: 'postgres' });
    const { clock, config, log } = app.app;
    const other = await openApp(config, { log, now: clock.wall });
    const server = buildServer(other, ROUTES);
    try {
      const login = loginOf(await app.anAccount());
      for (let round = 0; round < 10; round += 1) {
        const key = `k${round}`;
        const ofOther = async () => {
          const { body, statusCode } = await server.inject({
            method: 'POST',
            url: POLICIES,
            headers: { authorization: basic(login), 'idempotency-key': key },
          });
          return `${statusCode} ${body}`;
        };
        const ofFirst = async () => {
          const { status, text } = await postOnce(app, login, key);
          return `${status} ${text}`;
        };
        const both = Array.from({ length: 25 }, () => [ofFirst(), ofOther()]).flat();
        const answers = new Set(await Promise.all(both));
        assert.equal(answers.size, 1, [...answers].join('\n'));
        assert.match([...answers][0] ?? '', /^201 /);
        assert.equal((await policiesOf(app, login)).length, round + 1);
      }
    } finally {
      await server.close();
      await other.close();
    }
  });
}
