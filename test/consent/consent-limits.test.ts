import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY_MS, dayOf } from '../../src/kit/day.ts';
import { unescaped } from '../support/browser.ts';
import { aStage, grantOf, type Stage } from '../support/consent-stage.ts';
import { aNumber, THEIRS } from '../support/messages.ts';
import { connectLogin, onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';

const CHOICES = { limit: '25', amount: '', countries: 'any', until: 'never', ends: '' };

async function choose(stage: Stage, entries: Record<string, string | readonly string[]>) {
  const page = await stage.browser.get(`${stage.path}?state=42`);
  return stage.browser.submit(page, stage.path, { answer: 'authorize', ...CHOICES, ...entries });
}

async function limitsOf(app: TestApp, stage: Stage) {
  const { monthly_limit_micro, countries, date_ends } = (await grantOf(app, stage)) ?? {};
  return { monthly_limit_micro, countries, date_ends };
}

/** Whether a radio button or a box of a page is chosen. */
function isChosen(page: { readonly text: string }, name: string, value: string): boolean {
  const inputs = [...page.text.matchAll(/<input type="(?:radio|checkbox)"[^>]*>/g)].map(String);
  const input = inputs.find((one) => one.includes(`name="${name}" value="${value}"`));
  assert.ok(input, `${name} offers ${value}`);
  return /\bchecked\b/.test(input);
}

onEveryEngine('the limits on the consent page', (engine) => {
  test('are $50 a month and the countries of the own numbers, and one click leaves them open', async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app);
    const first = await stage.browser.get(stage.path);
    assert.ok(isChosen(first, 'limit', '50') && isChosen(first, 'countries', 'any'));
    await aNumber(app, stage.customer);
    const second = await stage.browser.get(stage.path);
    assert.ok(isChosen(second, 'countries', 'US') && isChosen(second, 'until', 'never'));
    await stage.browser.submit(second, stage.path, {
      answer: 'authorize',
      ...CHOICES,
      limit: '50',
      countries: 'US',
    });
    assert.deepEqual(await limitsOf(app, stage), {
      monthly_limit_micro: 50_000_000,
      countries: 'US',
      date_ends: null,
    });
    assert.equal((await choose(stage, { limit: 'none' })).status, 303);
    assert.deepEqual(await limitsOf(app, stage), {
      monthly_limit_micro: null,
      countries: null,
      date_ends: null,
    });
  });

  test('hold in the transaction that spends, and the app reads the one that it reached', async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app);
    const done = await choose(stage, {
      limit: 'other',
      amount: '$0.01',
      countries: 'pick',
      country: ['US'],
      more_countries: 'Germany, fr',
      until: '90',
    });
    assert.equal(done.status, 303, done.text);
    const grant = await grantOf(app, stage);
    assert.ok(grant);
    const ends = (dayOf(app.app.now()) + 91) * DAY_MS;
    assert.deepEqual(await limitsOf(app, stage), {
      monthly_limit_micro: 10_000,
      countries: 'DE FR US',
      date_ends: ends,
    });
    const { phone_number: From } = await aNumber(app, { sid: grant.subaccount_sid });
    const login = connectLogin(grant, stage.developer);
    const send = (To: string) =>
      app.post(`/2010-04-01/Accounts/${grant.subaccount_sid}/Messages.json`, login, {
        To,
        From,
        Body: 'Hello',
      });
    const reasonOf = async (To: string) => {
      const { status, text, headers } = await send(To);
      assert.equal(status, 403, text);
      return headers['tieline-reason'] ?? '';
    };
    assert.match(await reasonOf('+525512345678'), /country="MX"/);
    assert.equal((await send(THEIRS)).status, 201);
    assert.match(await reasonOf(THEIRS), /limit="0\.01", spent="/);
    app.advance(ends - app.app.now());
    assert.match(await reasonOf(THEIRS), /expired=/);
  });

  test('name the field with a wrong entry, lose nothing, and grant nothing', async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app, { authorize_redirect_url: 'https://app.example.com/back' });
    const other = { limit: 'other', until: '365', countries: 'pick', country: ['DE'] };
    const wrong: [Record<string, string>, string, RegExp][] = [
      [{ amount: '0' }, 'amount', /must be more than 0/],
      [{ amount: '-5' }, 'amount', /must be more than 0/],
      [{ amount: '1000000000000000' }, 'amount', /must be at most 100,000,000/],
      [{ amount: 'abc' }, 'amount', /with a point before the cents/],
      [{ amount: '' }, 'amount', /with a point before the cents/],
      [{ amount: '75,50' }, 'amount', /with a point before the cents/],
      [{ amount: '75', until: 'date', ends: '2020-01-01' }, 'ends', /today or a day to come/],
      [{ amount: '75', until: 'date', ends: '31.12.2030' }, 'ends', /must be a day such as/],
      [{ amount: '75', until: 'date', ends: '9999-12-31' }, 'ends', /before the year 3000/],
      [
        { amount: '75', more_countries: 'Atlantis <b>' },
        'more_countries',
        /“Atlantis <b>” is none/,
      ],
    ];
    for (const [entries, field, rule] of wrong) {
      const page = await stage.browser.get(`${stage.path}?state=kept`);
      const form = { answer: 'authorize', ...CHOICES, ...other, ...entries };
      const refused = await stage.browser.submit(page, stage.path, form);
      assert.equal(refused.status, 400, JSON.stringify(entries));
      assert.match(unescaped(refused.text), rule);
      assert.match(refused.text, new RegExp(`id="${field}"[^>]*aria-invalid="true"`));
      assert.ok(isChosen(refused, 'limit', 'other') && isChosen(refused, 'country', 'DE'));
      assert.ok(isChosen(refused, 'until', entries['until'] ?? '365'));
      assert.equal(await grantOf(app, stage), undefined);
      if (entries !== wrong.at(-1)?.[0]) continue;
      const mended = await stage.browser.submit(refused, stage.path, {
        ...form,
        more_countries: 'mexico',
      });
      assert.match(mended.location ?? '', /state=kept/, 'the state outlives the error');
    }
    assert.equal((await limitsOf(app, stage)).countries, 'DE MX');
    const page = await stage.browser.get(stage.path);
    assert.ok(isChosen(page, 'limit', 'other') && isChosen(page, 'country', 'MX'));
    assert.ok(isChosen(page, 'until', 'date'), 'the page begins with the limits that stand');
    const denied = await stage.browser.submit(page, stage.path, { answer: 'deny', amount: 'abc' });
    assert.equal(denied.status, 303, 'a wrong amount stops nobody from denying');
  });

  test('survive a double click and an authorisation without them', async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app);
    const page = await stage.browser.get(`${stage.path}?state=42`);
    const form = {
      answer: 'authorize',
      ...CHOICES,
      limit: '100',
      until: 'date',
      ends: '2031-05-06',
    };
    const clicks = [0, 1].map(() => stage.browser.submit(page, stage.path, form));
    const [first, again] = await Promise.all(clicks);
    assert.deepEqual([first?.status, again?.location], [303, first?.location]);
    const ends = Date.UTC(2031, 4, 7);
    const stands = { monthly_limit_micro: 100_000_000, countries: null, date_ends: ends };
    assert.deepEqual(await limitsOf(app, stage), stands);

    await app.control('POST', '/authorize', {
      connect_app_sid: stage.connect_app.sid,
      account_sid: stage.customer.sid,
    });
    assert.deepEqual(await limitsOf(app, stage), stands, 'the control API leaves them alone');
  });
});
