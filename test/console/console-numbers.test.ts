import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPerson, signedIn } from '../support/browser.ts';
import { aNumber } from '../support/calls.ts';
import {
  aCustomerStory,
  assertHarmless,
  assertHiddenFromStrangers,
  HOSTILE,
  textOf,
} from '../support/customer-story.ts';
import { loginOf, onEveryEngine, testApp } from '../support/test-app.ts';

onEveryEngine('the page of phone numbers', (engine) => {
  test('shows the numbers of all accounts, with the buyer of each and the givers of its URLs', async () => {
    await using app = await testApp({ engine });
    const story = await aCustomerStory(app);
    const { customer, grant } = story;
    const used = await aNumber(app, story.app.account, story.app.login, {
      VoiceUrl: 'https://somebody:secret@app.example.com/voice',
      FriendlyName: 'Front desk',
    });
    const own = await aNumber(app, customer, loginOf(customer), {
      SmsUrl: 'https://customer.example.com/sms',
    });

    const list = await story.read('/numbers');
    assert.ok(list.indexOf(own) < list.indexOf(used), 'the newest first');
    assert.match(list, /Front desk .* by Reminders · subaccount Reminders Used by Reminders/);
    assert.match(list, /by you · Your account itself/);
    const only = await story.read(`/numbers?account=${customer.sid}`);
    assert.ok(only.includes(own) && !only.includes(used));
    const theirs = await story.read(`/numbers?account=${grant.subaccount_sid}`);
    assert.ok(!theirs.includes(own) && theirs.includes(used));

    const links = [...(await story.open('/numbers')).matchAll(/\/numbers\/(PN\w{32})/g)];
    const pages = await Promise.all(links.map(([, sid]) => story.read(`/numbers/${sid}`)));
    const page = pages.find((text) => text.startsWith(used)) ?? '';
    assert.match(page, /By Reminders Account Reminders/);
    assert.match(page, /POST https:\/\/somebody@app\.example\.com\/voice given by Reminders/);
    assert.match(page, /When a message comes in no URL/);
    assert.ok(!pages.join().includes('secret'), 'no password is shown');
    const mine = pages.find((text) => text.startsWith(own)) ?? '';
    assert.match(mine, /When a message comes in POST https:\/\/customer\.example\.com\/sms/);
    assert.doesNotMatch(mine, /given by/);
  });

  test('is hidden from other customers, and refuses a foreign account', async () => {
    await using app = await testApp({ engine });
    const story = await aCustomerStory(app);
    const path = `/console/${story.customer.sid}/numbers`;
    const [sid] = /PN\w{32}/.exec(await story.open('/numbers')) ?? [];
    await assertHiddenFromStrangers(app, story.customer, [`/numbers/${sid}`]);
    const other = await app.anAccount();
    for (const account of [other.sid, 'x', '__proto__']) {
      const { status, text } = await story.browser.get(`${path}?account=${account}`);
      assert.equal(status, 400, account);
      assert.match(text, /Account must be one of the list/);
    }
    const missing = await story.browser.get(`${path}/PN${'0'.repeat(32)}`);
    assert.equal(missing.status, 404);
  });

  test('explains how to buy a number, and shows any name as text', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const browser = await signedIn(app, await aPerson(app, account));
    const path = `/console/${account.sid}/numbers`;
    const empty = textOf((await browser.get(path)).text);
    assert.match(empty, /No phone numbers yet .*IncomingPhoneNumbers\.json .* AreaCode=415/);
    const name = HOSTILE.replaceAll('\u202E', '').slice(0, 64);
    await aNumber(app, account, loginOf(account), { FriendlyName: name });
    const { text } = await browser.get(path);
    assertHarmless(text);
    assert.ok(textOf(text).includes(name.replaceAll(/\s+/g, ' ').trim()));
  });
});
