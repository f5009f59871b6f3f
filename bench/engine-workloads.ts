import { randomUUID } from 'node:crypto';
import { createAccount } from '../src/accounts/create-account.ts';
import type { App } from '../src/app.ts';
import { act } from '../src/audit/act.ts';
import { OPERATOR } from '../src/audit/audit-event.ts';
import { newNumber, takeNumber } from '../src/numbers/buy-number.ts';
import type { Request } from './load.ts';
import { CATEGORIES } from './metering.ts';
import { accountPath, basic, type Login, newLogin } from './servers.ts';

/** A main account without subaccounts. */
export interface Tenant {
  readonly login: Login;
  /** Its phone number. */
  readonly number: string;
}

/** The accounts of usage, and the first of them, which send and call. */
const ACCOUNTS = 1_000;
const SENDERS = 100;
const FIRST_NUMBER = 14_155_210_100;
const OUTSIDE = '+15005551234';
const HANG_UP = '<Response><Hangup/></Response>';

/** The work that is measured. */
export interface Workload {
  readonly id: 'messages' | 'calls' | 'events' | 'batches';
  /** Whether all accounts take part, or one hot account does everything. */
  readonly isHot: boolean;
  /** The number of events in a request; 1 for messages and calls. */
  readonly size: number;
}

const KINDS = [
  ['messages', 1],
  ['calls', 1],
  ['events', 1],
  ['batches', 100],
] as const;

export const WORKLOADS: readonly Workload[] = KINDS.flatMap(([id, size]) =>
  [false, true].map((isHot) => ({ id, isHot, size })),
);

export function nameOf({ id, isHot }: Workload): string {
  const what = id === 'batches' ? 'events by 100' : id;
  if (isHot) return `${what}, one account`;
  const count = id === 'messages' || id === 'calls' ? SENDERS : ACCOUNTS;
  return `${what}, ${count.toLocaleString('en-US')} accounts`;
}

/** The accounts that take part. */
export function partOf({ id, isHot }: Workload, tenants: readonly Tenant[]): readonly Tenant[] {
  if (isHot) return tenants.slice(0, 1);
  return id === 'messages' || id === 'calls' ? tenants.slice(0, SENDERS) : tenants;
}

/** Invents the accounts, which are the same on every server. */
export function newTenants(count = ACCOUNTS): Tenant[] {
  return Array.from({ length: count }, (_, index) => {
    return { login: newLogin(), number: `+${FIRST_NUMBER + index}` };
  });
}

/** Makes the accounts, and the numbers of those that send. */
export async function makeTenants(app: App, tenants: readonly Tenant[]): Promise<void> {
  await Promise.all(
    tenants.map(({ login: { username: sid, password: auth_token } }, index) => {
      const friendly_name = `Measured account ${index + 1}`;
      const wanted = { sid, auth_token, friendly_name, type: 'Full' as const, owner: null };
      return act(app, OPERATOR, (doing) => createAccount(doing, wanted));
    }),
  );
  for (const { login, number: phone_number } of tenants.slice(0, SENDERS)) {
    await act(app, OPERATOR, async (doing) => {
      const found = { phone_number, iso_country: 'US', type: 'local' as const };
      const account = { sid: login.username, owner_account_sid: login.username };
      const number = newNumber(doing, account, found, {});
      if (!(await takeNumber(doing, number, {}))) throw new Error(`${phone_number} is held`);
    });
  }
}

/** The request of a workload, with a place and a body of its own each time. */
export function requestOf(workload: Workload, tenants: readonly Tenant[]): Request {
  const part = partOf(workload, tenants);
  const of = (number: number) => part[number % part.length] as Tenant;
  if (workload.id === 'messages' || workload.id === 'calls') {
    return { ...sendingOf(workload.id, of), name: nameOf(workload), method: 'POST', status: 201 };
  }
  return {
    name: nameOf(workload),
    method: 'POST',
    path: '/_tieline/usage',
    type: 'application/json',
    body: (number) => {
      const events = Array.from({ length: workload.size }, (_, index) => {
        const { login } = of(number * workload.size + index);
        return { account_sid: login.username, category: CATEGORIES[1], key: randomUUID() };
      });
      return JSON.stringify(workload.size === 1 ? events[0] : events);
    },
  };
}

/** No callbacks are asked for, so that only the product itself works. */
function sendingOf(id: 'messages' | 'calls', of: (number: number) => Tenant) {
  const file = id === 'messages' ? 'Messages.json' : 'Calls.json';
  const content = (number: number) =>
    id === 'messages' ? { Body: `Hello ${number}` } : { Twiml: HANG_UP };
  return {
    path: `${accountPath(of(0).login)}/${file}`,
    place: (number: number) => {
      const { login } = of(number);
      return { path: `${accountPath(login)}/${file}`, authorization: basic(login) };
    },
    body: (number: number) => {
      const form = { From: of(number).number, To: OUTSIDE, ...content(number) };
      return new URLSearchParams(form).toString();
    },
  };
}
