import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The settings of a program of the matrix, beside its credentials. */
export interface ScenarioSettings {
  readonly SCENARIO_SUBACCOUNT_SID: string;
  readonly SCENARIO_CONNECT_APP_SID: string;
  readonly SCENARIO_AUTHORIZED_APP_SID: string;
  readonly SCENARIO_TO: string;
  readonly SCENARIO_HOLD_URL: string;
  readonly SCENARIO_MARK: string;
}

/** A Tieline for a program's own setup: its address, and the developer's credentials. */
export interface Platform {
  readonly url: string;
  readonly account_sid: string;
  readonly auth_token: string;
}

/** The answer's JSON. @throws Error unless the request succeeds */
// oxlint-disable-next-line typescript/no-explicit-any
export async function ask(platform: Platform, path: string, body?: unknown): Promise<any> {
  const { url, account_sid, auth_token } = platform;
  const login = Buffer.from(`${account_sid}:${auth_token}`).toString('base64');
  const isControl = path.startsWith('/_tieline/');
  const answer = await fetch(url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: isControl
      ? { 'content-type': 'application/json' }
      : { authorization: `Basic ${login}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}

/**
 * Makes the world of a program: a customer who has authorised the demo app, and a foreign app that
 * the developer has authorised. `SCENARIO_MARK` is new each time, so the server has things with it
 * only if this program sent them.
 */
export async function prepareWorld(platform: Platform, hold: string): Promise<ScenarioSettings> {
  const { account_sid } = platform;
  const control = (path: string, body: unknown) => ask(platform, `/_tieline/${path}`, body);
  const { connect_apps } = await ask(
    platform,
    `/2010-04-01/Accounts/${account_sid}/ConnectApps.json`,
  );
  const connect_app_sid = connect_apps[0].sid as string;
  const customer = await control('accounts', { friendly_name: 'A customer' });
  const granted = await control('authorize', { connect_app_sid, account_sid: customer.sid });
  const other = await control('accounts', { friendly_name: 'Another developer' });
  const theirs = await control('connect_apps', {
    account_sid: other.sid,
    friendly_name: 'Another app',
    company_name: 'Another company',
    permissions: ['get-all'],
  });
  await control('authorize', { connect_app_sid: theirs.sid, account_sid });
  return {
    SCENARIO_SUBACCOUNT_SID: granted.account_sid,
    SCENARIO_CONNECT_APP_SID: connect_app_sid,
    SCENARIO_AUTHORIZED_APP_SID: theirs.sid,
    SCENARIO_TO: '+14155550123',
    SCENARIO_HOLD_URL: hold,
    SCENARIO_MARK: `mark-${randomBytes(6).toString('hex')}`,
  };
}

/** The time after which a waiting call is redirected. The platform gives up after 15 seconds. */
const HOLD_MS = 5_000;

/** A receiver that answers late, so that a call stays in progress. */
export interface Hold extends AsyncDisposable {
  readonly url: string;
}

export async function openHold(): Promise<Hold> {
  const again = '<Response><Redirect>/hold</Redirect></Response>';
  const server = createServer((_, answer) => {
    setTimeout(() => answer.setHeader('content-type', 'text/xml').end(again), HOLD_MS).unref();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hold`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
