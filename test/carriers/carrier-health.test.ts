import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureCarriers } from '../../src/carriers/carrier-health.ts';
import { aPerson, signedIn, unescaped } from '../support/browser.ts';
import { aNumber, OURS, send } from '../support/messages.ts';
import { onEveryEngine, testApp } from '../support/test-app.ts';
import { httpFarSide } from './carrier-kinds.ts';

onEveryEngine('the health of a carrier', (engine) => {
  test('is in the metrics, with what it answered, and in the control API', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    const answers = [{ status: 202 }, { status: 429 }, { status: 400, body: '{"code":30007}' }];
    await using far = await httpFarSide(app, (_, index) => answers[index] ?? { status: 202 });
    measureCarriers(app.app);
    const stateOf = async () =>
      (await app.control('GET', '/carriers')).json.carriers.find(
        ({ name }: { name: string }) => name === 'far',
      );
    const before = await stateOf();
    assert.deepEqual(
      [before.kind, before.carries, before.routes, before.state, before.since],
      ['http', ['messages'], 1, 'unknown', null],
    );
    await send(app, account);
    await app.deliver();
    assert.equal((await stateOf()).state, 'up');
    await send(app, account);
    await app.deliver();
    assert.equal((await stateOf()).state, 'throttled');
    await send(app, account);
    await app.deliver();
    assert.equal(far.received.length, 3);
    const text = await app.app.metrics.text();
    for (const line of [
      'tieline_carrier_state{carrier="far",state="up"} 1',
      'tieline_carrier_state{carrier="far",state="down"} 0',
      'tieline_carrier_state{carrier="simulated",state="up"} 1',
      'tieline_carrier_events_total{carrier="far",event="accepted",code=""} 1',
      'tieline_carrier_events_total{carrier="far",event="later",code=""} 1',
      'tieline_carrier_events_total{carrier="far",event="refused",code="30007"} 1',
      'tieline_carrier_answer_seconds_count{carrier="far"} 3',
    ]) {
      assert.ok(text.includes(`${line}\n`), line);
    }
  });

  test("is on the operators' page, with the routes and a dry run that says why", async () => {
    await using app = await testApp({ engine });
    const operator = await aPerson(app, null, { is_operator: true });
    const browser = await signedIn(app, operator);
    const path = '/console/platform/carriers';
    assert.match((await browser.get(path)).text, /has no carriers file/);
    const account = await app.anAccount();
    await aNumber(app, account);
    await using _far = await httpFarSide(app, () => ({ status: 202 }));
    const page = unescaped((await browser.get(path)).text);
    assert.match(page, /far[\s\S]*Not asked yet/);
    const asked = `${path}?${new URLSearchParams({ to: '+493012345678', from: OURS }).toString()}`;
    const answer = unescaped((await browser.get(asked)).text).replaceAll(/\s+/g, ' ');
    assert.match(
      answer,
      /A message to \+493012345678 goes to <strong>far<\/strong>: routes\.messages/,
    );
    assert.match(
      answer,
      /A call to \+493012345678 goes to <strong>simulated<\/strong>: development/,
    );
  });
});
