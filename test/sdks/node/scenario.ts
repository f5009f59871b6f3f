import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
// Only the types are imported, because each entry point loads the SDK in its own way.
import type twilio from 'twilio';
import { refused, setting, step } from './step.ts';
import { usage } from './usage.ts';
import { voice } from './voice.ts';

/**
 * The program of a Connect app's developer. It knows its credentials and its settings, and not the
 * address of the API.
 */

type Sdk = typeof twilio;

const ANSWER_MS = 10_000;

/** Runs all steps in order, prints a line for each, and sets the exit status. */
export async function runScenario(sdk: Sdk): Promise<void> {
  const account = setting('TWILIO_ACCOUNT_SID');
  const token = setting('TWILIO_AUTH_TOKEN');
  const subaccount = setting('SCENARIO_SUBACCOUNT_SID');
  const client = sdk(account, token);
  const customer = sdk(subaccount, token);
  await ownThings(client, account);
  const from = await numbers(customer);
  await messages(customer, from);
  await calls(customer, from);
  await usage(customer);
  await voice(sdk, client);
  await refusals(sdk, { account, client, customer });
}

async function ownThings(client: twilio.Twilio, account: string): Promise<void> {
  const app = setting('SCENARIO_CONNECT_APP_SID');
  const authorized = setting('SCENARIO_AUTHORIZED_APP_SID');
  const mark = setting('SCENARIO_MARK');
  await step('FetchAccount', async () => {
    assert.equal((await client.api.v2010.accounts(account).fetch()).status, 'active');
  });
  await step('ListConnectApp', async () => {
    assert.ok((await client.connectApps.list()).some(({ sid }) => sid === app));
  });
  await step('FetchConnectApp', async () => {
    const { permissions } = await client.connectApps(app).fetch();
    assert.deepEqual(permissions, ['get-all', 'post-all']);
  });
  await step('UpdateConnectApp', async () => {
    const { description } = await client.connectApps(app).update({ description: mark });
    assert.equal(description, mark);
  });
  await step('ListAuthorizedConnectApp', async () => {
    const found = await client.authorizedConnectApps.list();
    assert.deepEqual(
      found.map(({ connectAppSid }) => connectAppSid),
      [authorized],
    );
  });
  await step('FetchAuthorizedConnectApp', async () => {
    const { connectAppCompanyName } = await client.authorizedConnectApps(authorized).fetch();
    assert.equal(connectAppCompanyName, 'Another company');
  });
}

async function numbers(customer: twilio.Twilio): Promise<string> {
  let number = '';
  await step('ListAvailablePhoneNumberLocal', async () => {
    const offered = await customer.availablePhoneNumbers('US').local.list({ limit: 2 });
    assert.equal(offered.length, 2);
    number = offered[0]?.phoneNumber ?? '';
  });
  await step('CreateIncomingPhoneNumber', async () => {
    const wanted = { phoneNumber: number, friendlyName: setting('SCENARIO_MARK') };
    const bought = await customer.incomingPhoneNumbers.create(wanted);
    assert.equal(bought.phoneNumber, number);
    assert.equal(bought.capabilities.sms, true);
  });
  return number;
}

async function messages(customer: twilio.Twilio, from: string): Promise<void> {
  const mark = setting('SCENARIO_MARK');
  const to = setting('SCENARIO_TO');
  const sids: string[] = [];
  await step('CreateMessage', async () => {
    for (const n of [1, 2, 3, 4, 5]) {
      const { sid, body } = await customer.messages.create({ from, to, body: `${mark} ${n}` });
      assert.equal(body, `${mark} ${n}`);
      sids.unshift(sid);
    }
  });
  await step('FetchMessage', async () => {
    const { body, numSegments } = await customer.messages(sids[0] ?? '').fetch();
    assert.deepEqual([body, numSegments], [`${mark} 5`, '1']);
  });
  await step('ListMessage', async () => {
    const found = await customer.messages.list({ pageSize: 2 });
    assert.deepEqual(
      found.map(({ sid }) => sid),
      sids,
    );
  });
}

async function calls(customer: twilio.Twilio, from: string): Promise<void> {
  const to = setting('SCENARIO_TO');
  const hold = setting('SCENARIO_HOLD_URL');
  let call = '';
  await step('CreateCall', async () => {
    const twiml = `<Response><Say>Hello</Say><Redirect>${hold}</Redirect></Response>`;
    const made = await customer.calls.create({ from, to, twiml });
    assert.equal(made.status, 'queued');
    call = made.sid;
  });
  await step('FetchCall', async () => {
    const late = performance.now() + ANSWER_MS;
    while ((await customer.calls(call).fetch()).status !== 'in-progress') {
      assert.ok(performance.now() < late, 'nobody answered');
      await sleep(100);
    }
  });
  await step('ListCall', async () => {
    const found = await customer.calls.list({ status: 'in-progress' });
    assert.deepEqual(
      found.map(({ sid }) => sid),
      [call],
    );
  });
  await step('UpdateCall', async () => {
    const { status } = await customer.calls(call).update({ status: 'completed' });
    assert.equal(status, 'completed');
  });
}

async function refusals(
  sdk: Sdk,
  { account, client, customer }: Record<'client' | 'customer', twilio.Twilio> & { account: string },
): Promise<void> {
  const app = setting('SCENARIO_CONNECT_APP_SID');
  await step('CreateUsageTrigger 400/20001', () =>
    refused(sdk, [400, 20001], () =>
      customer.usage.triggers.create({
        usageCategory: 'calls',
        triggerValue: 'many',
        callbackUrl: 'https://example.com/usage',
      }),
    ),
  );
  await step('FetchAccount 401/20003', () => {
    const stranger = sdk(account, '0'.repeat(32));
    return refused(sdk, [401, 20003], () => stranger.api.v2010.accounts(account).fetch());
  });
  await step('CreateNewKey 403/20403', () =>
    refused(sdk, [403, 20403], () => customer.newKeys.create()),
  );
  await step('FetchMessage 404/20404', () =>
    refused(sdk, [404, 20404], () => customer.messages(`SM${'0'.repeat(32)}`).fetch()),
  );
  await step('DeleteConnectApp 405/20004', () =>
    refused(sdk, [405, 20004], () => client.connectApps(app).remove()),
  );
}
