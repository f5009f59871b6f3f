import type { Account } from '../../src/accounts/account.ts';
import { createApiKey } from '../../src/accounts/create-api-key.ts';
import type { Act } from '../../src/audit/act.ts';
import type { Grant } from '../../src/authorizations/grant.ts';
import type { ConnectApp } from '../../src/connect-apps/connect-app.ts';
import type { Page } from '../../src/http/pages/page.ts';
import { importStock } from '../../src/numbers/import-stock.ts';
import type { Person } from '../../src/people/person.ts';
import { ROUTES } from '../../src/routes.ts';
import { enqueueWebhook } from '../../src/webhooks/enqueue-webhook.ts';
import { type ActedOn, actedOn } from '../console/acted-on.ts';
import { aPerson } from './browser.ts';
import { asSystem, type TestAccount, type TestApp } from './test-app.ts';
import { makeTrigger, meter } from './usage-triggers.ts';

/** Every page of the server. */
export const PAGES: readonly Page[] = ROUTES.pages.list;

/** An account with one thing of every kind that a page can show. */
export interface ConsoleWorld {
  readonly account: TestAccount;
  readonly subaccount: Account;
  readonly connect_app: ConnectApp;
  readonly grant: Grant;
  readonly key_sid: string;
  readonly delivery_sid: string;
  /** The things that an app acted on, one of every kind. */
  readonly acted: ActedOn;
  readonly trigger_sid: string;
  /** A person of the account who is also an operator of the platform. */
  readonly operator: Person;
  readonly other: Person;
}

const DEAUTHORIZE_URL = 'https://app.example.com/deauthorized';

export async function aConsoleWorld(app: TestApp): Promise<ConsoleWorld> {
  const account = await app.anAccount();
  const account_sid = account.sid;
  const connectApp = await app.aConnectApp(account, { deauthorize_callback_url: DEAUTHORIZE_URL });
  const of_account = { account_sid, root_sid: account_sid };
  const wanted = { ...of_account, friendly_name: 'A key', kind: 'standard' } as const;
  const { key } = await asSystem(app, (doing) => createApiKey(doing, wanted));
  const delivery_sid = await asSystem(app, (doing) =>
    enqueueWebhook(doing, {
      ...of_account,
      signing_account_sid: account_sid,
      connect_app_sid: connectApp.sid,
      kind: 'deauthorize',
      url: DEAUTHORIZE_URL,
      method: 'POST',
      body_kind: 'form',
      payload: { AccountSid: account_sid },
      retry: 'long',
    }),
  );
  const { sid: trigger_sid } = await asSystem(app, (doing) => makeTrigger(doing, account, 5));
  const grant = await app.aGrant(connectApp, account);
  await meter(app, account, { category: 'sms-outbound-longcode', count: 5 });
  await meter(app, { sid: grant.subaccount_sid }, { category: 'calls-inbound', price: '0.25' });
  await asSystem(app, stockNumbers);
  return {
    account,
    connect_app: connectApp,
    subaccount: await app.aSubaccount(account),
    grant,
    acted: await actedOn(app, grant),
    key_sid: key.sid,
    delivery_sid,
    trigger_sid,
    operator: await aPerson(app, account, { is_operator: true }),
    other: await aPerson(app, account),
  };
}

/** Puts a free number into the operator's stock. */
function stockNumbers(act: Act) {
  const number = {
    place: 'numbers[0]',
    number: '+493012345678',
    country: 'DE',
    kind: 'local',
    capabilities: 'sms voice',
    carrier: 'simulated',
    price: '',
  };
  const carriers = new Set(['simulated']);
  return importStock(act, { numbers: [number], carriers, dry_run: false });
}

/** The value of `:Sid` in a path, by the text before it. */
const SIDS: readonly (readonly [string, (world: ConsoleWorld) => string])[] = [
  ['/subaccounts/', (world) => world.subaccount.sid],
  ['/connect-apps/', (world) => world.connect_app.sid],
  ['/platform/accounts/', (world) => world.account.sid],
  ['/authorize/', (world) => world.connect_app.sid],
];

/**
 * The address of a page in a world. The page needs a thing that exists, so a parameter without a
 * value here is a mistake in the test.
 */
export function addressOf(page: Page, world: ConsoleWorld): string {
  const { account, acted, connect_app, other, key_sid, delivery_sid, trigger_sid } = world;
  const known: Record<string, string> = {
    AccountSid: account.sid,
    ConnectAppSid: connect_app.sid,
    KeySid: key_sid,
    PersonSid: other.sid,
    DeliverySid: delivery_sid,
    NumberSid: acted.number_sid,
    PolicySid: acted.policy_sid,
    MessageSid: acted.message_sid,
    MediaSid: acted.media_sid,
    CallSid: acted.call_sid,
    RecordingSid: acted.recording_sid,
    TriggerSid: trigger_sid,
  };
  return page.path.replaceAll(/([^:]*):(\w+)/g, (_, before: string, name: string) => {
    const sid = SIDS.find(([folder]) => before.endsWith(folder))?.[1](world);
    const value = (name === 'Sid' ? sid : undefined) ?? known[name];
    if (value === undefined && page.who !== 'anyone' && page.who !== 'person') {
      throw new Error(`${page.path}: what is ${name}?`);
    }
    return `${before}${value ?? 'none'}`;
  });
}
