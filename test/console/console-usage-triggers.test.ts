import assert from 'node:assert/strict';
import { test } from 'node:test';
import { revokeGrant } from '../../src/lifecycle/revoke-grant.ts';
import type { Visit } from '../support/browser.ts';
import { wordsOf } from '../support/connect-app-story.ts';
import { asSystem, connectLogin, onEveryEngine, testApp } from '../support/test-app.ts';
import { aTrigger, DAY, meter, triggersOf } from '../support/usage-triggers.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';
import { aCustomer, create, FORM, pageOf } from './usage-pages.ts';

const NOON = Date.UTC(2026, 2, 18, 12);
onEveryEngine('the pages of usage triggers', (engine) => {
  test('show the watched usage, its present value and the state of the callback', async () => {
    await using app = await testApp({ engine, now: NOON });
    let status = 503;
    await using receiver = await webhookReceiver(() => ({ status }));
    const { customer, browser } = await aCustomer(app);
    const list = pageOf(customer);
    assert.match(wordsOf(await browser.get(list)), /No usage triggers yet/);

    const made = await create(browser, customer, { CallbackUrl: `${receiver.origin}/budget` });
    assert.equal(made.status, 303, made.text);
    const path = made.location ?? '';
    await meter(app, customer, { price: '42.5' });
    const waiting = wordsOf(await browser.get(list));
    assert.match(
      waiting,
      /Budget Waiting Each month, when the price of all usage reaches 100\.00 USD\./,
    );
    assert.match(waiting, /42\.50 of 100\.00 USD It has never fired/);
    assert.match((await browser.get(list)).text, /<progress value="42" max="100"/);

    await meter(app, customer, { price: '60' });
    assert.match(
      wordsOf(await browser.get(list)),
      /Fired 2026-03-18 12:00 UTC , callback waits to be sent/,
    );
    await app.deliver();
    const failed = await browser.get(path);
    assert.match(wordsOf(failed), /Fired, waits for the next month/);
    assert.match(wordsOf(failed), /March 2026 Reached 102\.50 USD · 2026-03-18 12:00 UTC/);
    assert.match(
      wordsOf(failed),
      /will be tried again 2026-03-18 12:00 UTC · answered 503 · next 2026/,
    );

    status = 200;
    const [, again = ''] = /action="([^"]*\/replay)"/.exec(failed.text) ?? [];
    const sent = await browser.submit(failed, again);
    assert.deepEqual([sent.status, sent.location], [303, path]);
    await app.deliver();
    const delivered = await browser.get(path);
    assert.match(
      wordsOf(delivered),
      /Callback delivered 2026-03-18 12:00 UTC · answered 200 · 2 attempts/,
    );
    assert.doesNotMatch(delivered.text, /\/replay"/);
    assert.match(wordsOf(await browser.get(list)), /callback delivered/);
    assert.equal(receiver.received.length, 2);

    app.advance(20 * DAY);
    const next = wordsOf(await browser.get(list));
    assert.match(next, /Budget Waiting .* 0\.00 of 100\.00 USD Fired 2026-03-18/);
  });

  test("show an app's triggers and those that a revoke stopped", async () => {
    await using app = await testApp({ engine, now: NOON });
    const developer = await app.anAccount();
    const { customer, browser } = await aCustomer(app);
    const connectApp = await app.aConnectApp(developer, { friendly_name: 'Counter <b>' });
    const grant = await app.aGrant(connectApp, customer);
    const made = await app.post(
      `${triggersOf({ sid: grant.subaccount_sid })}.json`,
      connectLogin(grant, developer),
      {
        ...FORM,
        TriggerBy: 'count',
        UsageCategory: 'sms',
        CallbackUrl: 'http://a:secret@localhost:1/',
      },
    );
    assert.equal(made.status, 201, made.text);
    const path = `${pageOf(customer)}/${made.json.sid}`;
    const row = async () =>
      app.app.database.db
        .selectFrom('usage_triggers')
        .select(['friendly_name', 'callback_url', 'callback_by_grant'])
        .where('sid', '=', made.json.sid)
        .executeTakeFirst();

    const words = wordsOf(await browser.get(pageOf(customer)));
    assert.match(words, /Each month, when the count of SMS reaches 100 messages/);
    assert.match(words, /0 of 100 messages .*Watches Counter <b>, made by the app Counter <b>/);
    const page = await browser.get(path);
    assert.doesNotMatch(page.text, /secret|<b>/);
    const renamed = await browser.submit(page, path, {
      FriendlyName: 'Of the app',
      CallbackUrl: 'http://a@localhost:1/',
      CallbackMethod: 'POST',
    });
    assert.equal(renamed.status, 303, renamed.text);
    assert.deepEqual(await row(), {
      friendly_name: 'Of the app',
      callback_url: 'http://a:secret@localhost:1/',
      callback_by_grant: grant.sid,
    });

    await meter(app, { sid: grant.subaccount_sid }, { count: 100 });
    await asSystem(app, (doing) => revokeGrant(doing, grant, 'revoked'));
    const stopped = await browser.get(path);
    assert.match(wordsOf(stopped), /Stopped It belonged to an app that you revoked/);
    assert.match(
      wordsOf(stopped),
      /Callback cancelled · The grant of the app that caused it was revoked/,
    );
    assert.doesNotMatch(stopped.text, /\/replay"/);
    const armed = await browser.submit(stopped, path, {
      FriendlyName: 'Mine now',
      CallbackUrl: 'http://localhost:1/mine',
      CallbackMethod: 'GET',
    });
    assert.equal(armed.status, 303, armed.text);
    assert.deepEqual(await row(), {
      friendly_name: 'Mine now',
      callback_url: 'http://localhost:1/mine',
      callback_by_grant: null,
    });
  });

  test('do not repeat a callback to an app that was revoked meanwhile', async () => {
    await using app = await testApp({ engine, now: NOON });
    await using receiver = await webhookReceiver(() => ({ status: 410 }));
    const developer = await app.anAccount();
    const { customer, browser } = await aCustomer(app);
    const grant = await app.aGrant(await app.aConnectApp(developer), customer);
    const { json } = await app.post(
      `${triggersOf({ sid: grant.subaccount_sid })}.json`,
      connectLogin(grant, developer),
      { ...FORM, TriggerValue: '1', CallbackUrl: `${receiver.origin}/` },
    );
    await meter(app, { sid: grant.subaccount_sid }, { price: '5' });
    await app.deliver();
    const path = `${pageOf(customer)}/${json.sid}`;
    const page = await browser.get(path);
    assert.match(wordsOf(page), /Callback given up .* The receiver answered 410 Gone/);
    const [, again = ''] = /action="([^"]*\/replay)"/.exec(page.text) ?? [];
    await asSystem(app, (doing) => revokeGrant(doing, grant, 'revoked'));
    assert.equal((await browser.submit(page, again)).status, 409);
    await app.deliver();
    assert.equal(receiver.received.length, 1);
    assert.doesNotMatch((await browser.get(path)).text, /\/replay"/);
  });

  test("are hidden from other accounts, under any account's address", async () => {
    await using app = await testApp({ engine, now: NOON });
    const { customer } = await aCustomer(app);
    const { customer: stranger, browser } = await aCustomer(app);
    const sid = await aTrigger(app, customer, { TriggerValue: '5', FriendlyName: 'Not yours' });
    await meter(app, customer, { count: 5 });
    const fire = await app.app.database.db
      .selectFrom('usage_trigger_fires')
      .select('delivery_sid')
      .executeTakeFirstOrThrow();
    assert.doesNotMatch((await browser.get(pageOf(stranger))).text, /Not yours/);
    const token = await browser.get(`${pageOf(stranger)}/new`);
    for (const account of [customer, stranger]) {
      const path = `${pageOf(account)}/${sid}`;
      assert.equal((await browser.get(path)).status, 404);
      assert.equal((await browser.get(`${path}/delete`)).status, 404);
      for (const below of ['', '/delete', `/callbacks/${fire.delivery_sid}/replay`]) {
        const visit = await browser.post(`${path}${below}`, hidden(token));
        assert.equal(visit.status, 404, below);
      }
    }
    const own = await aTrigger(app, stranger, { TriggerValue: '5' });
    const foreign = `${pageOf(stranger)}/${own}/callbacks/${fire.delivery_sid}/replay`;
    assert.equal((await browser.post(foreign, hidden(token))).status, 404);
  });
});

/** The hidden fields of a form. */
function hidden({ text }: Visit): Record<string, string> {
  const fields = text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g);
  return Object.fromEntries([...fields].map(([, name = '', value = '']) => [name, value]));
}
