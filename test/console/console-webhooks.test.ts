import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPrimaryToken } from '../../src/accounts/open-primary-token.ts';
import { signForm } from '../../src/webhooks/signature.ts';
import { aPerson, hiddenFields, signedIn, unescaped, type Visit } from '../support/browser.ts';
import { onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';
import { deliveryOf, enqueue } from '../support/webhook.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';

/** The text of a page's main part without tags. */
function textOf({ text }: Visit): string {
  const [, main = ''] = /<main[^>]*>([^]*)<\/main>/.exec(text) ?? [];
  return unescaped(main.replaceAll(/<[^>]+>/g, ' ')).replaceAll(/\s+/g, ' ');
}

/** The entries of a list, without the form above them. */
const entriesOf = (page: Visit) => textOf(page).split('Newest first')[1] ?? '';

/** A developer with an app, and a webhook that each of two servers got, or did not get. */
async function aDeveloper(app: TestApp, receiver: { readonly origin: string }) {
  const account = await app.anAccount();
  const browser = await signedIn(app, await aPerson(app, account));
  const customer = await app.anAccount();
  const to = (path: string, webhook = {}) =>
    enqueue(app, customer, `${receiver.origin}${path}`, {
      signing_account_sid: account.sid,
      ...webhook,
    });
  const good = await to('/good');
  const dead = await to('/bad', { kind: 'message-status', retry: 'callback' });
  await app.deliver();
  return { account, customer, browser, good, dead, own: `/console/${account.sid}/webhooks` };
}

onEveryEngine('webhooks in the console', (engine) => {
  test('are listed for the account that signs them, with the likely cause, and sent again', async () => {
    await using app = await testApp({ engine });
    let status = 403;
    await using receiver = await webhookReceiver(({ url }) => ({
      status: url.endsWith('/bad') ? status : 200,
      body: 'signature mismatch',
    }));
    const { browser, own, good, dead, customer } = await aDeveloper(app, receiver);

    const list = await browser.get(own);
    assert.match(textOf(list), /checks the signature and refuses it\..*Message status Gave up/);
    assert.match(textOf(list), /Customer revoked Delivered/);
    assert.doesNotMatch(entriesOf(await browser.get(`${own}?result=dead`)), /Customer revoked/);
    assert.match(entriesOf(await browser.get(`${own}?kind=deauthorize`)), /Customer revoked/);
    const { host } = new URL(receiver.origin);
    assert.match(textOf(await browser.get(`${own}?host=other.example`)), /Nothing matches/);
    assert.match(textOf(await browser.get(`${own}?host=${host}`)), /Gave up/);
    const refused = await browser.get(`${own}?host=a%20b`);
    assert.equal(refused.status, 400);
    assert.match(textOf(refused), /Server must be the name of a server/);

    const one = textOf(await browser.get(`${own}/${dead}`));
    assert.match(one, /Gave up/);
    assert.match(one, /signature mismatch/);
    assert.ok(one.includes(`${receiver.origin}/bad AccountSid${customer.sid}`), one);

    status = 200;
    const question = await browser.get(`${own}/replay?result=dead&kind=&host=`);
    assert.match(textOf(question), /1 webhook to 127\.0\.0\.1/);
    for (const wanted of [/^.*1 webhook is being sent again/, /No webhook of this filter/]) {
      const { location, status: answered, text } = await browser.submit(question, `${own}/replay`);
      assert.match(answered === 303 ? textOf(await browser.get(location ?? '')) : text, wanted);
    }
    await app.deliver();
    assert.equal((await deliveryOf(app, dead)).state, 'delivered');
    const page = await browser.get(`${own}/${good}`);
    assert.equal((await browser.submit(page, `${own}/${good}/replay`)).status, 303);
    assert.equal((await deliveryOf(app, good)).state, 'pending');
  });

  test('are nobody else’s: not the customer’s whom they are about, and not a stranger’s', async () => {
    await using app = await testApp({ engine });
    await using receiver = await webhookReceiver(() => ({ status: 410 }));
    const { dead, customer } = await aDeveloper(app, receiver);
    for (const account of [customer, await app.anAccount()]) {
      const browser = await signedIn(app, await aPerson(app, account));
      const own = `/console/${account.sid}/webhooks`;
      assert.match(textOf(await browser.get(own)), /We have not called your server yet/);
      for (const path of [`/${dead}`, `/doctor?delivery=${dead}`]) {
        assert.equal((await browser.get(own + path)).status, 404);
      }
      const form = hiddenFields((await browser.get(`${own}/doctor`)).text, `${own}/doctor`);
      assert.equal((await browser.post(`${own}/${dead}/replay`, form)).status, 404);
      assert.equal((await deliveryOf(app, dead)).state, 'dead');
    }
  });

  test('are examined by the doctor with the tokens of the account, and nothing is stored', async () => {
    await using app = await testApp({ engine });
    await using receiver = await webhookReceiver(() => ({ status: 403 }));
    const { account, customer, browser, own, dead } = await aDeveloper(app, receiver);
    const form = await browser.get(`${own}/doctor?delivery=${dead}`);
    const check = async (changes: Record<string, string>) =>
      browser.submit(form, `${own}/doctor`, changes);
    const [, signature = ''] = /value="([\w+/]{27}=)"/.exec(form.text) ?? [];
    const Url = `${receiver.origin}/bad`;
    const Body = `AccountSid=${customer.sid}`;
    const right = await check({ Url, Body, Signature: signature });
    assert.match(textOf(right), /The signature is right\. It was signed with the primary token/);

    const cut = await check({
      Url: 'https://hooks.example.com/bad',
      Body: '',
      Signature: `X-Twilio-Signature: ${signature}`,
    });
    assert.match(textOf(cut), /The scheme differs.*The host differs.*port.*Parameters are missing/);

    const token = await openPrimaryToken(app.app, app.app.database.db, account.sid);
    const own_url = 'https://hooks.example.com/sms';
    const made = signForm(token, own_url, [['Body', 'a+b']]).signature;
    const plus = await check({ Url: `${own_url}/`, Body: 'Body=a+b', Signature: made });
    assert.match(textOf(plus), /2 mistakes together.*last slash.*plus sign became a space/i);
    assert.ok(!plus.text.includes(token));

    const wrong = await check({ Url: 'hooks.example.com', Body, Signature: signature });
    assert.equal(wrong.status, 400);
    assert.match(textOf(wrong), /The URL that your code checks must be the whole URL/);
    assert.ok(wrong.text.includes(Body), 'the entries stay in the form');
  });
});
