import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SPARE_LANE } from '../../src/db/write-queue.ts';
import { FORM_TOKEN } from '../../src/http/pages/page-routes.ts';
import { ROUTES } from '../../src/routes.ts';
import { formTokenOf, signedIn } from '../support/browser.ts';
import { aConsoleWorld, addressOf, PAGES } from '../support/console-world.ts';
import { aNumber, pass, receive, send } from '../support/messages.ts';
import { aTenant, pathOf, validForm } from '../support/tenant.ts';
import { loginOf, onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';

/** Watches the lanes of an app's writes. @returns those since the last look */
function watchLanes({ app }: TestApp): () => string[] {
  const { database } = app;
  const write: typeof database.write = database.write.bind(database);
  let lanes: string[] = [];
  database.write = (deed, lane = '') => {
    if (lane !== SPARE_LANE) lanes.push(lane);
    return write(deed, lane);
  };
  return () => {
    const seen = lanes;
    lanes = [];
    return seen;
  };
}

onEveryEngine('a write waits in the lane of the main account', (engine) => {
  test('at every endpoint of the API, for a subaccount too', async () => {
    await using app = await testApp({ engine });
    const tenant = await aTenant(app);
    const subaccount = await app.aSubaccount(tenant.account);
    const lanesNow = watchLanes(app);
    let writes = 0;
    for (const account of [tenant.account, subaccount]) {
      for (const endpoint of ROUTES.endpoints.filter(({ method }) => method !== 'GET')) {
        const form = endpoint.method === 'POST' ? validForm(endpoint) : undefined;
        const path = pathOf(endpoint, { ...tenant, account });
        const login = loginOf(account);
        await app.request(endpoint.method, path, { login, ...(form && { form }) });
        const lanes = lanesNow();
        const others = lanes.filter((lane) => lane !== tenant.account.sid);
        assert.deepEqual(others, [], `${endpoint.method} ${endpoint.path}`);
        writes += lanes.length;
      }
    }
    assert.ok(writes > ROUTES.endpoints.length / 2, `${writes} writes`);
  });

  test('at every call of the control API', async () => {
    await using app = await testApp({ engine });
    const world = await aConsoleWorld(app);
    const { account, subaccount, connect_app } = world;
    const { phone_number: to } = await aNumber(app, subaccount);
    const connect_app_sid = connect_app.sid;
    const of = { account_sid: subaccount.sid };
    const call = { to, from: '+14155550177' };
    /** The path and the input of each call that writes; null: the platform's own. */
    const wanted: Record<string, readonly [path: string, input: unknown] | null> = {
      ControlCreateAccount: ['', { friendly_name: 'New', owner_account_sid: account.sid }],
      ControlUpgradeAccount: [subaccount.sid, {}],
      ControlCreateConnectApp: ['', { ...of, friendly_name: 'An app', company_name: 'A company' }],
      ControlAuthorize: ['', { ...of, connect_app_sid }],
      ControlDeny: ['', { ...of, connect_app_sid }],
      ControlDeauthorize: ['', { ...of, connect_app_sid }],
      ControlReplayDelivery: [world.delivery_sid, {}],
      ControlMeterUsage: ['', { ...of, category: 'sms', key: 'one' }],
      ControlReceiveMessage: ['', call],
      ControlReceiveCall: ['', call],
      ControlCreateMessagingService: ['', of],
      ControlCreatePhoneNumber: ['', { ...of, phone_number: '+14155550178' }],
      ControlLimitGrant: ['', { ...of, connect_app_sid, monthly_limit: null }],
      ControlLimitAccount: [subaccount.sid, { balance_floor: null }],
      ControlCreditBalance: [account.sid, { amount: '1', reason: 'A gift', key: 'one' }],
      ControlDeleteConnectApp: [connect_app_sid, {}],
      ControlImportNumbers: null,
      ControlSetRate: null,
      ControlDeleteSnapshot: null,
    };
    const lanesNow = watchLanes(app);
    const writing = ROUTES.control.filter(({ handle }) => 'writes' in handle);
    assert.deepEqual(writing.map(({ id }) => id).toSorted(), Object.keys(wanted).toSorted());
    for (const [id, given] of Object.entries(wanted)) {
      const endpoint = writing.find((one) => one.id === id);
      if (!given || !endpoint) continue;
      const [sid, input] = given;
      const path = endpoint.path.replace('/_tieline', '').replace(':Sid', sid);
      const { status, text } = await app.control(endpoint.method, path, input);
      assert.deepEqual(lanesNow(), [account.sid], `${id}: ${status} ${text}`);
    }
  });

  test('at every form of the console about an account', async () => {
    await using app = await testApp({ engine });
    const world = await aConsoleWorld(app);
    const browser = await signedIn(app, world.operator);
    const token = formTokenOf(await browser.get(`/console/${world.account.sid}`));
    const lanesNow = watchLanes(app);
    let writes = 0;
    for (const page of PAGES) {
      const isOfAccount = page.who === 'account' || page.path.includes('/platform/accounts/:Sid');
      if (!page.submit || !isOfAccount) continue;
      await browser.post(addressOf(page, world), { [FORM_TOKEN]: token });
      const lanes = lanesNow();
      assert.deepEqual(
        lanes.filter((lane) => lane !== world.account.sid),
        [],
        page.path,
      );
      writes += lanes.length;
    }
    assert.ok(writes > 5, `${writes} writes`);
  });

  test('at every step of a message that the workers take', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const subaccount = await app.aSubaccount(account);
    await aNumber(app, subaccount);
    const lanesNow = watchLanes(app);
    await send(app, subaccount);
    await receive(app);
    assert.deepEqual(lanesNow(), [account.sid, account.sid]);
    await pass(app);
    const lanes = lanesNow();
    // Workers claim due tasks and webhooks of all accounts together.
    assert.deepEqual([...new Set(lanes)].toSorted(), ['', account.sid]);
    assert.equal(lanes.filter((lane) => lane === account.sid).length, 3);
  });
});
