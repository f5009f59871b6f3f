import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPerson, signedIn } from '../support/browser.ts';
import { aConsoleWorld } from '../support/console-world.ts';
import { onEveryEngine, testApp } from '../support/test-app.ts';

/** The search field above every page. */

const find = (text: string) => `/console/find?q=${encodeURIComponent(text.toWellFormed())}`;

onEveryEngine('the search of the console', (engine) => {
  test('opens the page of a whole SID, of a number and of an address', async () => {
    await using app = await testApp({ engine });
    const world = await aConsoleWorld(app);
    const { account, subaccount, acted, connect_app, trigger_sid, key_sid, other } = world;
    const number = await app.app.database.db
      .selectFrom('incoming_phone_numbers')
      .select('phone_number')
      .where('sid', '=', acted.number_sid)
      .executeTakeFirstOrThrow();
    const home = `/console/${account.sid}`;
    const known: readonly (readonly [string, string])[] = [
      [account.sid, home],
      [subaccount.sid, `${home}/subaccounts/${subaccount.sid}`],
      [acted.message_sid, `${home}/messages/${acted.message_sid}`],
      [acted.media_sid, `${home}/messages/${acted.message_sid}`],
      [acted.call_sid, `${home}/calls/${acted.call_sid}`],
      [acted.number_sid, `${home}/numbers/${acted.number_sid}`],
      [number.phone_number, `${home}/numbers/${acted.number_sid}`],
      [
        number.phone_number.replace(/^\+1(...)(...)/, '($1) $2-'),
        `${home}/numbers/${acted.number_sid}`,
      ],
      [connect_app.sid, `${home}/connect-apps/${connect_app.sid}`],
      [trigger_sid, `${home}/usage/triggers/${trigger_sid}`],
      [key_sid, `${home}/keys`],
      [other.email.toUpperCase(), `${home}/people`],
      [` ${acted.message_sid.toLowerCase()} `, `${home}/messages/${acted.message_sid}`],
    ];
    const browser = await signedIn(app, other);
    for (const [text, place] of known) {
      const { status, location } = await browser.get(find(text));
      assert.deepEqual([status, location], [303, place], text);
      const page = await browser.get(place);
      assert.equal(page.status, 200, place);
    }
    const recording = await browser.get(find(acted.recording_sid));
    assert.match(recording.location ?? '', new RegExp(`^${home}/calls/CA`));
  });

  test('finds names by a part, in any case, and nothing of other tenants', async () => {
    await using app = await testApp({ engine });
    const world = await aConsoleWorld(app);
    const stranger = await app.anAccount();
    const strange = await signedIn(app, await aPerson(app, stranger));
    const own = await signedIn(app, world.other);
    const name = world.connect_app.friendly_name;
    const part = name.slice(1, -1).toUpperCase();
    assert.match((await own.get(find(part))).text, new RegExp(`<bdi>${name}</bdi>`));
    const { acted, account, subaccount, connect_app } = world;
    for (const text of [
      part,
      account.sid,
      subaccount.sid,
      connect_app.sid,
      acted.message_sid,
      acted.call_sid,
      acted.recording_sid,
      acted.media_sid,
      acted.number_sid,
      world.key_sid,
      world.trigger_sid,
      world.other.email,
      world.other.sid,
    ]) {
      const { status, text: page } = await strange.get(find(text));
      assert.equal(status, 200, text);
      assert.match(page, /Nothing that you may see/, text);
    }
  });

  test('offers an unknown number in the filters of messages and calls', async () => {
    await using app = await testApp({ engine });
    const { account, other } = await aConsoleWorld(app);
    const browser = await signedIn(app, other);
    const { text } = await browser.get(find('(415) 555-0123'));
    const [, href = ''] = /href="([^"]+)"[^>]*><bdi>/.exec(text.slice(text.indexOf('<main'))) ?? [];
    assert.equal(href, `/console/${account.sid}/messages?to=%2B14155550123`);
    assert.equal((await browser.get(href)).status, 200);
  });

  test('opens the list of authorized apps for the app of somebody else', async () => {
    await using app = await testApp({ engine });
    const { connect_app } = await aConsoleWorld(app);
    const customer = await app.anAccount();
    const browser = await signedIn(app, await aPerson(app, customer));
    assert.equal((await browser.get(find(connect_app.sid))).status, 200, 'not authorized yet');
    await app.aGrant(connect_app, customer);
    const { status, location } = await browser.get(find(connect_app.sid));
    assert.deepEqual([status, location], [303, `/console/${customer.sid}/authorized-apps`]);
  });

  test('takes any text', async () => {
    await using app = await testApp({ engine });
    const { operator } = await aConsoleWorld(app);
    const browser = await signedIn(app, operator);
    for (const text of [
      '',
      ' ',
      '%',
      '\\',
      '\0',
      'a\0b',
      '<b>',
      '@',
      '+',
      '()',
      '\ud800',
      'x'.repeat(9_000),
      '💛'.repeat(64),
    ]) {
      const { status, text: page } = await browser.get(find(text));
      assert.ok([200, 400, 414].includes(status), `${JSON.stringify(text.slice(0, 9))}: ${status}`);
      assert.doesNotMatch(page.slice(page.indexOf('<main')), /<b>/);
    }
  });

  test('shows operators the accounts and people of the platform', async () => {
    await using app = await testApp({ engine });
    const { operator } = await aConsoleWorld(app);
    const stranger = await app.anAccount();
    const person = await aPerson(app, stranger);
    const browser = await signedIn(app, operator);
    const account = await browser.get(find(stranger.sid));
    assert.equal(account.location, `/console/platform/accounts/${stranger.sid}`);
    const somebody = await browser.get(find(person.email));
    assert.equal(somebody.location, `/console/platform/people/${person.sid}`);
    const { text } = await browser.get(find(stranger.friendly_name.slice(0, 6)));
    assert.match(text, new RegExp(`/console/platform/accounts/${stranger.sid}`));
  });
});
