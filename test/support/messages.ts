import assert from 'node:assert/strict';
import twilio from 'twilio';
import { act } from '../../src/audit/act.ts';
import { OPERATOR } from '../../src/audit/audit-event.ts';
import type { TimelineEntry } from '../../src/carrier/timeline.ts';
import { listTimeline } from '../../src/carrier/timeline-store.ts';
import { handOver } from '../../src/jobs/hand-over.ts';
import { newNumber } from '../../src/numbers/buy-number.ts';
import type { IncomingPhoneNumber } from '../../src/numbers/incoming-phone-number.ts';
import { insertNumber } from '../../src/numbers/incoming-phone-number-store.ts';
import { nextRent } from '../../src/numbers/rent-number.ts';
import { type Login, loginOf, type Reply, type TestAccount, type TestApp } from './test-app.ts';
import { rootOf } from './things-of-calls.ts';
import type { Received } from './webhook-receiver.ts';

/** Enough time for every message to end. */
export const TWO_SECONDS = 2_000;
export const OURS = '+14155550100';
export const THEIRS = '+14155550199';

/** Gives an account a number, as a purchase would. */
export async function aNumber(
  { app }: TestApp,
  account: { readonly sid: string },
  phone_number = OURS,
  fields: Partial<IncomingPhoneNumber> = {},
): Promise<IncomingPhoneNumber> {
  const buyer = { app, now: app.now(), actor: OPERATOR };
  const found = { phone_number, type: 'local', iso_country: 'US' } as const;
  const settings = { friendly_name: phone_number, emergency_status: 'Active' } as const;
  const owned = { sid: account.sid, owner_account_sid: await rootOf({ app }, account.sid) };
  const row = { ...newNumber(buyer, owned, found, settings), ...fields };
  await act(app, OPERATOR, async (doing) => {
    await insertNumber(doing.tx, row);
    await handOver(doing, { ...row, kind: 'number' }, nextRent(row, 0));
  });
  return row;
}

export const messagesOf = ({ sid }: { readonly sid: string }) =>
  `/2010-04-01/Accounts/${sid}/Messages`;

type Form = Record<string, string | readonly string[]>;

/** Posts a message with defaults for the fields that the form lacks. */
export function post(
  app: TestApp,
  account: TestAccount,
  form: Form = {},
  login: Login = loginOf(account),
): Promise<Reply> {
  const usual = { To: THEIRS, From: OURS, Body: 'Hello' };
  return app.post(`${messagesOf(account)}.json`, login, { ...usual, ...form });
}

/** Sends a message that must be accepted. @returns the JSON of the answer. */
export async function send(app: TestApp, account: TestAccount, form: Form = {}) {
  const reply = await post(app, account, form);
  assert.equal(reply.status, 201, reply.text);
  return reply.json;
}

export async function read(app: TestApp, account: TestAccount, sid: string) {
  const reply = await app.get(`${messagesOf(account)}/${sid}.json`, loginOf(account));
  assert.equal(reply.status, 200, reply.text);
  return reply.json;
}

/** Lets two seconds pass, in which every message ends. */
export async function pass(app: TestApp): Promise<void> {
  app.advance(TWO_SECONDS);
  await app.deliver();
}

/** Sends a message and waits until it has ended. */
export async function sendThrough(app: TestApp, account: TestAccount, form: Form = {}) {
  const { sid } = await send(app, account, form);
  await pass(app);
  return read(app, account, sid);
}

export const SERVICE = `MG${'a'.repeat(32)}`;

/** Makes a messaging service of an account, with the named numbers or with all. */
export async function aService(
  app: TestApp,
  account: { readonly sid: string },
  fields: { readonly sid?: string; readonly phone_numbers?: readonly string[] } = { sid: SERVICE },
) {
  const body = { account_sid: account.sid, ...fields };
  const made = await app.control('POST', '/messaging_services', body);
  assert.equal(made.status, 201, made.text);
  return made.json;
}

/** Lets a message arrive from outside. */
export async function receive(app: TestApp, body: Record<string, unknown> = {}) {
  const reply = await app.control('POST', '/messages', { to: OURS, from: THEIRS, ...body });
  assert.equal(reply.status, 201, reply.text);
  return reply.json;
}

export function assertCode(reply: Reply, status: number, code: number): void {
  assert.deepEqual({ status: reply.status, code: reply.json.code }, { status, code }, reply.text);
}

function timelineOf(
  { app }: TestApp,
  message: { readonly sid: string; readonly account_sid: string },
): Promise<TimelineEntry[]> {
  const { sid, account_sid } = message;
  return listTimeline(app.database.db, { sid, account_sid }, 1_000);
}

/** The details of a message's timeline, of one kind. */
export async function detailsOf(
  app: TestApp,
  message: { readonly sid: string; readonly account_sid: string },
  kind: string,
  // biome-ignore lint/suspicious/noExplicitAny: tests read it field by field
  // oxlint-disable-next-line typescript/no-explicit-any
): Promise<any[]> {
  const entries = await timelineOf(app, message);
  return entries.filter((entry) => entry.kind === kind).map(({ detail }) => JSON.parse(detail));
}

/** Checks that a request is signed with this token. @returns its parameters */
export function parametersOf(request: Received, token: string): Record<string, string> {
  const parameters = Object.fromEntries(new URLSearchParams(request.body));
  const signature = request.headers['x-twilio-signature'] ?? '';
  assert.ok(twilio.validateRequest(token, signature, request.url, parameters), request.url);
  return parameters;
}

/** The usage of a category by an account, on the present day. */
export async function usageOf(app: TestApp, account: TestAccount, category: string) {
  const path = `/2010-04-01/Accounts/${account.sid}/Usage/Records/Today.json`;
  const { json } = await app.get(`${path}?Category=${category}`, loginOf(account));
  const [{ count, usage, price }] = json.usage_records;
  return { count, usage, price };
}
