import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fetchGrant } from '../../src/authorizations/grant-store.ts';
import { aPerson, signedIn } from '../support/browser.ts';
import { onEveryEngine, testApp } from '../support/test-app.ts';
import { meter } from '../support/usage-triggers.ts';

onEveryEngine('the page of an authorized app', (engine) => {
  test('shows what the app spent beside its limit, and changes the limits once for each change', async () => {
    await using app = await testApp({ engine });
    const [owner, customer] = [await app.anAccount(), await app.anAccount()];
    const connectApp = await app.aConnectApp(owner, { friendly_name: 'Call Counter' });
    const grant = await app.aGrant(connectApp, customer);
    const browser = await signedIn(app, await aPerson(app, customer));
    const path = `/console/${customer.sid}/authorized-apps/${connectApp.sid}`;
    const stands = async () => {
      const { monthly_limit_micro, countries, date_ends } =
        (await fetchGrant(app.app.database.db, connectApp.sid, customer.sid)) ?? {};
      return [monthly_limit_micro, countries, date_ends];
    };
    const change = async (entries: Record<string, string>) => {
      const form = { limit: 'other', amount: '10', countries: 'any', until: 'never', ...entries };
      return browser.submit(await browser.get(path), path, form);
    };

    const list = await browser.get(`/console/${customer.sid}/authorized-apps`);
    assert.ok(list.text.includes(`href="${path}"`));
    assert.match((await browser.get(path)).text, /\$0\.00, no limit/);
    for (const _ of ['a click', 'its double']) assert.equal((await change({})).location, path);
    assert.deepEqual(await stands(), [10_000_000, null, null]);
    const events = await app.app.database.db
      .selectFrom('audit_events')
      .select('sid')
      .where('action', '=', 'grant.limit_changed')
      .execute();
    assert.equal(events.length, 1, 'one event for two equal forms');

    const wrong = await change({ amount: '1,5', countries: 'pick', more_countries: 'Japan' });
    assert.equal(wrong.status, 400);
    assert.match(wrong.text, /value="1,5"[^>]*aria-invalid="true"/);
    assert.match(wrong.text, /value="Japan"/);
    assert.deepEqual(await stands(), [10_000_000, null, null]);

    await meter(app, { sid: grant.subaccount_sid }, { category: 'calls-inbound', price: '8' });
    assert.match((await browser.get(path)).text, /has spent more than 80% of its limit/);
    await meter(app, { sid: grant.subaccount_sid }, { category: 'calls-inbound', price: '2' });
    const reached = (await browser.get(path)).text;
    assert.match(
      reached,
      /has reached its limit of \$10\.00 and may spend no more until 1 April 2026/,
    );
    assert.match(reached, /\$10\.00 of \$10\.00/);

    await change({ limit: 'none', countries: 'pick', more_countries: 'Japan' });
    assert.deepEqual(await stands(), [null, 'JP', null]);
    const others = await signedIn(app, await aPerson(app, owner));
    assert.equal((await others.get(path)).status, 404);
  });
});
