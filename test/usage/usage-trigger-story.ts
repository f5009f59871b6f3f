import assert from 'node:assert/strict';
import { type App, openApp } from '../../src/app.ts';
import type { Config } from '../../src/config.ts';
import { buildServer } from '../../src/http/server.ts';
import { openLog } from '../../src/kit/log.ts';
import { ROUTES } from '../../src/routes.ts';
import { basic, type TestEngine } from '../support/test-app.ts';
import {
  DAY,
  dayOf,
  LEAP,
  LETTERS,
  Model,
  START,
  type Step,
  type Told,
} from './usage-trigger-model.ts';

/** A running product that can be closed and opened again on the same data. */
export class Running {
  now = START;
  app!: App;
  readonly #config: Config;
  #server!: ReturnType<typeof buildServer>;

  constructor(config: Config) {
    this.#config = config;
  }

  async open(): Promise<void> {
    const log = openLog('silent', { lines: { write: () => {} } });
    this.app = await openApp(this.#config, { log, now: () => this.now });
    this.#server = buildServer(this.app, ROUTES);
  }

  async close(): Promise<void> {
    await this.#server.close();
    await this.app.close();
  }

  async request(
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    sent: object | string = '',
    as = '',
  ) {
    const payload = typeof sent === 'string' ? sent : JSON.stringify(sent);
    const type = typeof sent === 'string' ? 'x-www-form-urlencoded' : 'json';
    const headers = { host: 'localhost', 'content-type': `application/${type}`, authorization: as };
    const reply = await this.#server.inject({ method, url, payload, headers });
    return { status: reply.statusCode, text: reply.body, json: reply.body && reply.json() };
  }
}

const decimal = (value: number) => String(value / 1e6);

/** Takes the same steps with the product and the model, and compares them. */
export class Story {
  readonly #model = new Model();
  readonly #running: Running;
  readonly #engine: TestEngine;
  readonly #accounts: { readonly sid: string; readonly auth_token: string }[] = [];
  #last: object[] = [];
  #keys = 0;

  constructor(running: Running, engine: TestEngine) {
    this.#running = running;
    this.#engine = engine;
  }

  get fires(): number {
    return this.#model.fires.size;
  }

  async begin(): Promise<void> {
    for (const place of [0, 1, 2]) {
      const owner = place === 0 ? {} : { owner_account_sid: this.#accounts[0]?.sid };
      const body = { friendly_name: 'One', type: 'Full', ...owner };
      const { status, json, text } = await this.#running.request(
        'POST',
        '/_tieline/accounts',
        body,
      );
      assert.equal(status, 201, text);
      this.#accounts.push(json);
    }
    // Usage of days before the account is refused, so the account is dated back.
    await this.#running.app.database.write(async (tx) => {
      const date_created = START - 40 * DAY;
      await tx.updateTable('accounts').set({ date_created }).execute();
    });
  }

  async take(taken: Step): Promise<void> {
    if (taken.kind === 'use') await this.#use(taken.batch);
    else if (taken.kind === 'repeat') await this.#meter(this.#last, 0);
    else if (taken.kind === 'create') await this.#create(taken);
    else if (taken.kind === 'delete') await this.#delete(taken.which);
    else if (taken.kind === 'restart') await this.#restart();
    else this.#running.now = Math.max(this.#running.now, this.#timeAfter(taken));
    this.#model.fire(this.#running.now);
    await this.#compareFires();
  }

  #timeAfter(taken: Extract<Step, { kind: 'turn' | 'wait' }>): number {
    if (taken.kind === 'wait') return this.#running.now + taken.ms;
    if (taken.of === 'leap') return LEAP + 1 + taken.by;
    const [year = 0, month = 0, date = 0] = dayOf(this.#running.now).split('-').map(Number);
    const next = {
      day: Date.UTC(year, month - 1, date + 1),
      month: Date.UTC(year, month, 1),
      year: Date.UTC(year + 1, 0, 1),
    };
    return next[taken.of] + taken.by;
  }

  async #use(batch: readonly Told[]): Promise<void> {
    const { now } = this.#running;
    const body: object[] = [];
    for (const event of batch) {
      const { account, category, is_correction } = event;
      const at = now + event.at;
      this.#keys += 1;
      const key = `key ${this.#keys}`;
      const used = is_correction
        ? { count: 0, usage: 0, price: -event.price }
        : { count: event.count, usage: event.usage, price: event.price };
      this.#model.used.push({ account, category, ...used, day: dayOf(at) });
      body.push({
        account_sid: this.#accounts[account]?.sid,
        category,
        price: decimal(used.price),
        at: new Date(at).toISOString(),
        key,
        ...(is_correction
          ? { reason: 'a correction' }
          : { count: used.count, usage: decimal(used.usage) }),
      });
    }
    await this.#meter(body, body.length);
    this.#last = body;
  }

  async #meter(body: object[], accepted: number): Promise<void> {
    if (body.length === 0) return;
    const { status, text, json } = await this.#running.request('POST', '/_tieline/usage', body);
    // A repeat of old usage may come too late.
    if (accepted === 0 && status === 400) return;
    assert.equal(status, 200, text);
    assert.deepEqual(json, { accepted, repeated: body.length - accepted });
  }

  #login(account: number): string {
    const { sid = '', auth_token = '' } = this.#accounts[account] ?? {};
    return basic({ username: sid, password: auth_token });
  }

  #path(account: number, below = ''): string {
    return `/2010-04-01/Accounts/${this.#accounts[account]?.sid}/Usage/Triggers${below}.json`;
  }

  async #create(wanted: Extract<Step, { kind: 'create' }>): Promise<void> {
    const { account, category, field, recurring, is_offset } = wanted;
    const window = dayOf(this.#running.now).slice(0, LETTERS[recurring]);
    const base = is_offset ? this.#model.valueIn(wanted, window) : 0;
    const form = new URLSearchParams({
      CallbackUrl: 'http://localhost:1/',
      UsageCategory: category,
      TriggerBy: field,
      Recurring: recurring,
      TriggerValue: `${is_offset ? '+' : ''}${decimal(wanted.micro)}`,
    }).toString();
    const as = this.#login(account);
    const { status, json, text } = await this.#running.request(
      'POST',
      this.#path(account),
      form,
      as,
    );
    if (base + wanted.micro <= 0) {
      assert.equal(status, 400, text);
      return;
    }
    assert.equal(status, 201, text);
    assert.equal(json.trigger_value, decimal(base + wanted.micro));
    const { sid } = json;
    const trigger = { sid, account, category, field, recurring, micro: base + wanted.micro };
    this.#model.triggers.push({ ...trigger, is_deleted: false });
  }

  async #delete(which: number): Promise<void> {
    const trigger = this.#model.triggers[which];
    if (!trigger || trigger.is_deleted) return;
    const path = this.#path(trigger.account, `/${trigger.sid}`);
    const as = this.#login(trigger.account);
    assert.equal((await this.#running.request('DELETE', path, '', as)).status, 204);
    trigger.is_deleted = true;
  }

  async #restart(): Promise<void> {
    if (this.#engine === 'memory') return;
    await this.#running.close();
    await this.#running.open();
  }

  /** Compares fires after each step, so that a late fire is seen as late. */
  async #compareFires() {
    const sids = this.#accounts.map(({ sid }) => sid);
    const fires = await this.#running.app.database.db
      .selectFrom('usage_trigger_fires')
      .selectAll()
      .where('account_sid', 'in', sids)
      .execute();
    const names = fires.map(({ trigger_sid, window }) => `${trigger_sid} ${window}`);
    assert.deepEqual(names.toSorted(), [...this.#model.fires].toSorted());
    return fires;
  }

  /** Expects a webhook and an audit event for every fire, and no others. */
  async compare(): Promise<void> {
    const { db } = this.#running.app.database;
    const sids = this.#accounts.map(({ sid }) => sid);
    const fires = await this.#compareFires();
    const deliveries = await db
      .selectFrom('deliveries')
      .select(['sid', 'payload'])
      .where('account_sid', 'in', sids)
      .execute();
    const told = deliveries.map(
      ({ sid, payload }) => `${sid} ${JSON.parse(payload).UsageTriggerSid}`,
    );
    const linked = fires.map(({ delivery_sid, trigger_sid }) => `${delivery_sid} ${trigger_sid}`);
    assert.deepEqual(told.toSorted(), linked.toSorted());
    const tokens = deliveries.map(({ payload }) => JSON.parse(payload).IdempotencyToken);
    assert.equal(new Set(tokens).size, tokens.length);
    const audit = await db
      .selectFrom('audit_events')
      .select(['target_sid', 'detail'])
      .where('account_sid', 'in', sids)
      .where('action', '=', 'usage_trigger.fired')
      .execute();
    const logged = audit.map((one) => `${one.target_sid} ${JSON.parse(one.detail).window}`);
    assert.deepEqual(logged.toSorted(), [...this.#model.fires].toSorted());
    for (const account of [0, 1, 2]) await this.#compareList(account);
  }

  async #compareList(account: number): Promise<void> {
    const path = `${this.#path(account)}?PageSize=1000`;
    const { json } = await this.#running.request('GET', path, '', this.#login(account));
    const own = this.#model.triggers.filter((one) => one.account === account && !one.is_deleted);
    const expected = own.map((trigger) => {
      const window = dayOf(this.#running.now).slice(0, LETTERS[trigger.recurring]);
      const hasFired = [...this.#model.fires].some((fire) => fire.startsWith(trigger.sid));
      return [trigger.sid, decimal(this.#model.valueIn(trigger, window)), hasFired];
    });
    const shown = json.usage_triggers.map(
      (one: { sid: string; current_value: string; date_fired: string | null }) => [
        one.sid,
        one.current_value,
        one.date_fired !== null,
      ],
    );
    assert.deepEqual(shown.map(String).toSorted(), expected.map(String).toSorted());
  }
}
