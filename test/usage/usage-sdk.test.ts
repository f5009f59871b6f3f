import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CATEGORIES } from '../../src/usage/category.ts';
import { assertRefused, sdk, sidsOf } from '../conformance/sdk-world.ts';
import {
  connectLogin,
  type Login,
  loginOf,
  onEveryEngine,
  type TestApp,
  testApp,
} from '../support/test-app.ts';
import {
  aStory,
  assertRecords,
  BEGIN,
  checkedSdk,
  DAY,
  dateOf,
  EVERYBODY,
  LISTS,
  type List,
  listOf,
  NOW,
  periodsOf,
  recordOf,
  type Story,
  TODAY,
  tokenOf,
} from './usage-sdk-story.ts';

onEveryEngine('usage by the official SDK', (engine) => {
  test('has the same sums in each of the nine lists, with every parameter', async () => {
    await using app = await testApp({ engine, now: BEGIN });
    const { origin, main, sids } = await aStory(app);
    const client = checkedSdk(origin, loginOf(main));
    await assertRecords(client, { account_sid: sids.main, whose: EVERYBODY });
    await assertRecords(
      client,
      { account_sid: sids.main, whose: EVERYBODY },
      { includeSubaccounts: true },
    );
    await assertRecords(
      client,
      { account_sid: sids.main, whose: ['main'] },
      { includeSubaccounts: false },
    );
    const leap = { startDate: new Date('2028-02-01'), endDate: new Date('2028-02-29') };
    await assertRecords(client, { account_sid: sids.main, whose: EVERYBODY }, leap, [
      '2028-02-01',
      '2028-02-29',
    ]);
    const odd = { startDate: new Date('2026-12-31'), endDate: new Date('2028-01-31') };
    await assertRecords(client, { account_sid: sids.main, whose: EVERYBODY }, odd, [
      '2026-12-31',
      '2028-01-31',
    ]);
    // The SDK passes on any text in a parameter of type date.
    const offsets = { startDate: '-3days', endDate: '-1day' };
    await assertRecords(client, { account_sid: sids.main, whose: EVERYBODY }, offsets, [
      '2028-02-28',
      '2028-03-01',
    ]);
  });

  test('has a row for every category once, in pages of any size', async () => {
    await using app = await testApp({ engine, now: BEGIN });
    const { origin, main, sids } = await aStory(app);
    const client = checkedSdk(origin, loginOf(main));
    const names = [...CATEGORIES.keys()];
    for (const name of Object.keys(LISTS) as List[]) {
      const days = periodsOf(name, '2028-02-28', TODAY);
      const range = { startDate: new Date('2028-02-28') };
      const found = await listOf(client, name).list({ ...range, pageSize: 1_000 });
      const expected = days.flatMap((period) =>
        names.map((category) =>
          recordOf(name, { account_sid: sids.main, whose: EVERYBODY }, category, period),
        ),
      );
      assert.deepEqual(
        found.map((record) => record.toJSON()),
        expected,
        name,
      );
    }
    const { daily } = client.usage.records;
    const few = { category: 'sms', pageSize: 7 };
    const whole = await daily.list({ category: 'sms' });
    assert.equal(whole.length, 429);
    assert.deepEqual(await daily.list(few), whole);
    assert.deepEqual(await daily.list({ ...few, limit: 20 }), whole.slice(0, 20));
    const first = await daily.page(few);
    const second = await first.nextPage();
    const third = await second?.nextPage();
    assert.deepEqual(third?.instances, whole.slice(14, 21));
    assert.deepEqual((await third?.previousPage())?.instances, whole.slice(7, 14));
    const reopened = await daily.getPage(third?.nextPageUrl ?? '');
    assert.deepEqual(reopened.instances, whole.slice(21, 28));
  });

  test('meets no day twice when midnight comes between two pages', async () => {
    await using app = await testApp({ engine, now: BEGIN });
    const { origin, main } = await aStory(app);
    const client = checkedSdk(origin, loginOf(main));
    for (const [name, days] of [
      ['daily', 1],
      ['monthly', 31],
      ['yearly', 366],
    ] as const) {
      const list = listOf(client, name);
      const dates = (page: { instances: readonly { startDate: Date; category: string }[] }) =>
        page.instances.map(
          ({ startDate, category }) => `${dateOf(startDate.getTime())} ${category}`,
        );
      const first = await list.page({ pageSize: 700 });
      app.advance(days * DAY);
      const second = await first.nextPage();
      assert.ok(second);
      const met = [...dates(first), ...dates(second)];
      assert.equal(new Set(met).size, met.length, 'a row that was shown already');
      const third = await second.nextPage();
      const back = await third?.previousPage();
      assert.deepEqual(back && dates(back), dates(second));
    }
  });

  test('is shown to callers who may see the account, and to nobody else', async () => {
    await using app = await testApp({ engine, now: BEGIN });
    const story = await aStory(app);
    const { origin, main, developer, grant, sids } = story;
    const guest = connectLogin(grant, developer);
    await assertRecords(checkedSdk(origin, loginOf(main), sids.sub), {
      account_sid: sids.sub,
      whose: ['sub'],
    });
    const ofSub = { username: sids.sub, password: await tokenOf(app, sids.sub, main) };
    await assertRecords(checkedSdk(origin, ofSub), { account_sid: sids.sub, whose: ['sub'] });
    await assertRecords(checkedSdk(origin, guest), { account_sid: sids.sub, whose: ['sub'] });
    await assertRecords(checkedSdk(origin, guest, sids.other), {
      account_sid: sids.other,
      whose: ['other'],
    });
    const whole = checkedSdk(origin, guest, sids.main);
    await assertRecords(whole, { account_sid: sids.main, whose: EVERYBODY });
    await assertRecords(
      whole,
      { account_sid: sids.main, whose: ['main'] },
      { includeSubaccounts: false },
    );
    const key = await app.aKey(main, 'standard');
    await assertRecords(checkedSdk(origin, key, sids.main), {
      account_sid: sids.main,
      whose: EVERYBODY,
    });
    await assertOthersRefused(app, story);
  });

  test('is watched by triggers that an app makes, finds, changes and deletes', async () => {
    await using app = await testApp({ engine, now: BEGIN });
    const { origin, main, developer, grant, sids } = await aStory(app);
    const { triggers } = checkedSdk(origin, connectLogin(grant, developer)).usage;
    const callbackUrl = 'https://hook:pass-word@example.com/fired';
    const made = await triggers.create({ callbackUrl, triggerValue: '+2.5', usageCategory: 'sms' });
    assert.deepEqual(
      [made.accountSid, made.triggerValue, made.currentValue, made.dateFired],
      [sids.sub, '20.5', '18', null],
    );
    const monthly = await triggers.create({
      callbackUrl: 'https://example.com/fired',
      callbackMethod: 'GET',
      friendlyName: 'Much',
      recurring: 'monthly',
      triggerBy: 'price',
      triggerValue: '0.0474',
      usageCategory: 'totalprice',
    });
    assert.equal(monthly.dateFired?.getTime(), NOW, 'it is reached, to the millionth');
    assert.equal(monthly.usageRecordUri.split('/').at(-1), 'ThisMonth.json?Category=totalprice');
    assert.deepEqual(sidsOf(await triggers.list({ pageSize: 1 })), [monthly.sid, made.sid]);
    for (const [filter, sid] of [
      [{ recurring: 'monthly' }, monthly.sid],
      [{ recurring: 'alltime' }, made.sid],
      [{ triggerBy: 'usage' }, made.sid],
      [{ usageCategory: 'totalprice' }, monthly.sid],
    ] as const) {
      assert.deepEqual(sidsOf(await triggers.list(filter)), [sid], JSON.stringify(filter));
    }
    const changed = await triggers(made.sid).update({ friendlyName: 'More', callbackUrl });
    assert.equal(changed.friendlyName, 'More');

    // An app sees no password of anybody. The account sees its own URL in full.
    const ofMain = checkedSdk(origin, loginOf(main));
    const kept = { callbackUrl, triggerValue: '1', usageCategory: 'mms' };
    const { sid } = await ofMain.usage.triggers.create(kept);
    const seen = checkedSdk(origin, connectLogin(grant, developer), sids.main).usage.triggers;
    const shown = [made, changed, await triggers(made.sid).fetch(), await seen(sid).fetch()];
    shown.push(...(await seen.list()), ...(await triggers.list({ usageCategory: 'sms' })));
    for (const one of shown) assert.equal(one.callbackUrl, 'https://hook@example.com/fired');
    assert.equal((await ofMain.usage.triggers(sid).fetch()).callbackUrl, callbackUrl);

    await assertRefused(seen(sid).update({ friendlyName: 'Mine' }), 403, 20403);
    await assertRefused(seen(sid).remove(), 403, 20403);
    assert.equal(await triggers(made.sid).remove(), true);
    await assertRefused(triggers(made.sid).fetch(), 404, 20404);
    await assertRefused(triggers(made.sid).remove(), 404, 20404);
  });
});

/** An app without get-all sees its own subaccount only, and a stranger nothing. */
async function assertOthersRefused(app: TestApp, { origin, main, sids }: Story): Promise<void> {
  const stranger = await app.anAccount();
  const writer = await app.aConnectApp(stranger, { permissions: ['post-all'] });
  const writing = connectLogin(await app.aGrant(writer, main), stranger);
  const fields = { category: 'sms' };
  for (const name of Object.keys(LISTS) as List[]) {
    const of = (login: Login, account_sid: string) =>
      listOf(sdk(origin, login, account_sid), name).list(fields);
    await assertRefused(of(writing, sids.main), 401, 20003);
    await assertRefused(of(writing, sids.sub), 401, 20003);
    assert.equal((await of(writing, writing.username)).length, 1, name);
    await assertRefused(of(loginOf(stranger), sids.main), 401, 20003);
    await assertRefused(of({ ...loginOf(stranger), username: sids.sub }, sids.sub), 401, 20003);
  }
}
