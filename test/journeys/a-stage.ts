import assert from 'node:assert/strict';
import twilio from 'twilio';
import { readConfig } from '../../src/config.ts';
import { openLog } from '../../src/kit/log.ts';
import { type RunningServer, start } from '../../src/main.ts';
import type { TestEngine } from '../support/test-app.ts';
import { freshDatabase } from '../support/test-database.ts';
import { anIsv, type Isv } from './an-isv.ts';

/** The product run by `tieline serve`, and an app's developer with the app's own server. */
export interface Stage extends AsyncDisposable {
  readonly running: RunningServer;
  readonly isv: Isv;
  readonly developer: { readonly sid: string; readonly auth_token: string };
  readonly connect_app_sid: string;
}

export async function aStage(engine: TestEngine, permissions: readonly string[]): Promise<Stage> {
  const database = await freshDatabase(engine);
  const config = { ...readConfig({ port: '0' }, {}), data: database.location };
  const running = await start(config, { log: openLog('silent') });
  const developer = await control(running, '/accounts', { friendly_name: 'Developer' });
  const isv = await anIsv(developer.auth_token);
  const app = await control(running, '/connect_apps', {
    account_sid: developer.sid,
    friendly_name: 'Call Counter',
    company_name: 'Counting Company',
    description: 'Counts your calls and calls you back.',
    permissions,
    authorize_redirect_url: `${isv.origin}/authorized?from=tieline`,
    deauthorize_callback_url: `${isv.origin}/deauthorize`,
  });
  isv.button = `${running.origin}/authorize/${app.sid}?state=user%2042`;
  return {
    running,
    isv,
    developer,
    connect_app_sid: app.sid,
    async [Symbol.asyncDispose]() {
      await isv[Symbol.asyncDispose]();
      await running.close();
      await database.drop();
    },
  };
}

/** One call of the control API. */
export async function control(
  { origin }: RunningServer,
  path: string,
  body: unknown,
  // biome-ignore lint/suspicious/noExplicitAny: a test reads it field by field
  // oxlint-disable-next-line typescript/no-explicit-any
): Promise<any> {
  const reply = await fetch(`${origin}/_tieline${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.ok(reply.ok, await reply.clone().text());
  return reply.json();
}

/** The app's official SDK, with the SID from the redirect and the token of the app's owner. */
export function sdk({ running, developer }: Stage, account_sid: string): ReturnType<typeof twilio> {
  const client = twilio(account_sid, developer.auth_token);
  client.api.baseUrl = running.origin;
  client.voice.baseUrl = running.origin;
  return client;
}

/** Makes the app ask for both permissions, with the developer's SDK. */
export async function askForBoth(stage: Stage): Promise<void> {
  const owner = sdk(stage, stage.developer.sid);
  const permissions = ['get-all', 'post-all'] as const;
  await owner.connectApps(stage.connect_app_sid).update({ permissions: [...permissions] });
}
