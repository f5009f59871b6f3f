import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import twilio from 'twilio';
import { assertRefused, sdk, sidsOf } from '../conformance/sdk-world.ts';
import { listAuditEvents } from '../support/audit-log.ts';
import { loginOf, onEveryEngine, testApp } from '../support/test-app.ts';
import {
  assertRule,
  aTrigger,
  create,
  DAY,
  EVENING,
  firesOf,
  meter,
  parametersOf,
  triggersOf,
} from '../support/usage-triggers.ts';
import { type WebhookReceiver, webhookReceiver } from '../support/webhook-receiver.ts';

onEveryEngine('a usage trigger', (engine) => {
  let receiver: WebhookReceiver;
  before(async () => {
    receiver = await webhookReceiver();
  });
  after(() => receiver[Symbol.asyncDispose]());

  test('is made, found, filtered, changed and deleted by the official SDK', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const origin = await app.listen();
    const client = sdk(origin, loginOf(account));
    const { triggers } = client.usage;
    await meter(app, account, { count: 7, usage: '2.5' });

    const made = await triggers.create({
      callbackUrl: 'https://example.com/fired',
      triggerValue: '1000.50',
      usageCategory: 'sms',
    });
    const uri = `${triggersOf(account)}/${made.sid}.json`;
    const now = new Date(app.app.now());
    now.setUTCMilliseconds(0);
    assert.deepEqual(made.toJSON(), {
      accountSid: account.sid,
      apiVersion: '2010-04-01',
      callbackMethod: 'POST',
      callbackUrl: 'https://example.com/fired',
      currentValue: '2.5',
      dateCreated: now,
      dateFired: null,
      dateUpdated: now,
      friendlyName: 'Trigger for sms at usage of 1000.5',
      recurring: null,
      sid: made.sid,
      triggerBy: 'usage',
      triggerValue: '1000.5',
      uri,
      usageCategory: 'sms',
      usageRecordUri: `/2010-04-01/Accounts/${account.sid}/Usage/Records.json?Category=sms`,
    });
    const yearly = await triggers.create({
      callbackUrl: 'https://example.com/fired',
      callbackMethod: 'GET',
      triggerValue: '+30',
      usageCategory: 'totalprice',
      recurring: 'yearly',
      triggerBy: 'price',
      friendlyName: 'Spending',
    });
    assert.equal(yearly.triggerValue, '30.01');
    assert.equal(yearly.friendlyName, 'Spending');
    const daily = await triggers.create({
      callbackUrl: 'https://example.com/fired',
      triggerValue: '8',
      usageCategory: 'sms',
      recurring: 'daily',
      triggerBy: 'count',
    });
    assert.equal(daily.currentValue, '7');
    assert.match(yearly.usageRecordUri, /\/Usage\/Records\.json\?Category=totalprice$/);
    assert.match(daily.usageRecordUri, /\/Usage\/Records\/Today\.json\?Category=sms$/);

    assert.deepEqual(sidsOf(await triggers.list()), [daily.sid, yearly.sid, made.sid]);
    assert.deepEqual(sidsOf(await triggers.list({ recurring: 'daily' })), [daily.sid]);
    assert.deepEqual(sidsOf(await triggers.list({ recurring: 'alltime' })), [made.sid]);
    assert.deepEqual(sidsOf(await triggers.list({ triggerBy: 'price' })), [yearly.sid]);
    assert.deepEqual(sidsOf(await triggers.list({ usageCategory: 'sms' })), [daily.sid, made.sid]);
    const listed = await app.get(`${triggersOf(account)}.json?Recurring=`, loginOf(account));
    assert.deepEqual(sidsOf(listed.json.usage_triggers), [daily.sid, yearly.sid, made.sid]);

    // On the next day, the daily trigger begins at 0.
    app.advance(DAY);
    assert.equal((await triggers(daily.sid).fetch()).currentValue, '0');
    assert.equal((await triggers(made.sid).fetch()).currentValue, '2.5');
    assert.deepEqual(
      (await triggers.list()).map(({ currentValue }) => currentValue),
      ['0', '0.01', '2.5'],
    );

    const changed = await triggers(made.sid).update({
      friendlyName: 'Many',
      callbackMethod: 'GET',
    });
    assert.equal(changed.friendlyName, 'Many');
    assert.equal(changed.callbackMethod, 'GET');
    assert.equal(changed.dateUpdated.getTime(), app.app.now() - (app.app.now() % 1000));
    const ignored = { TriggerValue: '1', Recurring: 'daily', UsageCategory: 'calls' };
    const same = await app.post(uri, loginOf(account), ignored);
    assert.equal(same.json.trigger_value, '1000.5');
    assert.equal(same.json.recurring, null);
    assert.equal(same.json.date_fired, null);

    assert.equal(await triggers(made.sid).remove(), true);
    await assertRefused(triggers(made.sid).fetch(), 404, 20404);
    const stranger = sdk(origin, loginOf(await app.anAccount()));
    await assertRefused(stranger.usage.triggers(daily.sid).fetch(), 404, 20404);
    await assertRefused(stranger.usage.triggers(daily.sid).remove(), 404, 20404);
  });

  test('is refused with the name of the parameter and its rule', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const values = [
      '0',
      '+0',
      '0.0000001',
      '-1',
      '- 1',
      'NaN',
      '1e300',
      '1e3',
      '',
      ' ',
      '+',
      '++1',
    ];
    for (const TriggerValue of [...values, '1.', '.5', '1234567890', '0x10', '١', '1,000']) {
      await assertRule(create(app, account, { TriggerValue }), /^TriggerValue must /);
    }
    await assertRule(create(app, account, {}), /^TriggerValue is required/);
    const TriggerValue = '5';
    const wrong: [Record<string, string>, RegExp][] = [
      [{ UsageCategory: 'pigeons' }, /^UsageCategory is not a usage category/],
      [{ CallbackUrl: '' }, /^CallbackUrl must not be empty/],
      [{ CallbackUrl: 'ftp://example.com' }, /^CallbackUrl must be an absolute http or https URL/],
      [{ CallbackMethod: 'PUT' }, /^CallbackMethod must be GET or POST/],
      [{ Recurring: 'hourly' }, /^Recurring must be daily, monthly, yearly or alltime/],
      [{ TriggerBy: 'cost' }, /^TriggerBy must be count, usage or price/],
      [{ UsageCategory: 'totalprice', TriggerBy: 'count' }, /^TriggerBy must not be count/],
      [{ FriendlyName: 'x'.repeat(65) }, /^FriendlyName must be at most 64 characters/],
    ];
    for (const [form, rule] of wrong) {
      await assertRule(create(app, account, { TriggerValue, ...form }), rule);
    }
    const list = `${triggersOf(account)}.json`;
    await assertRule(app.get(`${list}?UsageCategory=pigeons`, loginOf(account)), /^UsageCategory /);
    // A correction makes the price negative, and an offset may not bring the value up to 0.
    await meter(app, account, { count: undefined, price: '-5', reason: 'a refund' });
    const offset = { TriggerBy: 'price', TriggerValue: '+5' };
    await assertRule(create(app, account, offset), /^TriggerValue must come to more than 0/);
    const { json } = await create(app, account, { ...offset, TriggerValue: '+5.000001' });
    assert.equal(json.trigger_value, '0.000001');
    const sid = await aTrigger(app, account, { TriggerValue });
    const path = `${triggersOf(account)}/${sid}.json`;
    await assertRule(
      app.post(path, loginOf(account), { CallbackUrl: '' }),
      /^CallbackUrl must not/,
    );
  });

  test('counts from the present value of its period after a plus sign, or after its space', async () => {
    await using app = await testApp({ engine, now: EVENING });
    const account = await app.anAccount();
    await meter(app, account, { count: 12 });
    await meter(app, account, { count: 30, at: new Date(EVENING - 60_000).toISOString() });
    for (const [TriggerValue, expected] of [
      ['+30', '72'],
      [' 30', '72'],
      ['+0.5', '42.5'],
      ['030.500', '30.5'],
    ] as const) {
      const { json } = await create(app, account, { TriggerValue, TriggerBy: 'count' });
      assert.equal(json.trigger_value, expected);
    }
    app.advance(DAY);
    const form = { TriggerValue: '+30', Recurring: 'daily' };
    assert.equal((await create(app, account, form)).json.trigger_value, '30');
    const fires = await firesOf(app);
    assert.equal(fires.length, 1, '30.5 was reached already');
    // 42 does not reach 42.5, and 43 does.
    await meter(app, account, { count: 1 });
    assert.equal((await firesOf(app)).length, 2);
  });

  test('calls its URL once when its value is reached, with the documented parameters', async () => {
    await using app = await testApp({ engine, now: EVENING });
    const account = await app.anAccount();
    const url = `${receiver.origin}/fired?mine=1`;
    const once = { CallbackUrl: url, TriggerValue: '3', TriggerBy: 'count' };
    const sid = await aTrigger(app, account, once);
    await meter(app, account, { count: 2 });
    assert.deepEqual(await app.deliver(), { tried: 0, delivered: 0 });
    await meter(app, account, { count: 1, category: 'sms-inbound-longcode' });
    await meter(app, account, { count: 1 });
    const already = receiver.received.length;
    assert.deepEqual(await app.deliver(), { tried: 1, delivered: 1 });
    const request = receiver.received[already];
    assert.ok(request);
    assert.equal(request.method, 'POST');
    assert.deepEqual(parametersOf(request, account.auth_token), {
      AccountSid: account.sid,
      UsageTriggerSid: sid,
      DateFired: 'Wed, 18 Mar 2026 23:59:00 +0000',
      Recurring: '',
      UsageCategory: 'sms',
      TriggerBy: 'count',
      TriggerValue: '3',
      CurrentValue: '3',
      UsageRecordUri: `/2010-04-01/Accounts/${account.sid}/Usage/Records.json?Category=sms`,
      IdempotencyToken: `${account.sid}-FIRES-${sid}-2026-03-18`,
    });
    const { json } = await app.get(`${triggersOf(account)}/${sid}.json`, loginOf(account));
    assert.equal(json.date_fired, 'Wed, 18 Mar 2026 23:59:00 +0000');
    assert.equal(json.date_updated, json.date_fired);
    assert.equal(json.current_value, '4');
    const audit = await listAuditEvents(app.app.database.db, account.sid, 100);
    const fired = audit.filter(({ action }) => action === 'usage_trigger.fired');
    assert.deepEqual(
      fired.map(({ target_sid }) => target_sid),
      [sid],
    );
    app.advance(400 * DAY);
    await meter(app, account, { count: 100 });
    assert.deepEqual(await app.deliver(), { tried: 0, delivered: 0 });
  });

  test('calls by GET with everything in the query, and again in each period', async () => {
    await using app = await testApp({ engine, now: EVENING });
    const account = await app.anAccount();
    const sid = await aTrigger(app, account, {
      CallbackUrl: `${receiver.origin}/fired?mine=1`,
      CallbackMethod: 'GET',
      TriggerValue: '0.05',
      TriggerBy: 'price',
      Recurring: 'daily',
      UsageCategory: 'totalprice',
    });
    const first = receiver.received.length;
    await meter(app, account, { price: '0.05' });
    await meter(app, account, { price: '0.05' });
    app.advance(60_000 - 1);
    await meter(app, account, { price: '7' });
    app.advance(1);
    await meter(app, account, { price: '0.049999' });
    await app.deliver();
    assert.equal(receiver.received.length, first + 1, 'the new day begins at nothing');
    await meter(app, account, { category: 'calls', price: '0.000001' });
    await app.deliver();
    const [day, next] = receiver.received.slice(first);
    assert.ok(day && next);
    assert.equal(receiver.received.length, first + 2);
    const signature = next.headers['x-twilio-signature'] ?? '';
    assert.ok(twilio.validateRequest(account.auth_token, signature, next.url, {}));
    const parameters = Object.fromEntries(new URL(next.url).searchParams);
    assert.equal(next.method, 'GET');
    assert.equal(next.body, '');
    assert.equal(parameters['mine'], '1');
    assert.equal(parameters['CurrentValue'], '0.05');
    assert.equal(parameters['Recurring'], 'daily');
    assert.match(parameters['UsageRecordUri'] ?? '', /Records\/Today\.json\?Category=totalprice$/);
    assert.equal(parameters['IdempotencyToken'], `${account.sid}-FIRES-${sid}-2026-03-19`);
    assert.deepEqual(await firesOf(app), [
      { trigger_sid: sid, window: 20_260_318 },
      { trigger_sid: sid, window: 20_260_319 },
    ]);
  });

  test('fires when it is made past its value, and in order when usage passes many', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await meter(app, account, { count: 10 });
    const past = await create(app, account, { TriggerValue: '10', Recurring: 'monthly' });
    assert.equal(past.json.date_fired, past.json.date_created);
    const sids = new Map<string, string>();
    for (const value of ['300', '20', '2000', '1000', '100', '21', '1500']) {
      sids.set(value, await aTrigger(app, account, { TriggerValue: value }));
    }
    await meter(app, account, { count: 290 });
    const fired = (await firesOf(app)).map(({ trigger_sid }) => trigger_sid);
    const expected = ['20', '21', '100', '300'].map((value) => sids.get(value));
    assert.deepEqual(fired, [past.json.sid, ...expected]);
    await meter(app, account, { count: 699 });
    assert.equal((await firesOf(app)).length, 5);
    await meter(app, account, { count: 1 });
    assert.equal((await firesOf(app)).at(-1)?.trigger_sid, sids.get('1000'));
    await meter(app, account, { count: 500 });
    assert.equal((await firesOf(app)).at(-1)?.trigger_sid, sids.get('1500'));
  });
});
