import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordsOf } from '../support/connect-app-story.ts';
import { loginOf, onEveryEngine, testApp } from '../support/test-app.ts';
import { aTrigger, meter, triggersOf } from '../support/usage-triggers.ts';
import { aCustomer, create, FORM, pageOf } from './usage-pages.ts';

const NOON = Date.UTC(2026, 2, 18, 12);

onEveryEngine('the forms of usage triggers', (engine) => {
  test('make a trigger of the account or of a subaccount, by the rules of the API', async () => {
    await using app = await testApp({ engine, now: NOON });
    const { customer, browser } = await aCustomer(app);
    const sub = await app.aSubaccount(customer, 'Night shift');
    const stranger = await app.anAccount();
    await meter(app, sub, { count: 7, price: '0' });
    const path = `${pageOf(customer)}/new`;
    assert.match((await browser.get(path)).text, /<option value="AC\w+">Night shift<\/option>/);

    const wanted = {
      UsageCategory: 'sms',
      TriggerBy: 'count',
      TriggerValue: '+3',
      Recurring: 'alltime',
    };
    const made = await create(browser, customer, {
      AccountSid: sub.sid,
      ...wanted,
      FriendlyName: '',
    });
    assert.equal(made.status, 303, made.text);
    const [sid = ''] = /UT\w+$/.exec(made.location ?? '') ?? [];
    const { json } = await app.get(`${triggersOf(sub)}/${sid}.json`, loginOf(sub));
    const { trigger_value, recurring, current_value, friendly_name, callback_method } = json;
    assert.deepEqual(
      { trigger_value, recurring, current_value, friendly_name, callback_method },
      {
        trigger_value: '10',
        recurring: null,
        current_value: '7',
        friendly_name: 'Trigger for sms at count of 10',
        callback_method: 'POST',
      },
    );
    assert.match(
      wordsOf(await browser.get(made.location ?? '')),
      /Once, when the count of SMS reaches 10 messages/,
    );

    const broken: readonly [Record<string, string>, RegExp][] = [
      [{ TriggerValue: '0' }, /^Value to reach must be a positive number/],
      [{ TriggerValue: '1e9' }, /^Value to reach must be a positive number/],
      [{ TriggerValue: '' }, /^Value to reach must not be empty/],
      [{ UsageCategory: 'constructor' }, /^Category is not a usage category/],
      [{ TriggerBy: 'money' }, /^Watches must be count, usage or price/],
      [{ Recurring: 'hourly' }, /^How often must be daily, monthly, yearly or alltime/],
      [{ CallbackUrl: '' }, /^Callback URL must not be empty/],
      [{ CallbackUrl: 'ftp://example.com' }, /^Callback URL must be an absolute http or https URL/],
      [{ CallbackMethod: 'PUT' }, /^Callback method must be GET or POST/],
      [{ FriendlyName: 'x'.repeat(65) }, /^Name must be at most 64 characters/],
    ];
    for (const [form, rule] of broken) {
      const page = await create(browser, customer, form);
      assert.equal(page.status, 400, JSON.stringify(form));
      const [, said = ''] = /<strong class="wrong">([^<]*)\.<\/strong>/.exec(page.text) ?? [];
      assert.match(said, rule);
      const reply = await app.post(`${triggersOf(customer)}.json`, loginOf(customer), {
        ...FORM,
        ...form,
      });
      assert.equal(reply.status, 400, reply.text);
      const [name = ''] = Object.keys(form);
      assert.equal(said.replace(/^.*?(?= must| is)/, name), reply.json.message);
      assert.match(page.text, /value="Budget"|value="x{65}"/, 'filled in as it was');
    }
    for (const AccountSid of [stranger.sid, `AC${'0'.repeat(32)}`]) {
      const page = await create(browser, customer, { AccountSid });
      assert.equal(page.status, 400);
      assert.match(wordsOf(page), /Usage of must be one of the list/);
    }
    const all = await app.app.database.db.selectFrom('usage_triggers').select('sid').execute();
    assert.deepEqual(all, [{ sid }]);
  });

  test('change nothing after a wrong form, and delete after a confirmation', async () => {
    await using app = await testApp({ engine, now: NOON });
    const { customer, browser } = await aCustomer(app);
    const sid = await aTrigger(app, customer, { TriggerValue: '5', FriendlyName: 'Five' });
    const path = `${pageOf(customer)}/${sid}`;
    const page = await browser.get(path);
    const form = { FriendlyName: 'Six', CallbackUrl: '', CallbackMethod: 'POST' };
    const refused = await browser.submit(page, path, form);
    assert.equal(refused.status, 400);
    assert.match(wordsOf(refused), /Callback URL must not be empty/);
    assert.match(refused.text, /value="Six"/);
    assert.match(wordsOf(await browser.get(path)), /Five/);

    const ask = await browser.get(`${path}/delete`);
    assert.match(wordsOf(ask), /Delete Five\? Once, when the usage of SMS reaches 5 messages/);
    assert.equal((await browser.get(path)).status, 200, 'asking deletes nothing');
    const gone = await browser.submit(ask, `${path}/delete`);
    assert.deepEqual([gone.status, gone.location], [303, pageOf(customer)]);
    assert.equal((await browser.get(path)).status, 404);
    const log = wordsOf(await browser.get(`/console/${customer.sid}/audit-log?sid=${sid}`));
    assert.match(log, /Usage trigger deleted/);
  });
});
