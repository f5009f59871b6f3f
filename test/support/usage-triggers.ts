import assert from 'node:assert/strict';
import twilio from 'twilio';
import type { Act } from '../../src/audit/act.ts';
import { createUsageTrigger } from '../../src/usage/create-usage-trigger.ts';
import { loginOf, type Reply, type TestAccount, type TestApp } from './test-app.ts';
import type { Received } from './webhook-receiver.ts';

export const DAY = 86_400_000;
export const MIDNIGHT = Date.UTC(2026, 2, 19);
/** A minute before midnight. */
export const EVENING = MIDNIGHT - 60_000;

let keys = 0;

/** Meters one new event. */
export async function meter(
  app: TestApp,
  account: { readonly sid: string },
  event: Record<string, unknown> = {},
): Promise<void> {
  keys += 1;
  const told = { category: 'sms', count: 1, price: '0.01', key: `event ${keys}`, ...event };
  const reply = await app.control('POST', '/usage', { account_sid: account.sid, ...told });
  assert.equal(reply.status, 200, reply.text);
}

export const triggersOf = (account: { readonly sid: string }) =>
  `/2010-04-01/Accounts/${account.sid}/Usage/Triggers`;

export async function create(
  app: TestApp,
  account: TestAccount,
  form: Record<string, string>,
): Promise<Reply> {
  const whole = { CallbackUrl: 'http://localhost:1/', UsageCategory: 'sms', ...form };
  return app.post(`${triggersOf(account)}.json`, loginOf(account), whole);
}

export async function aTrigger(
  app: TestApp,
  account: TestAccount,
  form: Record<string, string>,
): Promise<string> {
  const reply = await create(app, account, form);
  assert.equal(reply.status, 201, reply.text);
  return reply.json.sid;
}

export async function assertRule(reply: Reply | Promise<Reply>, message: RegExp): Promise<void> {
  const { status, json } = await reply;
  assert.deepEqual({ status, code: json.code }, { status: 400, code: 20001 });
  assert.match(json.message, message);
}

/** Checks the signature as an application does, and reads the parameters. */
export function parametersOf(request: Received, token: string): Record<string, string> {
  const parameters = Object.fromEntries(new URLSearchParams(request.body));
  const signature = request.headers['x-twilio-signature'] ?? '';
  assert.ok(twilio.validateRequest(token, signature, request.url, parameters));
  return parameters;
}

/** The fires, each with its trigger and window, in the order of the outbox. */
export async function firesOf({ app }: TestApp) {
  const fires = await app.database.db
    .selectFrom('usage_trigger_fires')
    .select(['trigger_sid', 'window'])
    .orderBy('delivery_sid')
    .execute();
  return fires.map(({ trigger_sid, window }) => ({ trigger_sid, window }));
}

/** Makes a trigger by a count of messages, within an act. */
export function makeTrigger(doing: Act, account: TestAccount, value: number) {
  return createUsageTrigger(doing, account, {
    usage_category: 'sms',
    trigger_by: 'count',
    recurring: null,
    callback_url: 'http://localhost:1/',
    callback_method: 'POST',
    friendly_name: null,
    trigger_value: { micro: value * 1e6, is_offset: false },
  });
}
