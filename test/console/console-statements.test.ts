import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPerson, signedIn, unescaped } from '../support/browser.ts';
import { aNumber, OURS, post } from '../support/messages.ts';
import { connectLogin, onEveryEngine, START_OF_TIME, testApp } from '../support/test-app.ts';
import { meter } from '../support/usage-triggers.ts';

onEveryEngine('a statement', (engine) => {
  test('has every item of one app and month, and its sums are those of the ledger', async () => {
    await using app = await testApp({ engine });
    const [owner, customer] = [await app.anAccount(), await app.anAccount()];
    const connectApp = await app.aConnectApp(owner, { friendly_name: 'مكالمات 📞 <b>' });
    const grant = await app.aGrant(connectApp, customer);
    const subaccount = { ...customer, sid: grant.subaccount_sid };
    await aNumber(app, subaccount);
    const sent = await post(app, subaccount, {}, connectLogin(grant, owner));
    assert.equal(sent.status, 201, sent.text);
    // More items than one query reads, some below a cent, and some of nobody's app.
    const sold = Array.from({ length: 1_100 }, (_, at) => ({
      account_sid: subaccount.sid,
      category: at % 2 === 0 ? 'sms-outbound-longcode' : 'mms-outbound',
      price: '0.000123',
      key: `sold ${String(at).padStart(4, '0')}`,
    }));
    for (const part of [sold.slice(0, 600), sold.slice(600)]) {
      const { status, text } = await app.control('POST', '/usage', part);
      assert.equal(status, 200, text);
    }
    const formula = { account_sid: subaccount.sid, category: 'sms', price: '0.5', key: '=1+1' };
    assert.equal((await app.control('POST', '/usage', formula)).status, 200);
    await meter(app, customer, { category: 'calls-inbound', price: '7' });

    const browser = await signedIn(app, await aPerson(app, customer));
    const list = `/console/${customer.sid}/statements`;
    const path = `${list}/${connectApp.sid}`;
    assert.match((await browser.get(list)).text, new RegExp(`href="${path}"`));
    const first = await browser.get(path);
    assert.equal(first.status, 200, first.text);
    const ledger = await app.app.database.db
      .selectFrom('usage_events')
      .select(['price_micro', 'key'])
      .where('account_sid', '=', subaccount.sid)
      .execute();
    const total = ledger.reduce((sum, { price_micro }) => sum + price_micro, 0);
    const exact = (total / 1_000_000).toFixed(6).replace(/0+$/, '');
    assert.ok(first.text.includes(`"${exact} USD"`), `the sum ${total} is shown exactly`);

    const { text: csv, headers } = await browser.get(`${path}/export`);
    assert.match(headers['content-disposition'] ?? '', /statement-AC\w+-2026-03\.csv/);
    const [head = '', ...lines] = csv.trim().split('\r\n');
    const at = head.split(',').indexOf('"Price"');
    const prices = lines.map((line) => Number(line.split(',')[at]?.slice(1, -1)));
    assert.equal(lines.length, ledger.length);
    assert.equal(Math.round(prices.reduce((sum, one) => sum + one * 1_000_000, 0)), total);
    assert.ok(csv.includes(`"${sent.json.sid}"`) && csv.includes(`"${OURS}"`));
    assert.ok(csv.includes(`"'=1+1"`), 'a key is no formula');

    const seen = new Set<string>();
    let page = first;
    for (let pages = 1; ; pages += 1) {
      assert.ok(pages < 40);
      const [items = ''] = /id="items"[\s\S]*$/.exec(page.text) ?? [];
      for (const [, sid = ''] of items.matchAll(/messages\/(SM\w+)"/g)) seen.add(sid);
      const next = /href="([^"]*after=[^"]*)#items" rel="next"/.exec(page.text)?.[1];
      if (next === undefined) {
        assert.equal(pages, Math.ceil(ledger.length / 50));
        break;
      }
      page = await browser.get(unescaped(next));
    }
    assert.deepEqual([...seen], [sent.json.sid]);
    const only = await browser.get(`${path}?category=mms-outbound&print=1`);
    assert.equal(only.text.split('metered by the operator').length - 1, 550);

    app.advance(Date.UTC(2026, 3, 2) - START_OF_TIME);
    assert.match((await browser.get(path)).text, /has done nothing that costs in this month/);
    assert.match((await browser.get(`${path}?month=2026-03`)).text, /Final\./);
    for (const wrong of ['month=2026-13', 'month=2027-01', 'month=x', 'category=x', 'after=%00']) {
      const refused = await browser.get(`${path}?${wrong}`);
      assert.deepEqual([refused.status, /role="alert"/.test(refused.text)], [400, true], wrong);
      assert.equal((await browser.get(`${path}/export?${wrong}`)).status, 400, wrong);
    }
    await app.control('POST', '/deauthorize', {
      connect_app_sid: connectApp.sid,
      account_sid: customer.sid,
    });
    assert.equal((await browser.get(path)).status, 200, 'it stays after a revoke');
    const others = await signedIn(app, await aPerson(app, owner));
    assert.equal(
      (await others.get(`/console/${owner.sid}/statements/${connectApp.sid}`)).status,
      404,
    );
  });
});
