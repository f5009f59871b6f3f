import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anApplication, requestsTo, settle } from '../support/calls.ts';
import {
  aNumber,
  assertCode,
  messagesOf,
  OURS,
  post,
  receive,
  send,
  sendThrough,
  THEIRS,
  usageOf,
} from '../support/messages.ts';
import { loginOf, onEveryEngine, testApp } from '../support/test-app.ts';

const ON_WHATSAPP = `whatsapp:${THEIRS}`;
/** The number of Twilio's WhatsApp sandbox in its tutorials. */
const SANDBOX = 'whatsapp:+14155238886';

onEveryEngine('a message from a name', (engine) => {
  test('is carried like any other, and metered as one', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    for (const From of ['ACME', 'Acme Ltd', '1-800 Acme', 'a&b_c+d']) {
      const { status, from } = await sendThrough(app, account, { From });
      assert.deepEqual([status, from], ['delivered', From]);
    }
    assert.equal((await usageOf(app, account, 'sms-outbound-longcode')).count, '4');
  });

  test('is refused when the name is malformed or the message has more than text', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    for (const From of ['Acme Limited', '12', 'Acmé', 'a.b', '😀']) {
      assertCode(await post(app, account, { From }), 400, 21212);
    }
    // It may be a short code, which the account does not hold.
    assertCode(await post(app, account, { From: '12345' }), 400, 21606);
    assertCode(
      await post(app, account, { From: 'ACME', MediaUrl: 'https://example.com/a.png' }),
      400,
      21606,
    );
    assertCode(await post(app, account, { To: 'ACME' }), 400, 21211);
  });

  test('reaches a number of the same server, and cannot be answered', async () => {
    await using app = await testApp({ engine });
    await using asked = await anApplication({ '/sms': '<Message>Who is there?</Message>' });
    const [sender, account] = [await app.anAccount(), await app.anAccount()];
    await aNumber(app, account, OURS, { sms_url: `${asked.origin}/sms` });
    await send(app, sender, { From: 'ACME', To: OURS });
    await settle(app);
    assert.equal(requestsTo(asked, '/sms')[0]?.['From'], 'ACME');
    const { json } = await app.get(`${messagesOf(account)}.json`, loginOf(account));
    assert.deepEqual(
      json.messages.map(({ direction }: { direction: string }) => direction),
      ['inbound'],
    );
  });
});

onEveryEngine('a message on WhatsApp', (engine) => {
  test('can have any number that belongs to nobody else', async () => {
    await using app = await testApp({ engine });
    const [account, other] = [await app.anAccount(), await app.anAccount()];
    await aNumber(app, account, OURS);
    await aNumber(app, other, '+14155550111');
    for (const From of [SANDBOX, `whatsapp:${OURS}`, 'whatsapp:+1 (415) 555-0100']) {
      const sent = await sendThrough(app, account, {
        From,
        To: ON_WHATSAPP,
        Body: 'x'.repeat(400),
      });
      assert.deepEqual([sent.status, sent.to, sent.num_segments], ['delivered', ON_WHATSAPP, '1']);
      assert.match(sent.from, /^whatsapp:\+1415\d{7}$/);
      assert.equal(sent.price, '-0.005');
    }
    assert.equal((await usageOf(app, account, 'channels-whatsapp-outbound')).count, '3');
    const foreign = await post(app, account, { From: 'whatsapp:+14155550111', To: ON_WHATSAPP });
    assertCode(foreign, 400, 63007);
    assertCode(await post(app, account, { From: OURS, To: ON_WHATSAPP }), 400, 21910);
    assertCode(await post(app, account, { From: SANDBOX, To: THEIRS }), 400, 21910);
    assertCode(await post(app, account, { From: 'ACME', To: ON_WHATSAPP }), 400, 21910);
    assertCode(await post(app, account, { From: SANDBOX, To: 'whatsapp:nobody' }), 400, 21211);
    assertCode(await post(app, account, { From: 'whatsapp:', To: ON_WHATSAPP }), 400, 21212);
    assertCode(await post(app, account, { From: SANDBOX, To: SANDBOX }), 400, 21266);
    const ends = await sendThrough(app, account, { From: SANDBOX, To: 'whatsapp:+14155550004' });
    assert.equal(ends.status, 'failed');
    const query = new URLSearchParams({ To: 'whatsapp: 14155550199' }).toString();
    const { json } = await app.get(`${messagesOf(account)}.json?${query}`, loginOf(account));
    assert.equal(json.messages.length, 3);
  });

  test('is answered on WhatsApp by its number’s application', async () => {
    await using app = await testApp({ engine });
    await using asked = await anApplication({ '/sms': '<Message>Hello</Message>' });
    const account = await app.anAccount();
    await aNumber(app, account, OURS, { sms_url: `${asked.origin}/sms` });
    const received = await receive(app, { to: `whatsapp:${OURS}`, from: ON_WHATSAPP, body: 'Hi' });
    assert.deepEqual([received.to, received.from], [`whatsapp:${OURS}`, ON_WHATSAPP]);
    await settle(app);
    const [request] = requestsTo(asked, '/sms');
    const { From, To, WaId, FromCountry } = request ?? {};
    assert.deepEqual(
      [From, To, WaId, FromCountry],
      [ON_WHATSAPP, `whatsapp:${OURS}`, '14155550199', 'US'],
    );
    const { json } = await app.get(`${messagesOf(account)}.json`, loginOf(account));
    const [answer] = json.messages;
    assert.deepEqual(
      [answer.direction, answer.from, answer.to],
      ['outbound-reply', `whatsapp:${OURS}`, ON_WHATSAPP],
    );
    assert.equal((await usageOf(app, account, 'channels-whatsapp-inbound')).count, '1');
    const mixed = await app.control('POST', '/messages', { to: OURS, from: ON_WHATSAPP });
    assert.equal(mixed.status, 400, mixed.text);
  });

  test('between two accounts of the server arrives, and STOP on it counts on WhatsApp only', async () => {
    await using app = await testApp({ engine });
    const [account, other] = [await app.anAccount(), await app.anAccount()];
    await aNumber(app, account, OURS);
    await aNumber(app, other, THEIRS);
    await sendThrough(app, account, { From: `whatsapp:${OURS}`, To: ON_WHATSAPP });
    const { json } = await app.get(`${messagesOf(other)}.json`, loginOf(other));
    const [arrived] = json.messages;
    assert.deepEqual([arrived.direction, arrived.to], ['inbound', ON_WHATSAPP]);
    await sendThrough(app, other, { From: ON_WHATSAPP, To: `whatsapp:${OURS}`, Body: 'Stop' });
    const again = await post(app, account, { From: `whatsapp:${OURS}`, To: ON_WHATSAPP });
    assertCode(again, 400, 21610);
    await send(app, account, { From: OURS, To: THEIRS });
  });
});
