import assert from 'node:assert/strict';
import { test } from 'node:test';
import twilio from 'twilio';
import { verify } from '../../src/verify/verify.ts';
import { settle, twiml } from '../support/calls.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { aFreeNumber } from '../support/tenant.ts';
import {
  type Login,
  loginOf,
  onEveryEngine,
  type Reply,
  type TestApp,
  testApp,
} from '../support/test-app.ts';
import { type Received, webhookReceiver } from '../support/webhook-receiver.ts';

/** The number of acts on each engine; the variable `TIELINE_ACTS` sets another. */
const ACTS_ON = { sqlite: 400, postgres: 150 } as const;
const SEED = Number(process.env['TIELINE_SEED'] ?? 20_261_122);

/** The answers of the applications by path. Some are no TwiML or name unknown verbs. */
const PAGES = [
  '<Say>Hello</Say>',
  '<Gather numDigits="1" action="/1"><Say>Press</Say></Gather><Redirect>/0</Redirect>',
  '<Record maxLength="5" transcribe="true" transcribeCallback="/told" action="/0"/>',
  '<Dial action="/0">+14155551234</Dial>',
  '<Message>Thanks</Message>',
  '<Pause length="60"/><Hangup/>',
  '<Reject/>',
  '<Nothing/><Redirect>/8</Redirect>',
] as const;

/** The last digits of numbers outside. With them messages and calls end in every way. */
const ENDINGS = ['1234', '1234', '1234', '0002', '0003', '0004', '0005', '0001'] as const;

const LATER_MS = [0, 0, 100, 2_000, 60_000, 3_600_000] as const;

/** An actor: the customer in its own account, or an app in its subaccount. */
interface Somebody {
  readonly account_sid: string;
  readonly login: Login;
  readonly numbers: string[];
  /** The SIDs of the actor's things, by resource. */
  readonly made: Record<'Messages' | 'Calls' | 'IncomingPhoneNumbers', string[]>;
}

function somebody(account_sid: string, login: Login): Somebody {
  const made = { Messages: [], Calls: [], IncomingPhoneNumbers: [] };
  return { account_sid, login, numbers: [], made };
}

type Resource = keyof Somebody['made'];

class Actors {
  readonly #app: TestApp;
  readonly #random: (limit: number) => number;
  readonly #people: readonly Somebody[];
  readonly #origin: string;

  constructor(app: TestApp, random: (limit: number) => number, people: Somebody[], origin: string) {
    this.#app = app;
    this.#random = random;
    this.#people = people;
    this.#origin = origin;
  }

  /** One act of one actor, with any outcome. */
  async act(): Promise<Reply> {
    const who = this.#one(this.#people);
    const acts = [
      () => this.#buy(who),
      () => this.#send(who),
      () => this.#send(who),
      () => this.#call(who),
      () => this.#call(who),
      () => this.#hear('messages', who),
      () => this.#hear('calls', who),
      () => this.#update(who, 'Calls', [{ Status: 'completed' }, { Url: this.#page() }]),
      () => this.#update(who, 'Messages', [{ Body: '' }, { Status: 'canceled' }]),
      () => this.#update(who, 'IncomingPhoneNumbers', [{ VoiceUrl: this.#page(), SmsUrl: '' }]),
      () => this.#remove(who),
      () => this.#record(who),
      () => this.#read(who),
    ];
    return this.#one(acts)();
  }

  #one<T>(list: readonly T[]): T {
    return list[this.#random(list.length)] as T;
  }

  #page(): string {
    return `${this.#origin}/${this.#random(PAGES.length + 1)}`;
  }

  #outside(): string {
    return `+1415555${this.#one(ENDINGS)}`;
  }

  async #make(who: Somebody, resource: Resource, form: Record<string, string>): Promise<Reply> {
    const path = `/2010-04-01/Accounts/${who.account_sid}/${resource}.json`;
    const reply = await this.#app.post(path, who.login, form);
    if (reply.status === 201) who.made[resource].push(reply.json.sid);
    return reply;
  }

  async #buy(who: Somebody): Promise<Reply> {
    const urls = { VoiceUrl: this.#page(), SmsUrl: this.#page(), StatusCallback: this.#told() };
    const form = { PhoneNumber: aFreeNumber(), ...urls };
    const reply = await this.#make(who, 'IncomingPhoneNumbers', form);
    if (reply.status === 201) who.numbers.push(reply.json.phone_number);
    return reply;
  }

  #told(): string {
    return `${this.#origin}/told`;
  }

  #send(who: Somebody): Promise<Reply> {
    const Body = this.#one(['Hi', 'x'.repeat(500), '😀'.repeat(80)]);
    const To = this.#random(3) === 0 ? this.#one(this.#people).numbers[0] : undefined;
    return this.#make(who, 'Messages', {
      To: To ?? this.#outside(),
      From: this.#one(who.numbers),
      Body,
      StatusCallback: this.#told(),
    });
  }

  #call(who: Somebody): Promise<Reply> {
    const answer =
      this.#random(2) === 0 ? { Url: this.#page() } : { Twiml: wrapped('<Say>Hi</Say>') };
    return this.#make(who, 'Calls', {
      To: this.#outside(),
      From: this.#one(who.numbers),
      StatusCallback: this.#told(),
      Record: String(this.#random(4) === 0),
      ...answer,
    });
  }

  #hear(what: 'messages' | 'calls', who: Somebody): Promise<Reply> {
    const common = { to: this.#one(who.numbers), from: `+1415555${1_000 + this.#random(9_000)}` };
    const more =
      what === 'messages' ? { body: this.#one(['STOP', 'START', 'Hello']) } : { inputs: ['1'] };
    return this.#app.control('POST', `/${what}`, { ...common, ...more });
  }

  #update(who: Somebody, resource: Resource, forms: Record<string, string>[]): Promise<Reply> {
    return this.#app.post(`${this.#anyOf(who, resource)}.json`, who.login, this.#one(forms));
  }

  async #remove(who: Somebody): Promise<Reply> {
    const resource = this.#one(['Messages', 'Calls', 'IncomingPhoneNumbers'] as const);
    // The first two numbers stay, so that there is always a number to send from.
    const kept = resource === 'IncomingPhoneNumbers' ? who.made[resource].slice(0, 2) : [];
    const path = this.#anyOf(who, resource);
    if (kept.some((sid) => path.endsWith(sid))) return this.#read(who);
    const reply = await this.#app.request('DELETE', `${path}.json`, { login: who.login });
    if (reply.status === 204 && resource === 'IncomingPhoneNumbers') {
      const index = who.made[resource].findIndex((sid) => path.endsWith(sid));
      who.made[resource].splice(index, 1);
      who.numbers.splice(index, 1);
    }
    return reply;
  }

  #record(who: Somebody): Promise<Reply> {
    return this.#app.post(`${this.#anyOf(who, 'Calls')}/Recordings.json`, who.login, {});
  }

  #read(who: Somebody): Promise<Reply> {
    const resource = this.#one(['Messages', 'Calls', 'Recordings', 'Transcriptions'] as const);
    const path = `/2010-04-01/Accounts/${who.account_sid}/${resource}.json?PageSize=20`;
    return this.#app.get(path, who.login);
  }

  #anyOf(who: Somebody, resource: Resource): string {
    const prefix = { Messages: 'SM', Calls: 'CA', IncomingPhoneNumbers: 'PN' }[resource];
    const sid = this.#one(who.made[resource]) ?? `${prefix}${'0'.repeat(32)}`;
    return `/2010-04-01/Accounts/${who.account_sid}/${resource}/${sid}`;
  }
}

function wrapped(inner: string): string {
  return `<Response>${inner}</Response>`;
}

/** Whether a request is signed with one of these tokens, as the official SDK sees it. */
function isSigned({ headers, method, url, body }: Received, tokens: readonly string[]): boolean {
  const signature = headers['x-twilio-signature'] ?? '';
  const parameters = method === 'POST' ? Object.fromEntries(new URLSearchParams(body)) : {};
  return tokens.some((token) => twilio.validateRequest(token, signature, url, parameters));
}

/** The resources of an account that have not ended. */
async function unfinished(app: TestApp, who: Somebody, resource: string, ended: readonly string[]) {
  const found: string[] = [];
  let path: string | null =
    `/2010-04-01/Accounts/${who.account_sid}/${resource}.json?PageSize=1000`;
  while (path !== null) {
    const reply: Reply = await app.get(path, who.login);
    assert.equal(reply.status, 200, reply.text);
    const rows = reply.json[resource.toLowerCase()] as { sid: string; status: string }[];
    for (const { sid, status } of rows) if (!ended.includes(status)) found.push(`${sid} ${status}`);
    path = reply.json.next_page_uri;
  }
  return found;
}

onEveryEngine('many mixed acts', (engine) => {
  test('end with right sums, ended resources and signed requests', async () => {
    await using app = await testApp({ engine });
    await using receiver = await webhookReceiver(({ url }) => {
      const path = new URL(url).pathname.slice(1);
      const page = PAGES[Number(path)];
      if (page !== undefined) return twiml(page);
      return path === 'told' ? { status: 204 } : { status: 500, body: 'not today' };
    });
    const owner = await app.anAccount();
    const customer = await app.anAccount();
    const connectApp = await app.aConnectApp(owner);
    const { subaccount_sid } = await app.aGrant(connectApp, customer);
    const asApp = { username: subaccount_sid, password: owner.auth_token };
    const people = [
      somebody(customer.sid, loginOf(customer)),
      somebody(subaccount_sid, asApp),
      somebody(owner.sid, loginOf(owner)),
    ];
    const acts = Number(process.env['TIELINE_ACTS'] ?? ACTS_ON[engine]);
    const random = seededRandom(SEED);
    const actors = new Actors(app, random, people, receiver.origin);
    for (const who of people) {
      for (let number = 0; number < 2; number += 1) await buyFirst(app, who, receiver.origin);
    }

    const statuses = new Map<number, number>();
    for (let done = 0; done < acts; done += 1) {
      const { status, text } = await actors.act();
      assert.ok(status < 500, `act ${done + 1} of seed ${SEED}: ${text}`);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      const later = LATER_MS[random(LATER_MS.length)] ?? 0;
      app.advance(later);
      if (later > 0) await app.deliver();
    }
    await settle(app, 3_600_000);
    await app.deliver();

    assert.ok((statuses.get(201) ?? 0) > acts / 4, JSON.stringify([...statuses]));
    assert.deepEqual((await verify(app.app)).differences, []);
    for (const who of people) {
      const calls = ['completed', 'busy', 'failed', 'no-answer', 'canceled'];
      assert.deepEqual(await unfinished(app, who, 'Calls', calls), []);
      // A message to a number that never confirms stays `sent`.
      const messages = ['sent', 'delivered', 'undelivered', 'failed', 'received', 'canceled'];
      assert.deepEqual(await unfinished(app, who, 'Messages', messages), []);
    }
    const tokens = [owner.auth_token, customer.auth_token];
    assert.ok(receiver.received.length > acts / 4);
    for (const request of receiver.received) {
      assert.ok(isSigned(request, tokens), `${request.method} ${request.url} ${request.body}`);
    }
  });
});

async function buyFirst(app: TestApp, who: Somebody, origin: string): Promise<void> {
  const path = `/2010-04-01/Accounts/${who.account_sid}/IncomingPhoneNumbers.json`;
  const form = { PhoneNumber: aFreeNumber(), VoiceUrl: `${origin}/0`, SmsUrl: `${origin}/4` };
  const { status, json, text } = await app.post(path, who.login, form);
  assert.equal(status, 201, text);
  who.made.IncomingPhoneNumbers.push(json.sid);
  who.numbers.push(json.phone_number);
}
