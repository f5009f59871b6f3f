import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { act } from '../../src/audit/act.ts';
import { OPERATOR } from '../../src/audit/audit-event.ts';
import { MAX_TRIGGERS } from '../../src/usage/usage-trigger.ts';
import { listDeliveries } from '../../src/webhooks/delivery-store.ts';
import {
  connectLogin,
  loginOf,
  onEveryEngine,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';
import {
  assertRule,
  aTrigger,
  create,
  DAY,
  EVENING,
  firesOf,
  MIDNIGHT,
  makeTrigger,
  meter,
  parametersOf,
  triggersOf,
} from '../support/usage-triggers.ts';
import { type WebhookReceiver, webhookReceiver } from '../support/webhook-receiver.ts';

const iso = (ms: number) => new Date(ms).toISOString();

onEveryEngine('triggers of usage', (engine) => {
  let receiver: WebhookReceiver;
  before(async () => {
    receiver = await webhookReceiver();
  });
  after(() => receiver[Symbol.asyncDispose]());

  test('watch a main account with its subaccounts, and a subaccount by itself', async () => {
    await using app = await testApp({ engine });
    const main = await app.anAccount();
    const [one, other] = [await app.aSubaccount(main), await app.aSubaccount(main)];
    const ofMain = await aTrigger(app, main, { TriggerValue: '5' });
    const ofOne = await aTrigger(app, one, { TriggerValue: '3' });
    await meter(app, other, { count: 2 });
    await meter(app, one, { count: 2 });
    assert.deepEqual(await firesOf(app), []);
    await meter(app, main, { count: 1 });
    assert.deepEqual(await firesOf(app), [{ trigger_sid: ofMain, window: 0 }]);
    await meter(app, one, { count: 1 });
    assert.deepEqual((await firesOf(app)).at(-1), { trigger_sid: ofOne, window: 0 });
    const { json } = await app.get(`${triggersOf(one)}/${ofOne}.json`, loginOf(main));
    assert.equal(json.current_value, '3');
    const byOther = await app.get(`${triggersOf(main)}/${ofOne}.json`, loginOf(main));
    assert.equal(byOther.status, 404);
  });

  test('are at most a thousand in an account, with fired ones', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aTrigger(app, account, { TriggerValue: '1' });
    await meter(app, account);
    await act(app.app, OPERATOR, async (doing) => {
      for (let made = 1; made < MAX_TRIGGERS - 1; made += 1) await makeTrigger(doing, account, 5);
    });
    await aTrigger(app, account, { TriggerValue: '1' });
    const rule = /^An account may have 1000 usage triggers; delete one first/;
    await assertRule(create(app, account, { TriggerValue: '1' }), rule);
    assert.equal((await firesOf(app)).length, 2);
    // Usage that passes all of them fires each once.
    await meter(app, account, { count: 4 });
    assert.equal((await firesOf(app)).length, MAX_TRIGGERS);
    const list = await app.get(`${triggersOf(account)}.json?PageSize=1000`, loginOf(account));
    const [first] = list.json.usage_triggers;
    const path = `${triggersOf(account)}/${first.sid}.json`;
    const removed = await app.request('DELETE', path, { login: loginOf(account) });
    assert.equal(removed.status, 204);
    await aTrigger(app, account, { TriggerValue: '1000' });
    await assertRule(create(app, account, { TriggerValue: '1' }), rule);
  });

  test('of a Connect app are signed by its owner, and stop with the grant', async () => {
    await using app = await testApp({ engine });
    const developer = await app.anAccount();
    const customer = await app.anAccount();
    const grant = await app.aGrant(await app.aConnectApp(developer), customer);
    const subaccount = { sid: grant.subaccount_sid };
    const guest = connectLogin(grant, developer);
    const list = `${triggersOf(subaccount)}.json`;
    const form = { UsageCategory: 'sms', CallbackUrl: receiver.origin, Recurring: 'daily' };
    const byApp = await app.post(list, guest, { ...form, TriggerValue: '1' });
    const byCustomer = await app.post(list, loginOf(customer), { ...form, TriggerValue: '2' });
    const taken = await app.post(list, loginOf(customer), { ...form, TriggerValue: '3' });
    const pointed = { CallbackUrl: `${receiver.origin}/app` };
    const path = (sid: string) => `${triggersOf(subaccount)}/${sid}.json`;
    assert.equal((await app.post(path(taken.json.sid), guest, pointed)).status, 200);
    await meter(app, subaccount, { count: 2 });
    const first = receiver.received.length;
    await app.deliver();
    const requests = receiver.received.slice(first);
    assert.equal(requests.length, 2);
    const token = await tokenOf(app, subaccount.sid, customer);
    for (const request of requests) {
      const isOfApp = request.body.includes(byApp.json.sid);
      parametersOf(request, isOfApp ? developer.auth_token : token);
    }
    const [delivery] = await listDeliveries(app.app.database.db, { url: receiver.origin }, 9);
    assert.equal(delivery?.kind, 'usage-trigger');

    app.advance(DAY);
    await meter(app, subaccount, { count: 1 });
    const body = { connect_app_sid: grant.connect_app_sid, account_sid: customer.sid };
    const revoked = await app.control('POST', '/deauthorize', body);
    assert.equal(revoked.status, 200);
    assert.deepEqual(await app.deliver(), { tried: 0, delivered: 0 });
    app.advance(DAY);
    await meter(app, subaccount, { count: 5 });
    const lastFire = (await firesOf(app)).at(-1);
    assert.equal(lastFire?.trigger_sid, byCustomer.json.sid);
    assert.equal((await app.deliver()).tried, 1);
    const stopped = await app.get(path(byApp.json.sid), loginOf(customer));
    assert.equal(stopped.json.callback_url, null);
    assert.equal((await app.get(path(taken.json.sid), loginOf(customer))).json.callback_url, null);

    // A trigger with a new URL of the customer is the customer's, and fires because it is reached.
    const again = await app.post(path(byApp.json.sid), loginOf(customer), pointed);
    assert.equal(again.json.date_fired, again.json.date_updated);
    await app.deliver();
    const last = receiver.received.at(-1);
    assert.ok(last);
    assert.equal(parametersOf(last, token)['UsageTriggerSid'], byApp.json.sid);
  });

  test('cost no query while usage reaches none of them', async () => {
    await using app = await testApp({ engine });
    const main = await app.anAccount();
    const account = await app.aSubaccount(main);
    await aTrigger(app, account, { TriggerValue: '10' });
    await aTrigger(app, main, { TriggerValue: '0.5', TriggerBy: 'price', Recurring: 'daily' });
    await meter(app, account, { category: 'sms-inbound-longcode' });
    const { db } = app.app.database;
    await app.app.database.write((tx) =>
      sql`alter table usage_triggers rename to out_of_reach`.execute(tx),
    );
    for (let more = 0; more < 8; more += 1) {
      await meter(app, account, { category: 'sms-inbound-longcode' });
    }
    const tenth = { category: 'sms', account_sid: account.sid, key: 'tenth' };
    const crossing = await app.control('POST', '/usage', tenth);
    assert.equal(crossing.status, 500);
    const events = await db.selectFrom('usage_events').select('key').execute();
    assert.equal(events.length, 9, 'what could not fire did not count');
  });

  test('do not fire for a past day, and can fire for the next day ahead of time', async () => {
    await using app = await testApp({ engine, now: EVENING });
    const account = await app.anAccount();
    const daily = { TriggerValue: '3', Recurring: 'daily' };
    const first = await aTrigger(app, account, daily);
    // A clock that is ahead by less than five minutes is in the next day already.
    await meter(app, account, { count: 3, at: iso(MIDNIGHT + 1) });
    assert.deepEqual(await firesOf(app), [{ trigger_sid: first, window: 20_260_319 }]);
    await meter(app, account, { count: 2, at: iso(MIDNIGHT - 1) });
    await meter(app, account, { count: 1, at: iso(EVENING) });
    assert.deepEqual((await firesOf(app)).at(-1), { trigger_sid: first, window: 20_260_318 });
    const deliveries = await listDeliveries(app.app.database.db, {}, 9);
    const tokens = deliveries.map(({ payload }): string =>
      JSON.parse(payload).IdempotencyToken.slice(-10),
    );
    assert.deepEqual(tokens.toSorted(), ['2026-03-18', '2026-03-19']);

    const second = await aTrigger(app, account, { ...daily, TriggerValue: '7' });
    app.advance(MIDNIGHT - EVENING);
    await meter(app, account, { count: 4, at: iso(MIDNIGHT - 1) });
    assert.equal((await firesOf(app)).length, 2, 'the 18th had 7, and was over');
    await meter(app, account, { count: 4 });
    assert.deepEqual((await firesOf(app)).slice(2), [{ trigger_sid: second, window: 20_260_319 }]);
    app.advance(DAY);
    await meter(app, account, { count: 2 });
    await meter(app, account, { count: 50, at: iso(MIDNIGHT) });
    assert.equal((await firesOf(app)).length, 3);
  });

  test('stay fired after corrections, and are gone after a deletion', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const price = { TriggerBy: 'price', UsageCategory: 'totalprice' };
    const kept = await aTrigger(app, account, { ...price, TriggerValue: '1' });
    const gone = await aTrigger(app, account, { ...price, TriggerValue: '1.5' });
    await meter(app, account, { price: '1.2' });
    await meter(app, account, { count: undefined, price: '-1', reason: 'a refund' });
    const path = `${triggersOf(account)}/${gone}.json`;
    await app.request('DELETE', path, { login: loginOf(account) });
    await meter(app, account, { price: '5' });
    assert.deepEqual(await firesOf(app), [{ trigger_sid: kept, window: 0 }]);
    const { json } = await app.get(`${triggersOf(account)}/${kept}.json`, loginOf(account));
    assert.equal(json.current_value, '5.2');
    await app.request('DELETE', `${triggersOf(account)}/${kept}.json`, { login: loginOf(account) });
    assert.equal((await firesOf(app)).length, 1, 'what fired is known after that');
  });

  test('do not fire again in a window after a change of the URL', async () => {
    await using app = await testApp({ engine, now: EVENING });
    const account = await app.anAccount();
    const daily = await aTrigger(app, account, { TriggerValue: '1', Recurring: 'daily' });
    const once = await aTrigger(app, account, { TriggerValue: '1' });
    await meter(app, account);
    const fires = await firesOf(app);
    assert.equal(fires.length, 2);
    for (const sid of [daily, once]) {
      const path = `${triggersOf(account)}/${sid}.json`;
      const form = { CallbackUrl: 'https://example.com/elsewhere' };
      assert.equal((await app.post(path, loginOf(account), form)).status, 200);
    }
    await meter(app, account);
    assert.deepEqual(await firesOf(app), fires);
    assert.equal((await listDeliveries(app.app.database.db, {}, 9)).length, fires.length);
    app.advance(MIDNIGHT - EVENING);
    await meter(app, account);
    assert.deepEqual((await firesOf(app)).slice(2), [{ trigger_sid: daily, window: 20_260_319 }]);
    const [last] = await listDeliveries(app.app.database.db, {}, 1);
    assert.equal(last?.url, 'https://example.com/elsewhere');
  });

  test('do not fire when the usage that reached them is refused', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aTrigger(app, account, { TriggerValue: '2' });
    const event = { account_sid: account.sid, category: 'sms', count: 2, key: 'one' };
    const body = [event, { ...event, count: 3 }];
    assert.equal((await app.control('POST', '/usage', body)).status, 409);
    const sent = await listDeliveries(app.app.database.db, {}, 9);
    assert.deepEqual([await firesOf(app), sent], [[], []]);
    assert.equal((await app.control('POST', '/usage', event)).status, 200);
    assert.equal((await app.control('POST', '/usage', event)).json.repeated, 1);
    assert.equal((await firesOf(app)).length, 1);
  });
});

/** The primary token of a subaccount, which its owner may see. */
async function tokenOf(app: TestApp, sid: string, owner: TestAccount): Promise<string> {
  const { json } = await app.get(`/2010-04-01/Accounts/${sid}.json`, loginOf(owner));
  return json.auth_token;
}
