import assert from 'node:assert/strict';
import { test } from 'node:test';
import { insertMedia } from '../../src/messages/media-store.ts';
import { httpFarSide } from '../carriers/carrier-kinds.ts';
import { aPerson, signedIn } from '../support/browser.ts';
import {
  aCustomerStory,
  assertHarmless,
  assertHiddenFromStrangers,
  type CustomerStory,
  entriesOf,
  HOSTILE,
  textOf,
} from '../support/customer-story.ts';
import { pass, receive } from '../support/messages.ts';
import { asSystem, loginOf, onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';
import { PIXEL } from './acted-on.ts';

const THEIRS = '+14155550199';

/** The app sends a message. @returns its SID */
async function send(app: TestApp, story: CustomerStory, form: Record<string, string> = {}) {
  const { account, login, number } = story.app;
  const path = `/2010-04-01/Accounts/${account.sid}/Messages.json`;
  const sent = await app.post(path, login, { To: THEIRS, From: number, Body: 'Hello', ...form });
  assert.equal(sent.status, 201, sent.text);
  return String(sent.json.sid);
}

onEveryEngine('the page of messages', (engine) => {
  test('names the carrier of a message that left by a wire', async () => {
    await using app = await testApp({ engine });
    await using far = await httpFarSide(app, () => ({ status: 202, body: '{"id":"77"}' }));
    const story = await aCustomerStory(app);
    const sid = await send(app, story);
    await app.deliver();
    assert.equal(far.received.length, 1);
    const happened = entriesOf(await story.open(`/messages/${sid}`)).join('\n');
    assert.match(happened, /accepted carrier far detail its id there: 77/);
    assert.doesNotMatch(await story.read(`/messages/${sid}`), /simulated/);
  });

  test("shows the app's messages, their events and the answers of its server", async () => {
    await using app = await testApp({ engine });
    await using told = await webhookReceiver((_, index) => ({ status: index === 0 ? 204 : 500 }));
    const story = await aCustomerStory(app);
    const StatusCallback = `${told.origin}/status`;
    const sid = await send(app, story, { Body: 'Tomorrow at nine', StatusCallback });
    await pass(app);

    const [entry] = entriesOf(await story.open('/messages'));
    const route = `${story.app.number} → ${THEIRS}`;
    assert.ok(entry?.includes(`${route} delivered Tomorrow at nine`), entry ?? '');
    assert.match(entry ?? '', /Outgoing · 0\.0079\S* USD Reminders Its subaccount/);

    const page = await story.read(`/messages/${sid}`);
    assert.ok(page.includes(`${route} delivered Tomorrow at nine`), page);
    assert.match(page, /Callback http:\/\/127\.0\.0\.1:\d+\/status given by Reminders/);
    assert.match(page, /By Reminders Account Reminders/);
    const happened = entriesOf(await story.open(`/messages/${sid}`));
    const states = happened.filter((one) => !one.includes('Callback'));
    assert.deepEqual(
      states.map((one) => one.replace(/^\+\d+\.\d s /, '')),
      ['queued', 'sending', 'sent', 'delivered'],
    );
    const callbacks = happened.filter((one) => one.includes('Callback'));
    assert.equal(callbacks.length, 4);
    const outcomes = callbacks.map((one) => /1 attempt, answered \d+/.exec(one)?.[0]);
    assert.equal(outcomes.filter((one) => one?.endsWith('204')).length, 1, callbacks.join('\n'));
    assert.equal(outcomes.filter((one) => one?.endsWith('500')).length, 3, callbacks.join('\n'));
  });

  test('shows received messages, failures in words, and the maker of each', async () => {
    await using app = await testApp({ engine });
    const story = await aCustomerStory(app);
    const { customer, connect_app } = story;
    await receive(app, { to: story.app.number, from: THEIRS, body: 'Is that you?' });
    app.advance(1_000);
    const failed = await send(app, story, { To: '+14155550004' });
    await pass(app);
    const [sent = '', came = ''] = entriesOf(await story.open('/messages'));
    assert.match(came, /received Is that you\? Incoming .* someone outside Subaccount Reminders/);
    assert.match(sent, /failed Hello The message failed on its way, .* Reminders Its subaccount/);
    const page = await story.read(`/messages/${failed}`);
    assert.match(page, /The message failed on its way, .* \(error 30008\)\./);

    const found = async (query: Record<string, string>) => {
      const text = new URLSearchParams(query).toString();
      return entriesOf(await story.open(`/messages?${text}`)).length;
    };
    assert.equal(await found({ status: 'failed' }), 1);
    assert.equal(await found({ direction: 'inbound' }), 1);
    assert.equal(await found({ from: ' +1 415 555-0199 ' }), 1);
    assert.equal(await found({ from: '(415) 555-0199' }), 1);
    assert.equal(await found({ to: '+14155550004', status: 'received' }), 0);
    assert.equal(await found({ account: customer.sid }), 0);
    assert.equal(await found({ account: story.app.account.sid }), 2);
    assert.match(await story.read('/messages?to=%2B1'), /Nothing matches/);

    const ended = { connect_app_sid: connect_app.sid, account_sid: customer.sid };
    assert.equal((await app.control('POST', '/deauthorize', ended)).status, 200);
    assert.match(
      entriesOf(await story.open('/messages'))[0] ?? '',
      /Reminders \(revoked\) Its subaccount/,
    );
  });

  test('shows any text as text, and files by their type', async () => {
    await using app = await testApp({ engine });
    const story = await aCustomerStory(app, 'App <b>"\'>');
    const { account_sid, created_by_grant } = {
      account_sid: story.app.account.sid,
      created_by_grant: story.grant.sid,
    };
    const message_sid = await send(app, story, { Body: HOSTILE });
    await pass(app);
    const files = { 'image/png': PIXEL, 'image/svg+xml': Buffer.from('<svg onload="alert(1)"/>') };
    const sids = Object.keys(files).map(() => app.app.newSid('ME'));
    await asSystem(app, ({ tx, now }) =>
      insertMedia(
        tx,
        Object.entries(files).map(([content_type, bytes], at) => ({
          sid: sids[at] ?? '',
          account_sid,
          root_sid: story.grant.account_sid,
          message_sid,
          content_type,
          source_url: null,
          content: bytes.toString('base64'),
          created_by_grant,
          date_created: now,
          date_updated: now,
        })),
      ),
    );
    for (const path of ['/messages', `/messages/${message_sid}`])
      assertHarmless(await story.open(path));
    const page = await story.open(`/messages/${message_sid}`);
    assert.ok(textOf(page).includes(HOSTILE.replaceAll(/\s+/g, ' ').trim()), 'all of it is there');
    const folder = `/console/${story.customer.sid}/messages/${message_sid}/media`;
    assert.match(page, new RegExp(`<img class="media" src="${folder}/${sids[0]}"`));
    assert.doesNotMatch(page, new RegExp(`<img[^>]* src="${folder}/${sids[1]}"`));
    for (const [at, disposition] of ['inline', 'attachment'].entries()) {
      const { status, headers } = await story.browser.get(`${folder}/${sids[at]}`);
      assert.equal(status, 200);
      assert.match(headers['content-disposition'] ?? '', new RegExp(`^${disposition};`));
      assert.match(headers['content-security-policy'] ?? '', /default-src 'none'; sandbox/);
      assert.equal(headers['x-content-type-options'], 'nosniff');
    }
    const hidden = [`/messages/${message_sid}`, `/messages/${message_sid}/media/${sids[0]}`];
    await assertHiddenFromStrangers(app, story.customer, hidden);
    const gone = await story.browser.get(`${folder}/ME${'0'.repeat(32)}`);
    assert.equal(gone.status, 404);
  });

  test('pages through the messages of all accounts, and explains a wrong filter', async () => {
    await using app = await testApp({ engine });
    const story = await aCustomerStory(app);
    const { customer } = story;
    const bodies: string[] = [];
    for (let at = 0; at < 60; at += 1) {
      bodies.unshift(`Message number ${at} of them`);
      await send(app, story, { Body: bodies[0] ?? '' });
      app.advance(at % 3 === 0 ? 0 : 1);
    }
    const seen: string[] = [];
    let path: string | undefined = '/messages';
    let back: string | undefined;
    while (path !== undefined) {
      const page: string = await story.open(path);
      seen.push(
        ...entriesOf(page).map((entry) => /Message number \d+ of them/.exec(entry)?.[0] ?? ''),
      );
      const link = (rel: string) =>
        new RegExp(`href="/console/\\w+([^"]*)" rel="${rel}"`).exec(page)?.[1];
      path = link('next')?.replaceAll('&amp;', '&');
      back = link('prev')?.replaceAll('&amp;', '&');
    }
    assert.deepEqual(seen, bodies);
    assert.equal(entriesOf(await story.open(back ?? '')).length, 25);
    const refusals: Record<string, RegExp> = {
      'status=gone': /Status must be one of the list/,
      'direction=__proto__': /Direction must be one of the list/,
      'to=%00': /To must be a number/,
      [`account=${(await app.anAccount()).sid}`]: /Account must be one of the list/,
    };
    for (const [query, message] of Object.entries(refusals)) {
      const { status, text } = await story.browser.get(
        `/console/${customer.sid}/messages?${query}`,
      );
      assert.equal(status, 400, query);
      assert.match(text, message, query);
    }
  });

  test("shows the app's owner none of the customer's messages", async () => {
    await using app = await testApp({ engine });
    const story = await aCustomerStory(app);
    await send(app, story, { Body: 'Between us', StatusCallback: 'http://127.0.0.1:9/status' });
    await pass(app);
    const { developer, connect_app, app: caller } = story;
    const owner = await signedIn(app, await aPerson(app, developer));
    const own = `/console/${developer.sid}`;
    const app_path = `${own}/connect-apps/${connect_app.sid}`;
    const paths = ['messages', 'calls', 'numbers'].map((page) => `${own}/${page}`);
    for (const path of [...paths, app_path, `${app_path}/customers`, `${app_path}/callbacks`]) {
      const { status, text } = await owner.get(path);
      assert.equal(status, 200, path);
      assert.ok(!text.includes('Between us') && !text.includes(caller.number), path);
    }
  });

  test('explains how to send the first one', async () => {
    await using app = await testApp({ engine });
    const story = await aCustomerStory(app);
    assert.match(await story.read('/messages'), /No messages yet .* needs a phone number/);
    const { customer } = story;
    const path = `/2010-04-01/Accounts/${customer.sid}/IncomingPhoneNumbers.json`;
    const bought = await app.post(path, loginOf(customer), { AreaCode: '415' });
    const page = await story.read('/messages');
    assert.ok(page.includes(`'From=${bought.json.phone_number}'`), page);
    assert.match(page, /_tieline\/messages/);
  });
});
