import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  listWebhooks,
  replayWebhooks,
  showWebhook,
  webhookText,
} from '../../src/cli/operate/operate-webhooks.ts';
import { aPerson, signedIn, unescaped } from '../support/browser.ts';
import { onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';
import { attemptsOf, deliveryOf, enqueue } from '../support/webhook.ts';
import { type WebhookReceiver, webhookReceiver } from '../support/webhook-receiver.ts';

const PATH = '/console/platform/webhooks';

/** Three accounts: one with a failing receiver, one with a missing one, one with a working one. */
async function threeTenants(app: TestApp, { origin }: WebhookReceiver) {
  const [one, other, third] = [await app.anAccount(), await app.anAccount(), await app.anAccount()];
  const secret = origin.replace('//', '//ada:CANARY@');
  const failing = await enqueue(app, one, `${secret}/fails`, { kind: 'usage-trigger' });
  const dead = await enqueue(app, other, `${origin}/gone`);
  const works = await enqueue(app, third, `${origin}/works`);
  await app.deliver();
  return { one, other, failing, dead, works };
}

const failingReceiver = () =>
  webhookReceiver(({ url }) => ({
    status: url.endsWith('/works') ? 200 : url.endsWith('/gone') ? 410 : 500,
    body: 'No, <i>',
  }));

onEveryEngine('undelivered webhooks', (engine) => {
  test('of all tenants are on the page Platform from the first failure on, with the reason', async () => {
    await using app = await testApp({ engine });
    await using receiver = await failingReceiver();
    const { one, other, failing, dead, works } = await threeTenants(app, receiver);
    const browser = await signedIn(app, await aPerson(app, null, { is_operator: true }));
    const page = await browser.get(PATH);
    const [, tried = '', givenUp = ''] = unescaped(page.text).split(
      /<h2>(?:Failing|Dead) webhooks</,
    );
    assert.match(tried, /usage-trigger[^]*The receiver answered 500\.[^]*1 attempt, the next/);
    assert.ok(tried.includes(failing) && tried.includes(one.sid));
    assert.match(
      givenUp,
      /deauthorize[^]*The receiver answered 410 Gone, which ends the delivery\./,
    );
    assert.ok(givenUp.includes(dead) && givenUp.includes(other.sid));
    assert.ok(!page.text.includes(works) && !page.text.includes('CANARY'));

    const sent = await browser.submit(page, `${PATH}/${failing}/replay`);
    assert.equal(sent.status, 303);
    assert.ok(!(await browser.get(PATH)).text.includes(failing), 'it begins anew');
    await app.deliver();
    assert.equal((await attemptsOf(app, failing)).length, 2);
    assert.ok((await browser.get(PATH)).text.includes(failing), 'and failed anew');
  });

  test('that asked for TwiML are listed without a button to send them again', async () => {
    await using app = await testApp({ engine });
    await using receiver = await failingReceiver();
    const account = await app.anAccount();
    const asked = await enqueue(app, account, `${receiver.origin}/gone`, { kind: 'voice-twiml' });
    await app.deliver();
    const browser = await signedIn(app, await aPerson(app, null, { is_operator: true }));
    const { text } = await browser.get(PATH);
    assert.ok(text.includes(asked) && !text.includes(`${asked}/replay`));
  });

  test('are listed, shown and sent again by the command line', async () => {
    await using app = await testApp({ engine });
    await using receiver = await failingReceiver();
    const { one, failing, dead, works } = await threeTenants(app, receiver);
    const why = async (wanted = {}) =>
      (await listWebhooks(app.app, wanted)).map((row) => [row['sid'], row['state'], row['why']]);
    const failed = [failing, 'pending', 'The receiver answered 500.'];
    const ended = [dead, 'dead', 'The receiver answered 410 Gone, which ends the delivery.'];
    assert.deepEqual(await why(), [failed, ended], 'what can still be helped comes first');
    assert.deepEqual(await why({ state: 'failing' }), [failed]);
    assert.deepEqual(await why({ accountSid: one.sid }), [failed]);
    assert.deepEqual(await why({ state: 'dead', accountSid: one.sid }), []);
    assert.deepEqual(await why({ state: 'delivered' }), [[works, 'delivered', null]]);
    await assert.rejects(why({ state: 'lost' }), /--state must be one of failing, pending/);
    await assert.rejects(why({ accountSid: 'one' }), /--account-sid must be the SID/);

    const text = webhookText(await showWebhook(app.app, failing));
    assert.match(text, /^Delivery SID {2}DL\w{32}\nKind {10}usage-trigger\nAbout {9}AC/);
    assert.match(
      text,
      /"AccountSid": "AC\w+"[^]*\nAttempt 1 {2}\S+Z {2}\d+ ms {2}answered 500\n {2}No, <i>$/,
    );
    assert.ok(!text.includes('CANARY'));
    await assert.rejects(showWebhook(app.app, 'DL1'), /There is no webhook DL1/);

    await assert.rejects(replayWebhooks(app.app, [failing, 'DL1']), /There is no webhook DL1/);
    assert.equal((await deliveryOf(app, failing)).tries, 1, 'none is, where one cannot be');
    await replayWebhooks(app.app, [failing, dead, dead]);
    assert.deepEqual(await app.deliver(), { tried: 2, delivered: 0 });
  });
});
