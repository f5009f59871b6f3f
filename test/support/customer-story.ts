import assert from 'node:assert/strict';
import type { Grant } from '../../src/authorizations/grant.ts';
import type { ConnectApp } from '../../src/connect-apps/connect-app.ts';
import { aPerson, type Browser, signedIn, unescaped } from './browser.ts';
import { aNumber, type Caller } from './calls.ts';
import { connectLogin, type TestAccount, type TestApp } from './test-app.ts';

/** A customer who uses the console, and an app that acts in the customer's subaccount. */
export interface CustomerStory {
  readonly customer: TestAccount;
  /** The owner of the app. */
  readonly developer: TestAccount;
  readonly browser: Browser;
  readonly connect_app: ConnectApp;
  readonly grant: Grant;
  /** The app as a caller of the API, with its number. */
  readonly app: Caller;
  /** Opens a page of the customer that must exist. @returns its text as a person reads it */
  read(path: string): Promise<string>;
  /** Opens a page of the customer that must exist. @returns its HTML */
  open(path: string): Promise<string>;
}

export async function aCustomerStory(app: TestApp, name = 'Reminders'): Promise<CustomerStory> {
  const developer = await app.anAccount({ friendly_name: 'A developer' });
  const customer = await app.anAccount({ friendly_name: 'A customer' });
  const connectApp = await app.aConnectApp(developer, { friendly_name: name });
  const grant = await app.aGrant(connectApp, customer);
  const browser = await signedIn(app, await aPerson(app, customer));
  const account = { ...customer, sid: grant.subaccount_sid };
  const login = connectLogin(grant, developer);
  const number = await aNumber(app, account, login);
  const calls = `/2010-04-01/Accounts/${account.sid}/Calls`;
  const open = async (path: string) => {
    const { status, text } = await browser.get(`/console/${customer.sid}${path}`);
    assert.equal(status, 200, text);
    return text;
  };
  return {
    customer,
    developer,
    browser,
    connect_app: connectApp,
    grant,
    app: { account, login, number, calls },
    open,
    read: async (path) => textOf(await open(path)),
  };
}

/** The words of a page's main part. */
export function textOf(page: string): string {
  const main = /<main[\s\S]*<\/main>/.exec(page)?.[0] ?? '';
  return unescaped(main.replaceAll(/<[^>]*>/g, ' '))
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** The texts of the entries of a page's list. */
export function entriesOf(page: string): string[] {
  const list = /<ol class="log[\s\S]*?<\/ol>/.exec(page)?.[0] ?? '';
  return list
    .split('<li>')
    .slice(1)
    .map((entry) => textOf(`<main>${entry}</main>`));
}

/**
 * Expects that a person of another account finds none of these pages of a customer, neither under
 * the customer's account nor under the person's own.
 */
export async function assertHiddenFromStrangers(
  app: TestApp,
  customer: TestAccount,
  paths: readonly string[],
): Promise<void> {
  const own = await app.anAccount({ friendly_name: 'A stranger' });
  const stranger = await signedIn(app, await aPerson(app, own));
  for (const path of paths) {
    const { status } = await stranger.get(`/console/${customer.sid}${path}`);
    assert.equal(status, 404, path);
    const { status: inOwn } = await stranger.get(`/console/${own.sid}${path}`);
    assert.equal(inOwn, 404, `own ${path}`);
  }
}

/** A text that holds HTML and scripts. */
export const HOSTILE =
  `<script>alert(1)</script> "'><img src=x onerror=alert(1)> \u202Egnirts \u0627\u0644 ` +
  `Z\u0351\u036B\u0343a\u0301\u0489lgo {{7*7}} &lt;b&gt; ${'long'.repeat(200)}`;

/** Expects that no part of the hostile text has become an element or an attribute. */
export function assertHarmless(page: string): void {
  assert.doesNotMatch(page, /<script>|<img src=x|<b>|"'>/);
}
