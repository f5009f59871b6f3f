import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Account } from '../../src/accounts/account.ts';
import { openToken } from '../../src/accounts/auth-token.ts';
import { fetchTokens } from '../../src/accounts/auth-token-store.ts';
import {
  createSecondaryToken,
  deleteSecondaryToken,
  promoteSecondaryToken,
} from '../../src/accounts/change-auth-token.ts';
import { type Act, act } from '../../src/audit/act.ts';
import { OPERATOR } from '../../src/audit/audit-event.ts';
import { listAuditEvents } from '../support/audit-log.ts';
import { digestOfData } from '../support/digest.ts';
import { onEveryEngine, type TestAccount, type TestApp, testApp } from '../support/test-app.ts';

const RUNS = 8;
const STEPS = {
  create: createSecondaryToken,
  promote: async (doing: Act, account: Account) => {
    await promoteSecondaryToken(doing, account);
    return 200;
  },
  delete: async (doing: Act, account: Account) => {
    await deleteSecondaryToken(doing, account);
    return 200;
  },
};
type Step = keyof typeof STEPS;

/** The token that a step makes, or 200, or the status that it is refused with. */
async function take(app: TestApp, account: TestAccount, step: Step): Promise<string | number> {
  try {
    return await act<string | number>(app.app, OPERATOR, (doing) => STEPS[step](doing, account));
  } catch (error) {
    const { status } = error as { status?: number };
    if (status === undefined) throw error;
    return status;
  }
}

/** The model of an account's tokens: all earlier tokens and the present ones. */
interface Model {
  primary: string;
  secondary: string | null;
  readonly gone: string[];
}

/** Compares the result of a step with the expected one, and takes the step in the model. */
function expect(model: Model, step: Step, given: string | number): void {
  const { primary, secondary } = model;
  if (step === 'create' && secondary === null) {
    assert.match(String(given), /^[0-9a-f]{32}$/);
    model.secondary = String(given);
  } else if (step === 'delete' && secondary !== null) {
    assert.equal(given, 200);
    model.gone.push(secondary);
    model.secondary = null;
  } else if (step === 'promote' && secondary !== null) {
    assert.equal(given, 200);
    model.gone.push(primary);
    model.primary = secondary;
    model.secondary = null;
  } else {
    assert.equal(given, 409);
  }
}

onEveryEngine("an account's tokens", (engine) => {
  test('authenticate exactly while they are in force, after any steps in any order', async () => {
    await using app = await testApp({ engine });
    const customer = await app.anAccount();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom<Step>('create', 'promote', 'delete'), { maxLength: 8 }),
        async (steps) => {
          const owner = await app.anAccount();
          const grant = await app.aGrant(await app.aConnectApp(owner), customer);
          const model: Model = { primary: owner.auth_token, secondary: null, gone: [] };
          for (const step of steps) {
            const before = await digestOfData(app.app);
            const given = await take(app, owner, step);
            expect(model, step, given);
            if (given === 409) assert.equal(await digestOfData(app.app), before);
            // The account itself, and its app in the customer's subaccount.
            for (const username of [owner.sid, grant.subaccount_sid]) {
              const path = `/2010-04-01/Accounts/${username}.json`;
              const statusOf = async (password: string) =>
                (await app.get(path, { username, password })).status;
              assert.equal(await statusOf(model.primary), 200);
              if (model.secondary !== null) assert.equal(await statusOf(model.secondary), 200);
              for (const token of model.gone) assert.equal(await statusOf(token), 401);
            }
            const login = { username: owner.sid, password: model.primary };
            const shown = await app.get(`/2010-04-01/Accounts/${owner.sid}.json`, login);
            assert.equal(shown.json.auth_token, model.primary);
            const stored = await fetchTokens(app.app.database.db, owner.sid);
            assert.deepEqual(
              stored.map((token) => openToken(app.app.keyRing, token)),
              [model.primary, model.secondary].filter((token) => token !== null),
              'each opens in its slot',
            );
          }
        },
      ),
      { numRuns: RUNS, endOnFailure: true },
    );
  });

  test('change one at a time, with many changes at the same moment', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const together = (step: Step) =>
      Promise.all(Array.from({ length: 10 }, () => take(app, account, step)));
    const made = await together('create');
    assert.equal(made.filter((given) => given === 409).length, 9);
    const promoted = await together('promote');
    assert.equal(promoted.filter((given) => given === 200).length, 1);
    const token = made.find((given) => given !== 409);
    const login = { username: account.sid, password: String(token) };
    assert.equal((await app.get('/2010-04-01/Accounts.json', login)).status, 200);
  });

  test('are refused from the commit of a promotion on, also for writes that waited', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const login = { username: account.sid, password: account.auth_token };
    await take(app, account, 'create');
    const order: string[] = [];
    const promotion = take(app, account, 'promote').then(() => order.push('promoted'));
    const writes = Array.from({ length: 20 }, async () => {
      const { status } = await app.post('/v1/ConnectionPolicies', login, {});
      order.push(String(status));
    });
    await Promise.all([promotion, ...writes]);
    assert.ok(order.includes('401'));
    assert.ok(order.lastIndexOf('201') < order.indexOf('promoted'));
    assert.equal((await app.post('/v1/ConnectionPolicies', login, {})).status, 401);
  });

  test('count up their versions, and have an entry without the token in the audit log for each change', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const given: (string | number)[] = [];
    for (const step of ['create', 'delete', 'create', 'promote'] as const) {
      given.push(await take(app, account, step));
      app.advance(1_000);
    }
    const events = await listAuditEvents(app.app.database.db, account.sid, 4);
    const told = events.map(({ action, target_sid, detail }) => [action, target_sid, detail]);
    const of = (action: string, slot: string, version: number) => [
      `auth_token.${action}`,
      account.sid,
      JSON.stringify({ slot, version }),
    ];
    assert.deepEqual(told, [
      of('promoted', 'primary', 3),
      of('created', 'secondary', 2),
      of('deleted', 'secondary', 2),
      of('created', 'secondary', 2),
    ]);
    for (const token of given) assert.ok(!JSON.stringify(events).includes(`"${token}"`));
  });
});
