import assert from 'node:assert/strict';
import { fetchGrant } from '../../src/authorizations/grant-store.ts';
import type { ConnectApp } from '../../src/connect-apps/connect-app.ts';
import { aPerson, type Browser, signedIn, type Visit } from './browser.ts';
import type { TestAccount, TestApp } from './test-app.ts';

export interface Stage {
  readonly developer: TestAccount;
  readonly customer: TestAccount;
  readonly connect_app: ConnectApp;
  readonly path: string;
  readonly browser: Browser;
}

/** A developer with an app, and a signed-in person of a customer at the app's button. */
export async function aStage(
  app: TestApp,
  options: Parameters<TestApp['aConnectApp']>[1] = {},
): Promise<Stage> {
  const developer = await app.anAccount({ friendly_name: 'Developer' });
  const customer = await app.anAccount({ friendly_name: 'Customer' });
  const connectApp = await app.aConnectApp(developer, options);
  const browser = await signedIn(app, await aPerson(app, customer));
  const path = `/authorize/${connectApp.sid}`;
  return { developer, customer, connect_app: connectApp, path, browser };
}

export const answer = ({ browser, path }: Stage, page: Visit, value: 'authorize' | 'deny') =>
  browser.submit(page, path, { answer: value });

export const grantOf = (app: TestApp, { connect_app, customer }: Stage) =>
  fetchGrant(app.app.database.db, connect_app.sid, customer.sid);

/** Expects a page that names the reason and says that nothing was granted. */
export function assertEnds(visit: Visit, status: number, title: RegExp): void {
  assert.equal(visit.status, status, visit.text);
  assert.match(visit.text, /<main/);
  assert.match(visit.text, title);
  assert.equal(visit.location, undefined);
}
