import assert from 'node:assert/strict';
import { listTimeline } from '../../src/carrier/timeline-store.ts';
import { countDueTasks } from '../../src/jobs/task-store.ts';
import { aFreeNumber } from './tenant.ts';
import { type Login, loginOf, type TestAccount, type TestApp } from './test-app.ts';
import {
  type Answer,
  type Received,
  type WebhookReceiver,
  webhookReceiver,
} from './webhook-receiver.ts';

export type Form = Record<string, string | readonly string[]>;

/** The longest call of a story, by the product's clock. */
const A_WHILE_MS = 30_000;

/** An answer with TwiML. */
export function twiml(inner: string): Answer {
  const body = `<Response>${inner}</Response>`;
  return { status: 200, headers: { 'content-type': 'text/xml' }, body };
}

/** The parameters of a request to an application, from a POST or from the query of a GET. */
export function parametersOf({ method, url, body }: Received): Record<string, string> {
  const text = method === 'GET' ? new URL(url).search : body;
  return Object.fromEntries(new URLSearchParams(text));
}

/** The requests that an application got at a path. */
export function requestsTo(receiver: WebhookReceiver, path: string): Record<string, string>[] {
  return receiver.received.filter(({ url }) => new URL(url).pathname === path).map(parametersOf);
}

/** An application that answers each known path with TwiML, and other paths with an empty 200. */
export function anApplication(pages: Readonly<Record<string, Answer | string>>) {
  return webhookReceiver(({ url }) => {
    const page = pages[new URL(url).pathname];
    return typeof page === 'string' ? twiml(page) : (page ?? { status: 200 });
  });
}

/** An account that makes calls and gets calls to its number. */
export interface Caller {
  readonly account: TestAccount;
  readonly login: Login;
  /** The account's number, in E.164. */
  readonly number: string;
  /** The path of the account's calls, without a suffix. */
  readonly calls: string;
}

export async function aCaller(app: TestApp, settings: Form = {}): Promise<Caller> {
  const account = await app.anAccount();
  const login = loginOf(account);
  const number = await aNumber(app, account, login, settings);
  return { account, login, number, calls: `/2010-04-01/Accounts/${account.sid}/Calls` };
}

/** Buys a number. */
export async function aNumber(
  app: TestApp,
  account: Pick<TestAccount, 'sid'>,
  login: Login,
  settings: Form = {},
): Promise<string> {
  const path = `/2010-04-01/Accounts/${account.sid}/IncomingPhoneNumbers.json`;
  const form = { PhoneNumber: aFreeNumber(), ...settings };
  const bought = await app.post(path, login, form);
  assert.equal(bought.status, 201, bought.text);
  return bought.json.phone_number;
}

/** A number outside that answers. Other endings have other outcomes. */
export const OUTSIDE = '+15005551234';

/** Makes a call. @returns its JSON. */
export async function aCall(app: TestApp, { calls, login, number }: Caller, form: Form) {
  const made = await app.post(`${calls}.json`, login, { To: OUTSIDE, From: number, ...form });
  assert.equal(made.status, 201, made.text);
  return made.json;
}

const MAX_ROUNDS = 20;

/** Moves the clock and lets the carrier do all its tasks. */
export async function settle(app: TestApp, ms: number = A_WHILE_MS): Promise<void> {
  app.advance(ms);
  const isBusy = async () => (await countDueTasks(app.app.database.db, app.app.now())) > 0;
  for (let round = 0; round < MAX_ROUNDS && (await isBusy()); round += 1) await app.deliver();
  await app.deliver();
}

/** Makes a call and waits until the carrier has no more tasks for it. */
export async function aFinishedCall(app: TestApp, caller: Caller, form: Form) {
  const { sid } = await aCall(app, caller, form);
  await settle(app);
  return fetchCall(app, caller, sid);
}

export async function fetchCall(app: TestApp, { calls, login }: Caller, sid: string) {
  const fetched = await app.get(`${calls}/${sid}.json`, login);
  assert.equal(fetched.status, 200, fetched.text);
  return fetched.json;
}

/** Lets a call arrive from outside. @returns its JSON. */
export async function anIncomingCall(app: TestApp, body: object) {
  const received = await app.control('POST', '/calls', { from: OUTSIDE, ...body });
  assert.equal(received.status, 201, received.text);
  return received.json;
}

/** The details of a call's timeline, of one kind or of all kinds. */
export async function timelineOf(
  { app }: TestApp,
  { account }: Pick<Caller, 'account'>,
  sid: string,
  kind?: string,
) {
  const entries = await listTimeline(app.database.db, { sid, account_sid: account.sid }, 1_000);
  return entries
    .filter((entry) => kind === undefined || entry.kind === kind)
    .map((entry) => JSON.parse(entry.detail));
}

/** The usage of an account by category, as `count usage price`. */
export async function usageOf(app: TestApp, { account, login }: Caller) {
  const path = `/2010-04-01/Accounts/${account.sid}/Usage/Records.json?PageSize=1000`;
  const { usage_records } = (await app.get(path, login)).json;
  return Object.fromEntries(
    usage_records
      .filter(({ count }: { count: string }) => Number(count) > 0)
      .map((one: Record<string, string>) => [
        one['category'],
        `${one['count']} ${one['usage']} ${one['price']}`,
      ]),
  );
}

/** The carrier's waiting tasks of calls and transcriptions. */
export async function tasksLeft({ app }: TestApp): Promise<string[]> {
  const tasks = await app.database.db
    .selectFrom('carrier_tasks')
    .select(['sid', 'kind', 'failures'])
    .where('kind', 'in', ['call', 'transcription'])
    .execute();
  return tasks.map(({ sid, failures }) => `${sid} after ${failures} failures`);
}

/** An account whose number an application runs. */
export async function aCallee(app: TestApp, origin: string, settings = {}): Promise<Caller> {
  return aCaller(app, { VoiceUrl: `${origin}/voice`, ...settings });
}

export async function aFinishedIncoming(app: TestApp, callee: Caller, body: object = {}) {
  const { sid } = await anIncomingCall(app, { to: callee.number, ...body });
  await settle(app);
  return fetchCall(app, callee, sid);
}

export const verbsOf = async (app: TestApp, caller: Caller, sid: string) =>
  (await timelineOf(app, caller, sid, 'verb')).map(({ name }: { name: string }) => name);

export const notesOf = async (app: TestApp, caller: Caller, sid: string) =>
  (await timelineOf(app, caller, sid, 'note')).map(({ message }: { message: string }) => message);
