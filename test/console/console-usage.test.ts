import assert from 'node:assert/strict';
import { test } from 'node:test';
import { revokeGrant } from '../../src/lifecycle/revoke-grant.ts';
import { aPerson, signedIn, unescaped } from '../support/browser.ts';
import { wordsOf } from '../support/connect-app-story.ts';
import { asSystem, loginOf, onEveryEngine, testApp } from '../support/test-app.ts';
import { DAY, meter } from '../support/usage-triggers.ts';
import { figuresOf } from './usage-pages.ts';

/** A day in the middle of a month. */
const NOON = Date.UTC(2026, 2, 18, 12);
const usageOf = ({ sid }: { readonly sid: string }) => `/console/${sid}/usage`;

onEveryEngine('the usage page', (engine) => {
  test('shows a customer the usage of each app on two days, with its cost', async () => {
    await using app = await testApp({ engine, now: NOON });
    const developer = await app.anAccount();
    const customer = await app.anAccount();
    const reminders = await app.aConnectApp(developer, { friendly_name: 'Reminders <b>' });
    const routes = await app.aConnectApp(developer, { friendly_name: 'Routes' });
    const [one, other] = [
      await app.aGrant(reminders, customer),
      await app.aGrant(routes, customer),
    ];
    const browser = await signedIn(app, await aPerson(app, customer));
    const sms = { category: 'sms-outbound-longcode', count: 100, price: '0.79' };
    await meter(app, { sid: one.subaccount_sid }, sms);
    app.advance(DAY);
    await meter(app, { sid: one.subaccount_sid }, sms);
    const call = { category: 'calls-inbound', count: 2, usage: '12.5', price: '1.0625' };
    await meter(app, { sid: other.subaccount_sid }, call);
    await asSystem(app, (doing) => revokeGrant(doing, other, 'revoked'));

    const page = await browser.get(`${usageOf(customer)}?period=this-month`);
    assert.equal(page.status, 200);
    assert.match(wordsOf(page), /All usage, March 2026 2\.6425 USD/);
    assert.deepEqual(figuresOf(page, 'By category'), [
      { name: 'SMS', code: 'sms', cells: ['200', '200 messages', '1.58'] },
      { name: 'SMS Outbound', code: 'sms-outbound', cells: ['200', '200 messages', '1.58'] },
      {
        name: 'SMS Outbound Longcode',
        code: 'sms-outbound-longcode',
        cells: ['200', '200 messages', '1.58'],
      },
      { name: 'Total Calls', code: 'calls', cells: ['2', '12.5 minutes', '1.0625'] },
      { name: 'Inbound Calls', code: 'calls-inbound', cells: ['2', '12.5 minutes', '1.0625'] },
      { name: 'Total', code: null, cells: ['', '', '2.6425'] },
    ]);
    assert.deepEqual(figuresOf(page, 'By app'), [
      { name: 'Reminders <b>', code: one.subaccount_sid, cells: ['60%', '1.58'] },
      { name: 'Routes (revoked)', code: other.subaccount_sid, cells: ['40%', '1.0625'] },
      { name: 'Total', code: null, cells: ['100%', '2.6425'] },
    ]);
    assert.deepEqual(figuresOf(page, 'By day'), [
      { name: '19 March 2026', code: null, cells: ['0.79', '1.0625', '1.8525'] },
      { name: '18 March 2026', code: null, cells: ['0.79', '0.00', '0.79'] },
      { name: 'Total', code: null, cells: ['1.58', '1.0625', '2.6425'] },
    ]);
    const [chart = ''] = /<svg role="group"[\s\S]*<\/svg>/.exec(page.text) ?? [];
    const [, ...bars] = chart.split('<g>');
    assert.deepEqual(
      bars.map((bar) => unescaped(/<title>([^<]*)/.exec(bar)?.[1] ?? '').split('\n')),
      [
        ['18 March 2026: 0.79 USD', 'SMS 0.79'],
        ['19 March 2026: 1.8525 USD', 'SMS 0.79', 'Total Calls 1.0625'],
      ],
    );
    assert.match(chart, /Bars of 31 days, 2\.6425 USD in all\. Most of it is SMS with 1\.58 USD/);
  });

  test('opens with the last 30 days, by category or app, beside the days before and the triggers', async () => {
    await using app = await testApp({ engine, now: Date.UTC(2026, 1, 18) });
    const customer = await app.anAccount();
    const shop = await app.aSubaccount(customer, 'Shop 🦷 مرحبا');
    await meter(app, customer, { category: 'calls', price: '2' });
    app.advance(30 * DAY);
    await meter(app, shop, { category: 'sms', price: '3' });
    await meter(app, customer, { category: 'calls', price: '1' });
    app.advance(12 * DAY);
    const browser = await signedIn(app, await aPerson(app, customer));
    const trigger = {
      UsageCategory: 'totalprice',
      TriggerBy: 'price',
      CallbackUrl: 'http://localhost:1/',
    };
    const path = `/2010-04-01/Accounts/${customer.sid}/Usage/Triggers.json`;
    for (const [TriggerValue, Recurring, FriendlyName] of [
      ['5', 'daily', 'Busy day'],
      ['500', 'daily', 'Far away'],
    ] as const) {
      const form = { ...trigger, TriggerValue, Recurring, FriendlyName };
      assert.equal((await app.post(path, loginOf(customer), form)).status, 201);
    }
    const page = await browser.get(usageOf(customer));
    const words = wordsOf(page);
    assert.match(words, /All usage, 3 March 2026 to 1 April 2026 4\.00 USD/);
    assert.match(words, /\+100% on 1 February 2026 to 2 March 2026, which cost \$2\.00/);
    const lines = [...page.text.matchAll(/<text class="trigger"[^>]*>([^<]*)/g)];
    assert.deepEqual(
      lines.map(([, name]) => name),
      ['Busy day: $5.00 a day'],
      'a line far above the bars would flatten them',
    );
    assert.match(words, /Far away: \$500\.00 a day/);
    const byApp = await browser.get(`${usageOf(customer)}?by=app`);
    const [, bar = ''] = /<g>\s*<title>([^<]*)/.exec(byApp.text) ?? [];
    assert.deepEqual(unescaped(bar).split('\n'), [
      '20 March 2026: 4.00 USD',
      'Shop 🦷 مرحبا 3.00',
      'Your account itself 1.00',
      'The period before: 2.00 USD',
    ]);
    const [, day = ''] = /<a href="([^"]*)" tabindex="-1"/.exec(byApp.text) ?? [];
    const behind = await browser.get(unescaped(day));
    assert.match(wordsOf(behind), /All usage, 20 March 2026 4\.00 USD/);
    const [, messages = ''] = /href="(\/console\/[^"]*\/messages\?[^"]*)"/.exec(behind.text) ?? [];
    assert.equal((await browser.get(unescaped(messages))).status, 200);
    const [, set = ''] = /href="([^"]*triggers\/new\?[^"]*)"/.exec(page.text) ?? [];
    assert.match((await browser.get(unescaped(set))).text, /value="daily" selected/);
  });

  test('can show one app, one category, some days, and everything again', async () => {
    await using app = await testApp({ engine, now: NOON });
    const customer = await app.anAccount();
    const sub = await app.aSubaccount(customer, 'Night shift');
    const browser = await signedIn(app, await aPerson(app, customer));
    await meter(app, customer, { category: 'sms', price: '1' });
    await meter(app, sub, { category: 'sms-inbound', price: '2' });
    await meter(app, sub, { category: 'mms', price: '4' });
    const sumOf = async (query: string) => {
      const page = await browser.get(`${usageOf(customer)}?${query}`);
      assert.equal(page.status, 200, query);
      return /<p class="sum">\s*([\d.,]+)/.exec(page.text)?.[1] ?? 'nothing';
    };
    assert.equal(await sumOf(''), '7.00');
    assert.equal(await sumOf(`account=${sub.sid}`), '6.00');
    assert.equal(await sumOf(`account=${customer.sid}`), '1.00');
    assert.equal(await sumOf('category=sms'), '3.00');
    assert.equal(await sumOf('category=totalprice'), '7.00');
    assert.equal(await sumOf(`category=sms&account=${sub.sid}`), '2.00');
    assert.equal(await sumOf('from=2026-03-18&to=2026-03-18'), '7.00');
    assert.equal(await sumOf('from=2026-03-18'), '7.00');
    assert.equal(await sumOf('to=2026-03-18'), '7.00');
    assert.equal(await sumOf('period=this-year&from=&to='), '7.00');
    assert.equal(await sumOf('period=last-month'), 'nothing');
    assert.equal(await sumOf('from=2026-03-19'), 'nothing');

    const inside = await browser.get(`${usageOf(customer)}?category=sms`);
    assert.deepEqual(figuresOf(inside, 'By category'), [
      { name: 'SMS Inbound', code: 'sms-inbound', cells: ['1', '1 message', '2.00'] },
      { name: 'SMS, no finer category', code: 'sms', cells: ['1', '1 message', '1.00'] },
      { name: 'Total', code: null, cells: ['', '', '3.00'] },
    ]);
    assert.match(
      wordsOf(await browser.get(`${usageOf(customer)}?account=${sub.sid}`)),
      /Only Night shift/,
    );
    const links = [...inside.text.matchAll(/href="(\/console\/[^"]*\/usage[?/][^"]*)"/g)];
    assert.ok(links.length > 8);
    for (const [, href = ''] of links) {
      assert.equal((await browser.get(unescaped(href))).status, 200, href);
    }
  });

  test('refuses unreadable days and unknown things', async () => {
    await using app = await testApp({ engine, now: NOON });
    const customer = await app.anAccount();
    const stranger = await app.anAccount({ friendly_name: 'Not mine' });
    const browser = await signedIn(app, await aPerson(app, customer));
    await meter(app, customer);
    const nobody = `AC${'0'.repeat(32)}`;
    const refusals: Record<string, RegExp> = {
      'from=2026-02-29': /From must be a day such as/,
      'to=tomorrow': /To must be a day such as/,
      'from=2026-03-02&to=2026-03-01': /To must not be before the first day/,
      'from=1950-01-01&to=2026-03-01': /To must be at most 20 years after/,
      'from=2026-03-01&from=2026-03-02': /From may be given only once/,
      'category=%3Cb%3E': /Category is not a usage category/,
      'category=__proto__': /Category is not a usage category/,
      'period=constructor': /Period must be one of the list/,
      'by=toString': /By must be one of the list/,
      'account=AC1': /App or account must be one of the list/,
      [`account=${nobody}`]: /App or account must be one of the list/,
      [`account=${stranger.sid}`]: /App or account must be one of the list/,
    };
    for (const [query, message] of Object.entries(refusals)) {
      const page = await browser.get(`${usageOf(customer)}?${query}`);
      assert.equal(page.status, 400, query);
      assert.match(wordsOf(page), message, query);
      assert.doesNotMatch(page.text, /<table|<b>|<svg|Not mine/, query);
      const file = await browser.get(`${usageOf(customer)}/export?${query}`);
      assert.equal(file.status, 400, query);
    }
  });

  test('is hidden from other customers', async () => {
    await using app = await testApp({ engine, now: NOON });
    const customer = await app.anAccount();
    const stranger = await app.anAccount();
    const browser = await signedIn(app, await aPerson(app, stranger));
    await meter(app, customer, { price: '123.45' });
    for (const path of [usageOf(customer), `${usageOf(customer)}/export`]) {
      assert.equal((await browser.get(path)).status, 404);
    }
    assert.match((await browser.get(usageOf(stranger))).text, /Nothing was used yet/);
  });

  test('explains usage while there is none, and how to make some', async () => {
    await using app = await testApp({ engine, now: NOON });
    const customer = await app.anAccount();
    const browser = await signedIn(app, await aPerson(app, customer));
    const empty = await browser.get(usageOf(customer));
    assert.match(wordsOf(empty), /Nothing was used yet/);
    const [, event = ''] = /-d '(\{.*\})'/.exec(unescaped(empty.text)) ?? [];
    const told = await app.control('POST', '/usage', JSON.parse(event));
    assert.equal(told.status, 200, told.text);
    assert.match(wordsOf(await browser.get(usageOf(customer))), /SMS Outbound Longcode/);
    const past = await browser.get(`${usageOf(customer)}?period=last-month`);
    assert.match(
      wordsOf(past),
      /Nothing was used There is no usage of this selection in February 2026/,
    );

    await using live = await testApp({ engine, config: { mode: 'production' } });
    const account = await live.anAccount();
    const { text } = await (await signedIn(live, await aPerson(live, account))).get(
      usageOf(account),
    );
    assert.match(text, /Nothing was used yet/);
    assert.doesNotMatch(text, /_tieline/);
  });

  test('shows a year by its months, negative corrections, and millions', async () => {
    await using app = await testApp({ engine, now: Date.UTC(2026, 0, 31, 12) });
    const customer = await app.anAccount();
    const browser = await signedIn(app, await aPerson(app, customer));
    await meter(app, customer, { category: 'calls', price: '9999999.123456' });
    await meter(app, customer, { category: 'mms', price: '0' });
    app.advance(20 * DAY);
    await meter(app, customer, { count: undefined, price: '-4.5', reason: 'Twice.' });
    const page = await browser.get(`${usageOf(customer)}?period=this-year`);
    assert.match(wordsOf(page), /All usage, 2026 9,999,994\.623456 USD/);
    assert.deepEqual(figuresOf(page, 'By month'), [
      { name: 'February 2026', code: null, cells: ['0.00', '−4.50', '−4.50'] },
      { name: 'January 2026', code: null, cells: ['9,999,999.123456', '0.00', '9,999,999.123456'] },
      {
        name: 'Total',
        code: null,
        cells: ['9,999,999.123456', '−4.50', '9,999,994.623456'],
      },
    ]);
    assert.equal(page.text.match(/<text /g)?.length, 13);
    assert.doesNotMatch(page.text, /(?:height|width|y)="-/);
    const free = await browser.get(`${usageOf(customer)}?period=this-year&category=mms`);
    assert.match(wordsOf(free), /None of this usage has a price/);
    assert.deepEqual(figuresOf(free, 'By category')[0]?.cells, ['1', '1 message', '0.00']);
    const long = await browser.get(`${usageOf(customer)}?from=2010-05-01&to=2026-12-31`);
    assert.deepEqual(
      figuresOf(long, 'By year').map(({ name }) => name),
      ['2026', 'Total'],
    );
  });
});
