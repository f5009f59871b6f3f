import { html } from 'hono/html';
import type { App } from '../app.ts';
import { findConnectApp } from '../connect-apps/connect-app-store.ts';
import { BUTTON_PATH } from '../console/apps/connect-button.ts';
import type { Mount } from '../http/mounts.ts';
import { Slot } from '../kit/kept.ts';
import { ownFile, page } from './demo-answers.ts';
import { demoApp } from './demo-app.ts';
import { layout } from './demo-frame.ts';
import { DemoMemory } from './demo-memory.ts';
import type { DemoSettings } from './demo-settings.ts';

/** Finds the app of the demo. `control/first-world.ts` provides it. */
export interface DemoWorld {
  readonly readWorld: (
    db: App['database']['db'],
  ) => Promise<{ readonly developer_account_sid: string; readonly connect_app_sid: string } | null>;
  readonly revealAccount: (
    app: App,
    sid: string,
  ) => Promise<{ readonly sid: string; readonly auth_token: string } | null>;
}

const PATH = '/demo';
const MEMORY = new Slot(() => new DemoMemory());

/**
 * The example app at this server's own address, in development mode. It gets the settings that a
 * developer would copy from the console. Everything else goes over HTTP.
 */
export function mountDemo(world: DemoWorld): Mount {
  return {
    path: PATH,
    development_only: true,
    async handle(app, request) {
      const settings = await readSettings(app, world);
      if (!settings) return unavailable(request);
      return demoApp(settings, app.kept.get(MEMORY))(request);
    },
  };
}

/**
 * Reads the settings anew at each request, because the app and its token may change at any time.
 */
async function readSettings(app: App, world: DemoWorld): Promise<DemoSettings | null> {
  const { db } = app.database;
  const sids = await world.readWorld(db);
  if (!sids) return null;
  const connectApp = await findConnectApp(db, sids.connect_app_sid);
  const owner = await world.revealAccount(app, sids.developer_account_sid);
  const [, origin] = /^(.*)\/demo\/authorize$/.exec(connectApp?.authorize_redirect_url ?? '') ?? [];
  if (!connectApp || !owner || origin === undefined) return null;
  return {
    origin,
    home: origin + PATH,
    account_sid: owner.sid,
    auth_token: owner.auth_token,
    connect_app_sid: connectApp.sid,
    button_image: origin + BUTTON_PATH,
    signed_redirect: connectApp.signed_redirect === 1,
    now: app.now,
  };
}

/** The page when the demo's app does not exist. */
function unavailable(request: Request): Response | Promise<Response> {
  const { pathname, origin } = new URL(request.url);
  const file = ownFile(pathname.slice(PATH.length));
  if (file) return file;
  const body = html`<section class="card">
    <p>
      The demo is the Connect app that a first start makes, and this data has none, or its Authorize
      URL leads elsewhere by now. Start the server once with an empty data folder:
    </p>
    <pre><code>npx tieline serve --data ./demo-data</code></pre>
    <p>Or, if nothing in this data has to stay, call <code>POST /_tieline/reset</code>.</p>
  </section>`;
  const frame = { settings: { home: PATH }, session: null };
  return page({ origin }, layout(frame, 'There is no demo app here', body), 404);
}
