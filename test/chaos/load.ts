import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Client, Request } from './ask.ts';
import { BrokenPromise } from './broken-promise.ts';
import type { Change, History, Kind } from './history.ts';
import type { Receiver } from './receiver.ts';
import { CATEGORY, type Customer, type Tenants } from './tenants.ts';
import type { Tieline } from './tieline-fleet.ts';

/** The parts of a run that its load needs. */
export interface LoadParts {
  readonly client: Client;
  readonly fleet: readonly Tieline[];
  readonly tenants: Tenants;
  readonly receiver: Receiver;
  readonly history: History;
  /** A whole number from 0 to below the limit. */
  readonly random: (limit: number) => number;
}

const PAUSE_MS = 40;
const RETRY_MS = 100;
const EVENTS_OF_BATCH = 5;
/** One batch in this number goes to two processes at the same time. */
const DOUBLED = 4;
/** The recipients: the last digits decide what the simulated carrier does with a message. */
const RECIPIENTS = ['+14155550100', '+14155550123', '+12125550142'];

/** The deed that a worker of the load repeats. */
type Round = (parts: LoadParts) => Promise<void>;

/** Sums of the usage events of one customer, as the answers and requests tell them. */
interface Sums {
  asked: number;
  done: number;
}

/** Sends requests of every kind until it is stopped, and notes every answer. */
export class Load {
  readonly #parts: LoadParts;
  readonly #sums = new Map<Customer, Sums>();
  readonly #workers: Promise<void>[] = [];
  #isOver = false;

  constructor(parts: LoadParts) {
    this.#parts = parts;
    for (const customer of parts.tenants.customers) this.#sums.set(customer, { asked: 0, done: 0 });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** @param onBroken hears of each broken promise */
  start(onBroken: (error: unknown) => void): void {
    const rounds: [Round, number][] = [
      [(parts) => this.#message(parts), 6],
      [(parts) => this.#call(parts), 2],
      [(parts) => this.#events(parts), 4],
      [(parts) => this.#readCounter(parts), 2],
      [(parts) => this.#credit(parts), 1],
      [(parts) => this.#trigger(parts), 1],
      [(parts) => this.#buy(parts), 1],
    ];
    for (const [round, count] of rounds) {
      for (let worker = 0; worker < count; worker += 1) this.work(round, onBroken);
    }
  }

  /** Starts one worker. */
  work(round: Round, onBroken: (error: unknown) => void): void {
    const { random } = this.#parts;
    const run = async () => {
      while (!this.#isOver) {
        await round(this.#parts);
        await sleep(random(2 * PAUSE_MS));
      }
    };
    this.#workers.push(run().catch(onBroken));
  }

  /** Resolves when the last answer has come. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#workers);
  }

  /** A change that may be repeated is sent until it is done; another is sent once. */
  async #send(change: Change, request: Request): Promise<Answer> {
    for (;;) {
      const answer = await this.#sendOnce(change, request);
      const isFinal = answer.verdict === 'done' || !answer.mayRepeat;
      if (isFinal || !change.isKeyed || this.#isOver) return answer;
      await sleep(this.#parts.random(2 * RETRY_MS));
    }
  }

  async #sendOnce(change: Change, request: Request): Promise<Answer> {
    const { client, history } = this.#parts;
    change.begin();
    const answer = await client.ask(this.#anyProcess, request);
    change.end(answer, answer.verdict === 'done' ? sidIn(answer.text) : null);
    if (answer.verdict === 'done') history.count(`${change.kind}s done`);
    return answer;
  }

  get #anyProcess(): Tieline {
    const { fleet, random } = this.#parts;
    return fleet[random(fleet.length)] as Tieline;
  }

  get #anyCustomer(): Customer {
    const { tenants, random } = this.#parts;
    return tenants.customers[random(tenants.customers.length)] as Customer;
  }

  /** Makes a change of the API, with an `Idempotency-Key` half of the time. */
  #newChange(kind: Kind): Change {
    const { history, random } = this.#parts;
    return history.add(kind, { isKeyed: random(2) === 0 });
  }

  async #message({ random, receiver }: LoadParts): Promise<void> {
    const change = this.#newChange('message');
    const { login, number } = this.#anyCustomer;
    const answer = await this.#send(change, {
      method: 'POST',
      path: `/2010-04-01/Accounts/${login.username}/Messages.json`,
      login,
      form: {
        To: RECIPIENTS[random(RECIPIENTS.length)] as string,
        From: number,
        Body: change.marker,
        ...(random(3) === 0 && { StatusCallback: `${receiver.origin}/message?${change.marker}` }),
      },
      ...change.header,
    });
    change.demandAccepted(answer);
  }

  async #call({ receiver }: LoadParts): Promise<void> {
    const change = this.#newChange('call');
    const { login, number } = this.#anyCustomer;
    const answer = await this.#send(change, {
      method: 'POST',
      path: `/2010-04-01/Accounts/${login.username}/Calls.json`,
      login,
      form: {
        To: RECIPIENTS[0] as string,
        From: number,
        Twiml: '<Response><Hangup/></Response>',
        StatusCallback: `${receiver.origin}/call?${change.marker}`,
      },
      ...change.header,
    });
    change.demandAccepted(answer);
    await sleep(4 * PAUSE_MS);
  }

  async #events({ history, random }: LoadParts): Promise<void> {
    const customer = this.#anyCustomer;
    const sums = this.#sums.get(customer) as Sums;
    const count = 1 + random(EVENTS_OF_BATCH);
    const changes = Array.from({ length: count }, () => history.add('event', { isKeyed: true }));
    const json = changes.map(({ marker: key }) => ({
      account_sid: customer.login.username,
      category: CATEGORY,
      price: '0.005',
      key,
    }));
    const request = { method: 'POST', path: '/_tieline/usage', login: null, json } as const;
    sums.asked += count;
    let isCounted = false;
    const send = async () => {
      for (;;) {
        const answer = await this.#sendEvents(changes, request);
        if (answer.verdict === 'done') {
          if (!isCounted) sums.done += count;
          isCounted = true;
        } else changes[0]?.demandAccepted(answer);
        if (isCounted || this.#isOver) return;
        await sleep(random(2 * RETRY_MS));
      }
    };
    await Promise.all(random(DOUBLED) === 0 ? [send(), send()] : [send()]);
  }

  async #sendEvents(changes: readonly Change[], request: Request): Promise<Answer> {
    const { client, history } = this.#parts;
    for (const change of changes) change.begin();
    const answer = await client.ask(this.#anyProcess, request);
    for (const change of changes) change.end(answer, null);
    if (answer.verdict === 'done') {
      const { accepted, repeated } = JSON.parse(answer.text) as Record<string, number>;
      if (accepted !== changes.length && repeated !== changes.length) {
        throw new BrokenPromise('a batch was counted in part', { changes, answer });
      }
      history.count('events done', accepted);
    }
    return answer;
  }

  /** A counter holds at least what was answered before, and at most what was asked until then. */
  async #readCounter({ client }: LoadParts): Promise<void> {
    const customer = this.#anyCustomer;
    const sums = this.#sums.get(customer) as Sums;
    const account = `/2010-04-01/Accounts/${customer.login.username}`;
    const least = sums.done;
    const answer = await client.ask(this.#anyProcess, {
      method: 'GET',
      path: `${account}/Usage/Records/AllTime.json?Category=${CATEGORY}`,
      login: customer.login,
    });
    const most = sums.asked;
    if (answer.status !== 200) return;
    const { usage_records } = JSON.parse(answer.text) as { usage_records: { count: string }[] };
    const count = Number(usage_records[0]?.count ?? 0);
    if (count < least || count > most) {
      const rule = `must be from ${least} to ${most}`;
      throw new BrokenPromise(`a counter was read as ${count} and ${rule}`, answer);
    }
  }

  async #credit({ history }: LoadParts): Promise<void> {
    const change = history.add('credit', { isKeyed: true });
    const answer = await this.#send(change, {
      method: 'POST',
      path: `/_tieline/accounts/${this.#anyCustomer.login.username}/balance`,
      login: null,
      json: { amount: '0.01', reason: 'A small credit', key: change.marker },
    });
    change.demandAccepted(answer);
    await sleep(8 * PAUSE_MS);
  }

  async #trigger({ random, receiver }: LoadParts): Promise<void> {
    const change = this.#newChange('trigger');
    const { login } = this.#anyCustomer;
    const answer = await this.#send(change, {
      method: 'POST',
      path: `/2010-04-01/Accounts/${login.username}/Usage/Triggers.json`,
      login,
      form: {
        FriendlyName: change.marker,
        CallbackUrl: `${receiver.origin}/trigger?${change.marker}`,
        TriggerValue: `+${1 + random(100)}`,
        TriggerBy: 'count',
        UsageCategory: CATEGORY,
      },
      ...change.header,
    });
    // An account may have 1,000 triggers.
    if (answer.status !== 400) change.demandAccepted(answer);
    await sleep(16 * PAUSE_MS);
  }

  /** Two customers want the same number, at the same time and of different processes. */
  async #buy({ client, random, tenants }: LoadParts): Promise<void> {
    const { login } = this.#anyCustomer;
    const offered = await client.ask(this.#anyProcess, {
      method: 'GET',
      path: `/2010-04-01/Accounts/${login.username}/AvailablePhoneNumbers/US/Local.json`,
      login,
    });
    if (offered.status === 200) {
      const { available_phone_numbers: numbers } = JSON.parse(offered.text) as {
        available_phone_numbers: { phone_number: string }[];
      };
      const wanted = numbers[random(numbers.length)]?.phone_number ?? '';
      const changes = tenants.customers.slice(0, 2).map((buyer) => {
        const change = this.#newChange('number');
        const sent = this.#send(change, {
          method: 'POST',
          path: `/2010-04-01/Accounts/${buyer.login.username}/IncomingPhoneNumbers/Local.json`,
          login: buyer.login,
          form: { PhoneNumber: wanted, FriendlyName: change.marker },
          ...change.header,
        });
        return sent.then(() => change);
      });
      const made = (await Promise.all(changes)).filter(({ isDone }) => isDone);
      if (made.length > 1) {
        const evidence = made.map(({ story }) => story);
        throw new BrokenPromise(`${wanted} was sold to two accounts`, evidence);
      }
    }
    await sleep(16 * PAUSE_MS);
  }
}

function sidIn(text: string): string | null {
  return (JSON.parse(text) as { sid?: string }).sid ?? null;
}
