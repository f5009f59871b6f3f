import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPerson, signedIn, unescaped } from '../support/browser.ts';
import { aNumber, messagesOf, read, send, TWO_SECONDS } from '../support/messages.ts';
import { loginOf, onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';
import { type Answer, webhookReceiver } from '../support/webhook-receiver.ts';
import { httpFarSide, reportTo, upstreamOf, useCarriers } from './carrier-kinds.ts';

const REF = `SM${'7'.repeat(32)}`;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** An upstream whose messages are delivered, and which shows prices one after the other. */
async function pricedUpstream(app: TestApp, prices: readonly (string | null)[]) {
  let shown = 0;
  const far = await webhookReceiver(({ method }): Answer => {
    if (method === 'POST') return { status: 201, body: JSON.stringify({ sid: REF }) };
    const price = shown === 0 ? null : (prices[shown - 1] ?? null);
    shown += 1;
    const one = { sid: REF, status: 'delivered', price, price_unit: 'EUR' };
    return { status: 200, body: JSON.stringify(one) };
  });
  useCarriers(
    app,
    `
carriers: { up: { kind: twilio, base: "${far.origin}", account_sid: AC${'5'.repeat(32)}, auth_token: env:UP } }
routes: { messages: [{ by: up }] }
`,
    { UP: 'the-token' },
  );
  return far;
}

/** A message that was delivered, because its upstream said so when it was asked. */
async function delivered(app: TestApp) {
  const account = await app.anAccount();
  await aNumber(app, account);
  const { sid } = await send(app, account);
  await app.deliver();
  app.advance(MINUTE_MS);
  await app.deliver();
  assert.equal((await read(app, account, sid)).status, 'delivered');
  return { account, sid };
}

async function costOf(app: TestApp, sid: string) {
  const { json } = await app.control('GET', `/messages/${sid}`);
  return [json.carrier_cost, json.carrier_cost_unit];
}

onEveryEngine('the price of a carrier for a message', (engine) => {
  test('is asked for after the end until there is one, and changes no charge', async () => {
    await using app = await testApp({ engine });
    await using far = await pricedUpstream(app, [null, '-0.00750', '-9']);
    const { account, sid } = await delivered(app);
    const { price } = await read(app, account, sid);
    const asked: number[] = [];
    for (const ms of [MINUTE_MS - 1, 1, HOUR_MS - 1, 1, DAY_MS]) {
      app.advance(ms);
      await app.deliver();
      asked.push(far.received.filter(({ method }) => method === 'GET').length);
    }
    assert.deepEqual(asked, [1, 2, 2, 3, 3]);
    assert.deepEqual(await costOf(app, sid), ['0.0075', 'EUR']);
    assert.equal((await read(app, account, sid)).price, price);
    const text = await app.app.metrics.text();
    assert.ok(text.includes('tieline_carrier_cost_total{carrier="up",currency="EUR"} 0.0075\n'));
    assert.match(text, /tieline_carrier_charged_total\{carrier="up"\} 0\.\d+\n/);
  });

  test('is given up after a day, when the upstream never tells one', async () => {
    await using app = await testApp({ engine });
    await using far = await pricedUpstream(app, []);
    const { sid } = await delivered(app);
    for (const ms of [MINUTE_MS, HOUR_MS, DAY_MS, 30 * DAY_MS]) {
      app.advance(ms);
      await app.deliver();
    }
    assert.equal(far.received.filter(({ method }) => method === 'GET').length, 4);
    assert.deepEqual(await costOf(app, sid), [null, null]);
  });

  test('does not keep its message from being redacted and deleted meanwhile', async () => {
    await using app = await testApp({ engine });
    await using far = await pricedUpstream(app, ['-0.0075']);
    const { account, sid } = await delivered(app);
    const path = `${messagesOf(account)}/${sid}.json`;
    assert.equal((await app.post(path, loginOf(account), { Body: '' })).status, 200);
    const gone = await app.request('DELETE', path, { login: loginOf(account) });
    assert.equal(gone.status, 204, gone.text);
    app.advance(MINUTE_MS);
    await app.deliver();
    app.advance(DAY_MS);
    await app.deliver();
    assert.equal(far.received.filter(({ method }) => method === 'GET').length, 2);
    assert.equal((await app.control('GET', `/messages/${sid}`)).status, 404);
  });

  test('is what another Tieline charges its account, and the customer never sees it', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using upstream = await upstreamOf(app);
    const { sid } = await send(app, account);
    for (const ms of [0, TWO_SECONDS, TWO_SECONDS]) {
      app.advance(ms);
      upstream.app.advance(ms);
      await app.deliver();
      await upstream.app.deliver();
    }
    assert.equal((await read(app, account, sid)).status, 'delivered');
    app.advance(MINUTE_MS);
    await app.deliver();
    const { json } = await app.control('GET', `/messages/${sid}`);
    const theirs = await read(upstream.app, upstream.account, json.refs[0].ref);
    assert.equal(`-${json.carrier_cost}`, theirs['price']);
    assert.deepEqual([json.carrier, json.carrier_cost_unit, json.price_unit], ['up', 'USD', 'USD']);
    for (const suffix of ['.json', '.csv', '']) {
      const { text } = await app.get(`${messagesOf(account)}${suffix}`, loginOf(account));
      assert.doesNotMatch(text, /cost/i, suffix);
    }
  });

  test("is on the operators' page beside the charge", async () => {
    await using app = await testApp({ engine });
    await using _far = await pricedUpstream(app, ['0.0031']);
    const { sid } = await delivered(app);
    app.advance(MINUTE_MS);
    await app.deliver();
    const browser = await signedIn(app, await aPerson(app, null, { is_operator: true }));
    const page = async (message: string) =>
      unescaped((await browser.get(`/console/platform/carriers?message=${message}`)).text)
        .replaceAll(/<[^>]*>/g, '')
        .replaceAll(/\s+/g, ' ');
    const shown = await page(sid);
    for (const text of ['Price of the carrier 0.0031 EUR', `Id there ${REF}`]) {
      assert.ok(shown.includes(text), text);
    }
    assert.ok(!shown.includes('Hello'), 'its text is not shown');
    assert.ok((await page('SM1')).includes('There is no message SM1'));
  });

  test('comes with a report over HTTP, also after the end, and the first one counts', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using _far = await httpFarSide(app, () => ({ status: 202, body: '{"id":"7"}' }));
    const { sid } = await send(app, account);
    const other = await send(app, account);
    await app.deliver();
    const end = { type: 'receipt', sid, state: 'delivered' };
    const priced = { ...end, price: '0.005', currency: 'EUR' };
    const results: unknown[] = [];
    for (const event of [
      end,
      end,
      priced,
      { ...priced, price: '7' },
      { ...end, sid: other.sid, price: '0.01' },
    ]) {
      results.push(...(await reportTo(app, [event])).json.results);
    }
    assert.deepEqual(results, ['kept', 'unknown', 'kept', 'kept', 'kept']);
    assert.deepEqual(await costOf(app, sid), ['0.005', 'EUR']);
    assert.deepEqual(await costOf(app, other.sid), ['0.01', 'USD']);
    for (const wrong of [{ price: '-1' }, { price: '1e3' }, { price: 7 }, { currency: 'euro' }]) {
      const refused = await reportTo(app, [{ ...priced, ...wrong }]);
      assert.equal(refused.status, 400);
      assert.match(refused.text, /events\[?\.?0\]?\.(?:price must be|currency must be)/);
    }
  });
});
