import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Request } from './ask.ts';
import { BrokenPromise } from './broken-promise.ts';
import type { Load, LoadParts } from './load.ts';
import type { Customer } from './tenants.ts';
import type { Tieline } from './tieline-fleet.ts';

/** App workers of each customer. */
const APP_WORKERS = 2;
const RETRY_MS = 50;
const LONGEST_STATE_MS = 600;
/** The pause of an app that was refused. */
const REFUSED_MS = 100;

/** A grant as the customer knows it. A request to change it makes it unknown until its answer. */
interface GrantState {
  is: 'granted' | 'revoked' | 'unknown';
  /** Grows with every change. */
  version: number;
}

/**
 * Customers give and revoke one grant all the time, while the app reads and writes by it. Everything
 * that the app asks for after the answer to a revoke, and before the next consent, must be refused.
 * Nothing that it asked for earlier may take effect after that answer.
 */
export function startGrantLoad(
  load: Load,
  parts: LoadParts,
  onBroken: (error: unknown) => void,
): void {
  for (const [index, customer] of parts.tenants.customers.entries()) {
    const state: GrantState = { is: 'granted', version: 0 };
    const story = new GrantStory(parts, { customer, state, index });
    load.work(() => story.revokeAndGive(() => load.isOver), onBroken);
    for (let worker = 0; worker < APP_WORKERS; worker += 1) {
      load.work(() => story.actAsApp(), onBroken);
    }
  }
}

class GrantStory {
  readonly #parts: LoadParts;
  readonly #customer: Customer;
  readonly #state: GrantState;
  readonly #index: number;
  #names = 0;

  constructor(
    parts: LoadParts,
    of: { readonly customer: Customer; readonly state: GrantState; readonly index: number },
  ) {
    this.#parts = parts;
    this.#customer = of.customer;
    this.#state = of.state;
    this.#index = of.index;
  }

  async revokeAndGive(isOver: () => boolean): Promise<void> {
    const { random, history } = this.#parts;
    await this.#change('deauthorize', isOver);
    if (this.#state.is === 'revoked') {
      history.count('revokes');
      const before = await this.#readTrunk(isOver);
      await sleep(random(LONGEST_STATE_MS));
      const after = await this.#readTrunk(isOver);
      if (before !== null && after !== null && before !== after) {
        throw new BrokenPromise('a change of the app was made after its grant was revoked', {
          customer: this.#customer,
          before,
          after,
        });
      }
    }
    await this.#change('authorize', isOver);
    if (this.#state.is === 'granted') history.count('consents');
    await sleep(random(LONGEST_STATE_MS));
  }

  async #change(act: 'authorize' | 'deauthorize', isOver: () => boolean): Promise<void> {
    const state = this.#state;
    const { app } = this.#parts.tenants;
    state.is = 'unknown';
    state.version += 1;
    while (!isOver()) {
      const answer = await this.#ask({
        method: 'POST',
        path: `/_tieline/${act}`,
        login: null,
        json: { connect_app_sid: app, account_sid: this.#customer.login.username },
      });
      // An attempt whose answer was lost may have revoked it already.
      const isRevoked = act === 'deauthorize' && answer.status === 404;
      if (answer.verdict === 'done' || isRevoked) {
        if (!isRevoked) this.#demandSubaccount(answer);
        state.is = act === 'authorize' ? 'granted' : 'revoked';
        state.version += 1;
        return;
      }
      if (!answer.mayRepeat) {
        throw new BrokenPromise(`${act} was refused with ${answer.status}`, answer);
      }
      await sleep(RETRY_MS);
    }
  }

  #demandSubaccount(answer: Answer): void {
    const { account_sid } = JSON.parse(answer.text) as { account_sid: string };
    if (account_sid !== this.#customer.subaccount.username) {
      throw new BrokenPromise('a grant has another subaccount than before', answer);
    }
  }

  /** The trunk's name, which only the app changes; null at the end of the load. */
  async #readTrunk(isOver: () => boolean): Promise<string | null> {
    const { subaccount, trunk } = this.#customer;
    while (!isOver()) {
      const path = `/v1/ByocTrunks/${trunk}`;
      const { status, text } = await this.#ask({ method: 'GET', path, login: subaccount });
      if (status === 200) return (JSON.parse(text) as { friendly_name: string }).friendly_name;
      await sleep(RETRY_MS);
    }
    return null;
  }

  async actAsApp(): Promise<void> {
    const { random, history, tenants } = this.#parts;
    const { subaccount, trunk } = this.#customer;
    const state = this.#state;
    const login = { username: subaccount.username, password: tenants.owner.password };
    const path = `/v1/ByocTrunks/${trunk}`;
    // Refused logins count for the address that they come from.
    const from = `127.0.${10 + this.#index}.${1 + random(250)}`;
    const isWrite = random(3) > 0;
    const before = { ...state };
    this.#names += 1;
    const answer = await this.#ask(
      isWrite
        ? { method: 'POST', path, login, from, form: { FriendlyName: `Name ${this.#names}` } }
        : { method: 'GET', path, login, from },
    );
    const isSteady = before.version === state.version;
    const isRefused = answer.status === 401 || answer.status === 403;
    const evidence = { customer: this.#customer, before, state: { ...state }, answer };
    if (answer.verdict === 'done') {
      history.count('acts of apps');
      if (isSteady && before.is === 'revoked') {
        throw new BrokenPromise('a revoked grant let its app in', evidence);
      }
    } else if (isRefused) {
      history.count('acts of apps refused');
      if (isSteady && before.is === 'granted') {
        throw new BrokenPromise('an app with a grant was refused', evidence);
      }
      await sleep(REFUSED_MS);
    } else if (!answer.mayRepeat && answer.status !== 429) {
      throw new BrokenPromise(`an app was answered ${answer.status}`, evidence);
    }
  }

  async #ask(request: Request): Promise<Answer> {
    const { client, fleet, random } = this.#parts;
    return client.ask(fleet[random(fleet.length)] as Tieline, request);
  }
}
