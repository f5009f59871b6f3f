import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectApp } from '../../src/connect-apps/connect-app.ts';
import { fetchConnectApp } from '../../src/connect-apps/connect-app-store.ts';
import { listOpenCallbacks } from '../../src/console/apps/connect-app-customer-store.ts';
import { revokeGrant } from '../../src/lifecycle/revoke-grant.ts';
import { fetchDelivery, insertAttempt, updateDelivery } from '../../src/webhooks/delivery-store.ts';
import type { Delivery } from '../../src/webhooks/webhook.ts';
import type { Visit } from '../support/browser.ts';
import { aStory, create, edit, FORM, type Story, wordsOf } from '../support/connect-app-story.ts';
import { asSystem, connectLogin, onEveryEngine, type TestApp } from '../support/test-app.ts';

const GONE = 'https://hook:pass-word@counter.example.com/gone';

/** The rows of a list in a page, each as words. */
function rowsOf({ text }: Visit, label: string): string[] {
  const [, after = ''] = text.split(`<ul class="rows" aria-label="${label}">`);
  const [list = ''] = after.split(/<\/section>|<nav class="pager"|<\/main>/);
  return list
    .split(/<p class="name"[^>]*>/)
    .slice(1)
    .map((row) => wordsOf({ text: row }));
}

async function deliveriesOf({ app }: TestApp, { sid }: ConnectApp): Promise<Delivery[]> {
  const all = { page: 0, page_size: 100, from: null };
  return (await listOpenCallbacks(app.database.db, sid, all)).rows;
}

/** An app of the story's owner with a deauthorize URL. */
function anApp({ app, owner }: Story): Promise<ConnectApp> {
  return app.aConnectApp(owner, {
    permissions: ['get-all'],
    deauthorize_callback_url: GONE,
    friendly_name: 'Counter',
  });
}

onEveryEngine('the console page of an app with customers', (engine) => {
  test('names the customers who have to authorize again before a permission takes effect', async () => {
    await using story = await aStory(engine);
    const { app, browser, list } = story;
    const { location: path = '' } = await create(story);
    const sid = path.split('/').at(-1) ?? '';
    const find = async () =>
      (await fetchConnectApp(app.app.database.db, story.owner.sid, sid)) ?? assert.fail();
    const customers = [await app.anAccount(), await app.anAccount(), await app.anAccount()];
    const grants = [];
    for (const customer of customers) {
      app.advance(60_000);
      grants.push(await app.aGrant(await find(), customer));
    }
    assert.match(wordsOf(await browser.get(list)), /3 customers/);
    assert.match(
      wordsOf(await browser.get(`${path}/edit`)),
      /3 customers have authorized this app\. A permission that you take away ends for all of them the moment you save\. One that you add counts for each of them only after/,
    );

    const more = { ...FORM, Permissions: ['get-all', 'post-all'] };
    const form = await browser.get(`${path}/edit`);
    const preview = await browser.upload(form, `${path}/edit`, more, { Logo: Buffer.alloc(0) });
    assert.match(wordsOf(preview), /Nothing is saved yet/);
    assert.match(
      wordsOf(preview),
      /3 customers The app gets “Charge account for usage” when they authorize it again/,
    );
    assert.match(wordsOf(preview), /3 customers must authorize again/);
    assert.ok(preview.text.includes(`/authorize/${sid}`));
    assert.equal((await find()).permissions, '["get-all"]');
    const hidden = [...preview.text.matchAll(/name="Permissions" value="([^"]*)"/g)];
    const Permissions = hidden.map(([, value = '']) => value);
    const saved = await browser.submit(preview, `${path}/edit`, { Permissions });
    assert.equal((await find()).permissions, '["get-all","post-all"]');
    assert.equal(saved.location, path, saved.text);
    const less = { ...FORM, Permissions: ['post-all'] };
    const losing = await browser.upload(await browser.get(`${path}/edit`), `${path}/edit`, less, {
      Logo: Buffer.alloc(0),
    });
    assert.match(wordsOf(losing), /The app loses “Read all account data” at once/);
    const before = await browser.get(path);
    assert.match(
      wordsOf(before),
      /3 of 3 customers have to authorize again before “Charge account for usage” takes effect/,
    );
    assert.doesNotMatch(wordsOf(before), /before “Read all account data”/);

    const [first, second, third] = grants;
    assert.ok(first && second && third && customers[1]);
    await app.aGrant(await find(), customers[1]);
    const after = await browser.get(path);
    assert.match(wordsOf(after), /2 of 3 customers have to authorize again/);
    const [newest = '', middle = '', oldest = ''] = rowsOf(after, 'Customers');
    const isWaiting = /Charge account for usage Not granted: has to authorize again/;
    assert.ok(newest.includes(third.subaccount_sid) && isWaiting.test(newest));
    assert.ok(middle.includes(second.subaccount_sid) && !isWaiting.test(middle));
    assert.match(middle, /Charge account for usage Granted, in effect.*version 2/);
    assert.ok(oldest.includes(first.subaccount_sid));
    const waiting = rowsOf(
      await browser.get(`${path}/customers?show=waiting`),
      'Have to authorize again',
    );
    assert.deepEqual(
      waiting.map((row) => /AC[0-9a-f]{32}/.exec(row)?.[0]),
      [third.subaccount_sid, first.subaccount_sid],
    );

    await edit(story, path, { ...FORM, Permissions: ['post-all'] });
    const [dropped = ''] = rowsOf(await browser.get(path), 'Customers');
    assert.match(dropped, /Read all account data Granted, ended: no longer asked for/);
    for (const page of [path, `${path}/customers`, `${path}/customers?show=revoked`, list]) {
      const { text } = await browser.get(page);
      for (const customer of customers) assert.ok(!text.includes(customer.sid), 'a main account');
    }
  });

  test('lists revoked grants apart, and pages through many', async () => {
    await using story = await aStory(engine);
    const { app, browser, list } = story;
    const connectApp = await anApp(story);
    const path = `${list}/${connectApp.sid}`;
    const gone = await app.aGrant(connectApp, await app.anAccount());
    for (let count = 0; count < 7; count += 1) await app.aGrant(connectApp, await app.anAccount());
    await asSystem(app, (doing) => revokeGrant(doing, gone, 'revoked'));

    const overview = await browser.get(path);
    assert.match(wordsOf(overview), /7 customers.*All customers/);
    assert.equal(rowsOf(overview, 'Customers').length, 5);
    const [revoked = '', ...none] = rowsOf(overview, 'Revoked');
    assert.equal(none.length, 0);
    assert.match(
      revoked,
      new RegExp(`${gone.subaccount_sid}.*Revoked.*had been granted: Read all`),
    );
    const page = await browser.get(`${path}/customers?PageSize=4`);
    const next = /href="([^"]*)" rel="next"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const rest = rowsOf(await browser.get(next), 'All');
    assert.equal(new Set([...rowsOf(page, 'All'), ...rest]).size, 7);
    assert.match(
      wordsOf(await browser.get(`${path}/customers?show=waiting`)),
      /No customer is in this list/,
    );
  });

  test('deletes the app after naming the affected customers, and sends their callbacks', async () => {
    await using story = await aStory(engine);
    const { app, browser, list, owner } = story;
    const connectApp = await anApp(story);
    const path = `${list}/${connectApp.sid}`;
    const grant = await app.aGrant(connectApp, await app.anAccount());
    await app.aGrant(connectApp, await app.anAccount());
    const page = await browser.get(`${path}/delete`);
    assert.match(
      wordsOf(page),
      /2 customers will be cut off immediately.*2 callbacks go out to counter\.example\.com.*cannot be undone/,
    );
    const deleted = await browser.submit(page, `${path}/delete`);
    assert.equal(deleted.location, `${path}/callbacks`);
    const { status } = await app.get('/v1/ByocTrunks', connectLogin(grant, owner));
    assert.equal(status, 401);
    assert.equal((await deliveriesOf(app, connectApp)).length, 2);

    const callbacks = await browser.get(`${path}/callbacks`);
    assert.match(wordsOf(callbacks), /Counter is deleted\. 2 customers no longer give it access\./);
    assert.equal(rowsOf(callbacks, 'Open callbacks').length, 2);
    assert.match(wordsOf(await browser.get(list)), /Deleted apps with open callbacks.*Counter/);
    for (const gone of ['', '/edit', '/delete', '/customers']) {
      assert.equal((await browser.get(`${path}${gone}`)).status, 404, gone);
    }

    const unused = await app.aConnectApp(owner, { friendly_name: 'Unused' });
    const second = await browser.get(`${list}/${unused.sid}/delete`);
    assert.match(wordsOf(second), /No customer has authorized it/);
    assert.equal((await browser.submit(second, `${list}/${unused.sid}/delete`)).location, list);
  });

  test('shows callbacks that were not acknowledged, and sends them again', async () => {
    await using story = await aStory(engine);
    const { app, browser, list } = story;
    const connectApp = await anApp(story);
    const path = `${list}/${connectApp.sid}`;
    const grant = await app.aGrant(connectApp, await app.anAccount());
    await asSystem(app, (doing) => revokeGrant(doing, grant, 'revoked'));
    const [delivery] = await deliveriesOf(app, connectApp);
    assert.ok(delivery);
    const replay = `${path}/callbacks/${delivery.sid}/replay`;
    assert.match(rowsOf(await browser.get(path), 'Open callbacks')[0] ?? '', /On its way POST/);

    const failed = {
      root_sid: delivery.root_sid,
      date_created: app.app.now(),
      url: GONE,
      signed: null,
      duration_ms: 7,
      response: null,
    };
    await app.app.database.write(async (tx) => {
      await insertAttempt(tx, {
        ...failed,
        delivery_sid: delivery.sid,
        number: 1,
        status: null,
        error: 'No connection',
      });
      await insertAttempt(tx, {
        ...failed,
        delivery_sid: delivery.sid,
        number: 2,
        status: 503,
        error: null,
      });
      const next = { date_next: app.app.now() + 300_000, attempts: 2, tries: 2 };
      await updateDelivery(tx, delivery.sid, next);
    });
    const [waiting = ''] = rowsOf(await browser.get(path), 'Open callbacks');
    assert.match(
      waiting,
      new RegExp(
        `Revoked: ${grant.subaccount_sid} Will be tried again 2 attempts · next 2026-03-18 23:36 UTC`,
      ),
    );
    assert.match(waiting, /answered 503.*POST https:\/\/hook@counter\.example\.com\/gone/);
    assert.doesNotMatch((await browser.get(path)).text, /pass-word/);

    const dead = {
      state: 'dead',
      date_next: null,
      reason: 'The last of 2 attempts failed.',
    } as const;
    await app.app.database.write((tx) => updateDelivery(tx, delivery.sid, dead));
    const page = await browser.get(path);
    assert.match(
      rowsOf(page, 'Open callbacks')[0] ?? '',
      /Given up.*The last of 2 attempts failed/,
    );
    assert.equal((await browser.submit(page, replay)).location, `${path}/callbacks`);
    const again = await fetchDelivery(app.app.database.db, delivery.sid);
    assert.deepEqual([again?.state, again?.tries, again?.date_next], ['pending', 0, app.app.now()]);

    const other = await app.aConnectApp(story.owner);
    const elsewhere = replay.replace(connectApp.sid, other.sid);
    const token = /name="form_token" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    assert.equal((await browser.post(elsewhere, { form_token: token })).status, 404);
    await app.app.database.write((tx) => updateDelivery(tx, delivery.sid, { state: 'delivered' }));
    assert.deepEqual(rowsOf(await browser.get(path), 'Open callbacks'), []);
    assert.match(wordsOf(await browser.get(`${path}/callbacks`)), /All acknowledged/);
  });
});
