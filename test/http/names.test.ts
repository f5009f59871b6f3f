import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { z } from 'zod';
import { readFactorName } from '../../src/people/factors/second-factor.ts';
import { readName } from '../../src/people/person.ts';
import { ROUTES } from '../../src/routes.ts';
import { aPerson, Browser, formTokenOf, signedIn } from '../support/browser.ts';
import { aStory, create, FORM, wordsOf } from '../support/connect-app-story.ts';
import { loginOf, onEveryEngine, testApp } from '../support/test-app.ts';

/** Names in scripts that run from right to left, and with emoji of several characters. */
const GOOD = [
  'Café №1',
  'עברית',
  'شركة الاتصالات',
  'می‌خواهم', // with the joiner that Persian writes between letters
  '👩🏽‍🚒',
  '🏴󠁧󠁢󠁥󠁮󠁧󠁿',
  '❤️',
  'नमस्ते',
  'e\u0301',
  '日本',
  '☎',
];
const TURNING = [
  '\u202Eeman',
  'a\u202Ab',
  'a\u202B',
  'a\u202C',
  'a\u202D',
  'a\u2066',
  'a\u2067',
  'a\u2068b\u2069',
  '\u200Ea',
  'a\u200F',
  'a\u061C',
];
const UNSEEN = [
  ' ',
  '\t',
  '\u00A0',
  '\u3000',
  '\u200B',
  '\u2060\uFEFF',
  '\u00AD',
  '\u115F\u1160',
  '\u3164',
  '\uFFA0',
  '\u2800',
  '\u200D\uFE0F',
  '\u0301',
  '\u2028',
  '\uE000',
  '\u{E0001}\u{E0067}',
];

const NAMES = /^(FriendlyName|CompanyName|friendly_name|company_name|caller_name)$/;

/** Every field of the APIs that holds a name. */
function namesOfApis(): (readonly [where: string, name: string, field: z.ZodType])[] {
  const api = ROUTES.endpoints
    .filter(({ method }) => method === 'POST')
    .map(({ id, input }) => [id, input] as const);
  const control = ROUTES.control.map(({ id, input }) => [id, input] as const);
  return [...api, ...control].flatMap(([id, input]) =>
    input instanceof z.ZodObject
      ? Object.entries(input.shape)
          .filter(([name]) => NAMES.test(name))
          .map(([name, field]) => [id, name, field as z.ZodType] as const)
      : [],
  );
}

const ruleOf = (field: z.ZodType, value: string) =>
  field.safeParse(value).error?.issues[0]?.message ?? null;

suite('a name', () => {
  test('may be of any script, but cannot turn the writing or be invisible, in every API', () => {
    const fields = namesOfApis();
    assert.ok(fields.length > 15, String(fields.length));
    for (const [where, name, field] of fields) {
      const at = `${name} of ${where}`;
      for (const good of GOOD) assert.equal(ruleOf(field, good), null, `${at}: ${good}`);
      for (const bad of TURNING) {
        assert.match(ruleOf(field, bad) ?? '', /^must not hold characters that set the dir/, at);
      }
      for (const bad of UNSEEN) {
        assert.match(ruleOf(field, bad) ?? '', /^must hold something that can be seen/, at);
      }
    }
  });

  test('of a person or of a second factor has the same rules', () => {
    for (const good of GOOD) {
      assert.equal(readName(good), good.normalize('NFC'));
      assert.equal(readFactorName(good, ''), good);
    }
    for (const bad of TURNING) {
      assert.throws(() => readName(bad), /^Error: Name must not hold/);
      assert.throws(() => readFactorName(bad, ''), /^Error: Name must not hold/);
    }
    for (const bad of UNSEEN) {
      assert.throws(() => readName(bad), /^Error: Name must /, JSON.stringify(bad));
      if (bad.trim() === '') assert.equal(readFactorName(bad, 'A phone'), 'A phone');
      else assert.throws(() => readFactorName(bad, ''), /^Error: Name must /, JSON.stringify(bad));
    }
  });
});

onEveryEngine('a name that can mislead', (engine) => {
  test('is refused by one sentence that names the parameter and the rule', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const { sid } = await app.aConnectApp(account, { friendly_name: 'Counter' });
    const path = `/2010-04-01/Accounts/${account.sid}/ConnectApps/${sid}.json`;
    for (const [form, message] of [
      [
        { FriendlyName: 'Bank\u202Eecnuob' },
        'FriendlyName must not hold characters that set the direction of writing, such as U+202E',
      ],
      [{ CompanyName: '\u3000\u200B' }, 'CompanyName must hold something that can be seen'],
    ] as const) {
      const { status, json } = await app.post(path, loginOf(account), form);
      assert.deepEqual([status, json.code, json.message], [400, 20001, message]);
    }
    for (const name of GOOD) {
      const { json } = await app.post(path, loginOf(account), { FriendlyName: name });
      assert.equal(json.friendly_name, name);
    }
    // A filter finds a name that an earlier version accepted.
    const list = `/2010-04-01/Accounts.json?FriendlyName=${encodeURIComponent('\u202Ex')}`;
    assert.equal((await app.get(list, loginOf(account))).status, 200);
  });

  test('is refused in the forms of the console and at the sign-up', async () => {
    await using story = await aStory(engine);
    const { app, browser, list, owner } = story;
    const made = await create(story, { ...FORM, FriendlyName: '\u202Eeman' });
    assert.equal(made.status, 400);
    assert.match(wordsOf(made), /Friendly name must not hold characters that set the direction/);
    const unseen = await create(story, { ...FORM, CompanyName: '\u3164' });
    assert.match(wordsOf(unseen), /Company name must hold something that can be seen/);
    assert.doesNotMatch((await browser.get(list)).text, /eman|Counter/);

    const home = `/console/${owner.sid}`;
    for (const page of [`${home}/rename`, `${home}/subaccounts/new`, `${home}/keys/new`]) {
      const form = { form_token: formTokenOf(await browser.get(page)), FriendlyName: 'a\u202E' };
      const { status, text } = await browser.post(page, form);
      assert.equal(status, 400, page);
      assert.match(text, /must not hold characters that set the direction/, page);
    }
    const operator = await signedIn(app, await aPerson(app, owner, { is_operator: true }));
    const page = '/console/platform/accounts/new';
    const form = { form_token: formTokenOf(await operator.get(page)), Type: 'Full' };
    const refused = await operator.post(page, { ...form, FriendlyName: '\u200B' });
    assert.equal(refused.status, 400);
    assert.match(refused.text, /must hold something that can be seen/);

    const stranger = new Browser(app);
    const form_token = formTokenOf(await stranger.get('/signup'));
    const person = { Email: 'ann@example.com', Password: 'seven purple kettles' };
    const signUp = await stranger.post('/signup', { form_token, ...person, Name: '\u115F\u1160' });
    assert.equal(signUp.status, 400);
    assert.match(wordsOf(signUp), /Name must hold something that can be seen/);
  });
});
