import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Login, Request } from './ask.ts';
import type { Receiver } from './receiver.ts';
import type { Tieline } from './tieline-fleet.ts';

/** A main account that sends, calls, buys and authorises. */
export interface Customer {
  readonly login: Login;
  /** Its first number, from which messages and calls come. */
  readonly number: string;
  /** The subaccount in which the app acts. */
  readonly subaccount: Login;
  /** The trunk in the subaccount that the app renames. */
  readonly trunk: string;
}

export interface Tenants {
  readonly customers: readonly Customer[];
  readonly app: string;
  /** The account whose app it is. */
  readonly owner: Login;
}

/** The category of the load's usage events. Messages and calls do not count in it. */
export const CATEGORY = 'lookups';
const THRESHOLDS = [1, 10, 100, 500, 1_000, 2_000, 5_000, 10_000, 50_000, 1_000_000];
const START_MS = 30_000;
/** The numbers that the customers buy. In production nothing else is on offer. */
const STOCK = Array.from({ length: 10_000 }, (_, index) => ({
  number: `+1415200${String(index).padStart(4, '0')}`,
  country: 'US',
  kind: 'local',
  capabilities: 'sms mms voice',
  carrier: 'simulated',
}));

interface Wanted {
  readonly receiver: Receiver;
  readonly count: number;
  /** False for a version that has no stock of numbers, and offers simulated ones. */
  readonly has_stock?: boolean;
}

/** Makes the accounts of a run over the API. */
export async function makeTenants(
  client: Client,
  tieline: Tieline,
  { receiver, count, has_stock = true }: Wanted,
): Promise<Tenants> {
  const latest = client.now + START_MS;
  const demand = async <Body>(request: Request): Promise<Body> => {
    for (;;) {
      const { status, text, verdict } = await client.ask(tieline, request);
      if (verdict === 'done') return JSON.parse(text) as Body;
      if (status !== null && status !== 503) throw new Error(`${request.path}: ${status} ${text}`);
      if (client.now > latest) throw new Error(`the first process does not start: ${text}`);
      await sleep(100);
    }
  };
  const operate = <Body>(path: string, json: unknown) =>
    demand<Body>({ method: 'POST', path: `/_tieline${path}`, login: null, json });
  const newAccount = async (friendly_name: string): Promise<Login> => {
    const made = await operate<{ sid: string; auth_token: string }>('/accounts', { friendly_name });
    return { username: made.sid, password: made.auth_token };
  };

  if (has_stock) await operate('/numbers', { numbers: STOCK });
  const owner = await newAccount('The owner of the app');
  const { sid: app } = await operate<{ sid: string }>('/connect_apps', {
    account_sid: owner.username,
    friendly_name: 'The app',
    company_name: 'Example Telephony',
    permissions: ['get-all', 'post-all'],
    deauthorize_callback_url: `${receiver.origin}/deauthorized`,
  });
  const newCustomer = async (index: number): Promise<Customer> => {
    const login = await newAccount(`Customer ${index + 1}`);
    const account = `/2010-04-01/Accounts/${login.username}`;
    await operate(`/accounts/${login.username}/balance`, {
      amount: '1000000',
      reason: 'The first credit',
      key: 'first',
    });
    const bought = await demand<{ phone_number: string }>({
      method: 'POST',
      path: `${account}/IncomingPhoneNumbers.json`,
      login,
      form: { AreaCode: '415' },
    });
    for (const value of THRESHOLDS) {
      await demand({
        method: 'POST',
        path: `${account}/Usage/Triggers.json`,
        login,
        form: {
          CallbackUrl: `${receiver.origin}/trigger?${index}-${value}`,
          TriggerValue: String(value),
          TriggerBy: 'count',
          UsageCategory: CATEGORY,
        },
      });
    }
    const { account_sid } = await operate<{ account_sid: string }>('/authorize', {
      connect_app_sid: app,
      account_sid: login.username,
    });
    const listed = await demand<{ accounts: { sid: string; auth_token: string }[] }>({
      method: 'GET',
      path: `/_tieline/accounts?owner_account_sid=${login.username}`,
      login: null,
    });
    const found = listed.accounts.find(({ sid }) => sid === account_sid);
    const subaccount = { username: account_sid, password: found?.auth_token ?? '' };
    const trunk = await demand<{ sid: string }>({
      method: 'POST',
      path: '/v1/ByocTrunks',
      login: subaccount,
      form: { FriendlyName: 'Not yet renamed' },
    });
    return { login, number: bought.phone_number, subaccount, trunk: trunk.sid };
  };
  const customers: Customer[] = [];
  for (let index = 0; index < count; index += 1) customers.push(await newCustomer(index));
  return { customers, app, owner };
}
