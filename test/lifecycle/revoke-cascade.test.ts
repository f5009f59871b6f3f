import assert from 'node:assert/strict';
import { test } from 'node:test';
import twilio from 'twilio';
import { fetchAccount } from '../../src/accounts/account-store.ts';
import { createApiKey } from '../../src/accounts/create-api-key.ts';
import { act } from '../../src/audit/act.ts';
import type { Grant } from '../../src/authorizations/grant.ts';
import type { ConnectApp } from '../../src/connect-apps/connect-app.ts';
import type { Endpoint } from '../../src/http/endpoint.ts';
import { changeAccountStatus } from '../../src/lifecycle/change-account-status.ts';
import { ROUTES } from '../../src/routes.ts';
import { listDeliveries } from '../../src/webhooks/delivery-store.ts';
import { enqueueWebhook } from '../../src/webhooks/enqueue-webhook.ts';
import { listAuditEvents } from '../support/audit-log.ts';
import { aService } from '../support/messages.ts';
import { validForm } from '../support/tenant.ts';
import {
  connectLogin,
  type Login,
  loginOf,
  onEveryEngine,
  START_OF_TIME,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';
import { assertAllStopped, madeBy, STILL_ACTIVE } from './still-active.ts';

const TOMORROW = {
  ScheduleType: 'fixed',
  SendAt: new Date(START_OF_TIME + 24 * 60 * 60_000).toISOString(),
};

/** A form with every parameter of the endpoint that makes something act by itself. */
function wholeForm(endpoint: Endpoint, sids: Map<string, string>): Record<string, string> {
  const form = validForm(endpoint);
  for (const name of Object.keys(endpoint.input.shape)) {
    if (/Url$|StatusCallback$/.test(name)) form[name] = 'http://localhost:1/of-the-app';
    if (name === 'SendAt') Object.assign(form, TOMORROW);
    if (name === 'From' && 'SendAt' in endpoint.input.shape) form[name] = '';
    const prefix = { ConnectionPolicySid: 'NY', MessagingServiceSid: 'MG' }[name];
    if (prefix !== undefined) form[name] = sids.get(prefix) ?? '';
  }
  return form;
}

function answerCalls({ app }: TestApp): Promise<unknown> {
  const status = 'in-progress';
  return app.database.write((tx) => tx.updateTable('calls').set({ status }).execute());
}

/** Calls, as the app, every endpoint that makes something. @returns the permitted paths */
async function makeEverything(app: TestApp, grant: Grant, login: Login): Promise<string[]> {
  const service = await aService(app, { sid: grant.subaccount_sid }, {});
  const sids = new Map([
    ['AC', grant.subaccount_sid],
    ['MG', service.sid],
  ]);
  const used: string[] = [];
  for (const endpoint of ROUTES.endpoints) {
    if (endpoint.kind !== 'create') continue;
    const path = endpoint.path
      .replace(':AccountSid', grant.subaccount_sid)
      .replace(':ConnectionPolicySid', sids.get('NY') ?? '')
      .replace(':CallSid', sids.get('CA') ?? '');
    // Only an answered call can be recorded.
    if (endpoint.path.includes(':CallSid')) await answerCalls(app);
    assert.ok(!path.includes(':'), `this test does not know ${endpoint.path}`);
    const suffix = path.startsWith('/v1/') ? '' : '.json';
    const reply = await app.post(path + suffix, login, wholeForm(endpoint, sids));
    if (reply.status === 403) continue;
    assert.equal(reply.status, 201, `${endpoint.path}: ${reply.text}`);
    sids.set(String(reply.json.sid).slice(0, 2), reply.json.sid);
    used.push(endpoint.path);
  }
  return used;
}

/** Makes the rows that could carry a grant although the API lets no app make them today. */
async function makeTheRest({ app }: TestApp, grant: Grant): Promise<void> {
  const actor = { kind: 'connect_app', sid: grant.connect_app_sid, grant_sid: grant.sid } as const;
  await act(app, actor, async (doing) => {
    const account_sid = grant.subaccount_sid;
    const of_account = { account_sid, root_sid: grant.account_sid };
    await createApiKey(doing, { ...of_account, friendly_name: null, kind: 'standard' });
    await enqueueWebhook(doing, {
      ...of_account,
      signing_account_sid: account_sid,
      kind: 'deauthorize',
      url: 'http://localhost:1/of-the-app',
      method: 'POST',
      body_kind: 'form',
      payload: {},
      retry: 'long',
    });
  });
}

interface Loop {
  readonly owner: TestAccount;
  readonly customer: TestAccount;
  readonly connect_app: ConnectApp;
  readonly grant: Grant;
}

async function aLoop(app: TestApp, options: Partial<ConnectApp> = {}): Promise<Loop> {
  const owner = await app.anAccount();
  const customer = await app.anAccount();
  const { deauthorize_callback_url = null, deauthorize_callback_method = 'POST' } = options;
  const urls = { deauthorize_callback_url, deauthorize_callback_method };
  const connectApp = await app.aConnectApp(owner, urls);
  const grant = await app.aGrant(connectApp, customer);
  return { owner, customer, connect_app: connectApp, grant };
}

function bothOf({ connect_app, customer }: Loop) {
  return { connect_app_sid: connect_app.sid, account_sid: customer.sid };
}

onEveryEngine('a revoke', (engine) => {
  test('stops everything that the app can make, and a new grant restarts none of it', async () => {
    await using app = await testApp({ engine });
    const loop = await aLoop(app);
    const { customer, grant, owner } = loop;
    const used = await makeEverything(app, grant, connectLogin(grant, owner));
    assert.ok(used.includes('/v1/ConnectionPolicies/:ConnectionPolicySid/Targets'));
    await makeTheRest(app, grant);
    const before = await madeBy(app, grant);
    assert.deepEqual(new Set(before.keys()), new Set(Object.keys(STILL_ACTIVE)));

    // The customer's own things go on.
    const own = { username: grant.subaccount_sid, password: '' };
    const path = `/2010-04-01/Accounts/${grant.subaccount_sid}.json`;
    own.password = (await app.get(path, loginOf(customer))).json.auth_token;
    const { json: policy } = await app.post('/v1/ConnectionPolicies', own, {});
    const targets = `/v1/ConnectionPolicies/${policy.sid}/Targets`;
    await app.post(targets, own, { Target: 'sip:own.example.com' });
    const voice = { VoiceUrl: 'https://own.example.com/', ConnectionPolicySid: policy.sid };
    const { json: trunk } = await app.post('/v1/ByocTrunks', own, voice);

    assert.equal((await app.control('POST', '/deauthorize', bothOf(loop))).status, 200);
    await assertAllStopped(app, grant);
    assert.equal((await app.get(targets, own)).json.targets[0].enabled, true);
    assert.deepEqual((await app.get(`/v1/ByocTrunks/${trunk.sid}`, own)).json, trunk);

    const events = await listAuditEvents(app.app.database.db, customer.sid, 100);
    const revoked = events.find(({ action }) => action === 'grant.revoked');
    assert.deepEqual(JSON.parse(revoked?.detail ?? ''), {
      cause: 'revoked',
      connect_app_sid: grant.connect_app_sid,
      subaccount_sid: grant.subaccount_sid,
      stopped: {
        targets: 1,
        trunks: 1,
        triggers: 1,
        numbers: 4,
        messages: 1,
        recordings: 1,
        transcriptions: 0,
        calls: { ended: 1, muted: 0 },
        api_keys: 1,
        deliveries: 2,
        cookies: 0,
      },
      delivery_sid: null,
    });

    await app.control('POST', '/authorize', bothOf(loop));
    await assertAllStopped(app, grant);
    assert.deepEqual(await app.deliver(), { tried: 0, delivered: 0 });
    const [cancelled] = await listDeliveries(app.app.database.db, { state: 'cancelled' }, 1);
    const replay = await app.control('POST', `/deliveries/${cancelled?.sid}/replay`);
    assert.equal(replay.status, 409);
    assert.match(replay.json.error, /was cancelled.*The grant .* was revoked\.$/);
  });

  test('is reported to the app by its chosen method, signed with its owner’s token', async () => {
    await using app = await testApp({ engine });
    await using receiver = await webhookReceiver();
    for (const method of ['GET', 'POST'] as const) {
      const url = `${receiver.origin}/gone?from=tieline`;
      const loop = await aLoop(app, {
        deauthorize_callback_url: url,
        deauthorize_callback_method: method,
      });
      const { connect_app, grant, owner } = loop;
      const { json } = await app.control('POST', '/deauthorize', bothOf(loop));
      assert.deepEqual(await app.deliver(), { tried: 1, delivered: 1 });
      const request = receiver.received.at(-1);
      assert.equal(request?.method, method);
      const told = { AccountSid: grant.subaccount_sid, ConnectAppSid: connect_app.sid };
      const form = Object.fromEntries(new URLSearchParams(request.body));
      const { searchParams } = new URL(request.url);
      if (method === 'POST') assert.deepEqual(form, told);
      else assert.deepEqual(Object.fromEntries(searchParams), { from: 'tieline', ...told });
      const signature = request.headers['x-twilio-signature'] ?? '';
      assert.ok(twilio.validateRequest(owner.auth_token, signature, request.url, form));

      const path = `/deliveries?account_sid=${grant.subaccount_sid}`;
      const [delivery] = (await app.control('GET', path)).json.deliveries;
      assert.equal(delivery.id, json.delivery_id);
      assert.equal(delivery.connect_app_sid, connect_app.sid);
      assert.deepEqual([delivery.kind, delivery.state], ['deauthorize', 'delivered']);
      assert.deepEqual(delivery.parameters, told);
    }
  });

  test('is also reported when the subaccount or the customer closes, or the app is deleted', async () => {
    await using app = await testApp({ engine });
    await using receiver = await webhookReceiver();
    const ends: ((loop: Loop) => Promise<unknown>)[] = [
      ({ customer, grant }) =>
        app.post(`/2010-04-01/Accounts/${grant.subaccount_sid}.json`, loginOf(customer), {
          Status: 'closed',
        }),
      ({ customer }) =>
        act(app.app, { kind: 'operator', sid: null, grant_sid: null }, async (doing) => {
          const account = await fetchAccount(doing.tx, customer.sid);
          assert.ok(account);
          await changeAccountStatus(doing, account, 'closed');
        }),
      ({ connect_app }) => app.control('DELETE', `/connect_apps/${connect_app.sid}`),
    ];
    for (const end of ends) {
      const loop = await aLoop(app, { deauthorize_callback_url: `${receiver.origin}/gone` });
      const login = connectLogin(loop.grant, loop.owner);
      await makeEverything(app, loop.grant, login);
      await end(loop);
      assert.deepEqual(await app.deliver(), { tried: 1, delivered: 1 });
      const told = new URLSearchParams(receiver.received.at(-1)?.body);
      assert.equal(told.get('AccountSid'), loop.grant.subaccount_sid);
      await assertAllStopped(app, loop.grant);
    }
    assert.equal(receiver.received.length, ends.length);
  });

  test('is not reported without a URL, and a second revoke of a grant is not reported', async () => {
    await using app = await testApp({ engine });
    const silent = await aLoop(app);
    const { json } = await app.control('POST', '/deauthorize', bothOf(silent));
    assert.equal(json.delivery_id, null);
    const loud = await aLoop(app, { deauthorize_callback_url: 'http://localhost:1/gone' });
    assert.equal((await app.control('POST', '/deauthorize', bothOf(loud))).status, 200);
    assert.equal((await app.control('POST', '/deauthorize', bothOf(loud))).status, 404);
    const found = await listDeliveries(app.app.database.db, {}, 10);
    assert.deepEqual(
      found.map(({ connect_app_sid, retry }) => [connect_app_sid, retry]),
      [[loud.connect_app.sid, 'long']],
    );
  });

  test('is no longer reported after the customer has authorised the app again', async () => {
    await using app = await testApp({ engine });
    const loop = await aLoop(app, { deauthorize_callback_url: 'http://localhost:1/gone' });
    const { json } = await app.control('POST', '/deauthorize', bothOf(loop));
    assert.deepEqual(await app.deliver(), { tried: 1, delivered: 0 });
    const again = await app.control('POST', '/authorize', bothOf(loop));
    assert.equal(again.json.account_sid, loop.grant.subaccount_sid);
    app.advance(24 * 3_600_000);
    assert.deepEqual(await app.deliver(), { tried: 0, delivered: 0 });
    const [delivery] = (await app.control('GET', '/deliveries')).json.deliveries;
    assert.deepEqual([delivery.id, delivery.state], [json.delivery_id, 'cancelled']);
    assert.match(delivery.reason, /authorised the app again/);
  });
});
