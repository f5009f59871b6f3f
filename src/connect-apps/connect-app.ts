import type { Selectable } from 'kysely';
import { z } from 'zod';
import { accountUri } from '../accounts/account.ts';
import type { Tables } from '../db/tables/tables.ts';
import { method, permissions, resource, sid, url } from '../http/answers/resource.ts';
import { readPermissions } from '../kit/permission.ts';

export type ConnectApp = Selectable<Tables['connect_apps']>;

export const COMPANY_NAME_LENGTH = 255;
export const DESCRIPTION_LENGTH = 2_000;

/** docs/contract/connect.md, "Connect app" */
export const CONNECT_APP = resource('ConnectApp', 'connect_apps', {
  account_sid: sid('AC'),
  authorize_redirect_url: url.nullable(),
  company_name: z.string().nullable(),
  deauthorize_callback_method: method.nullable(),
  deauthorize_callback_url: url.nullable(),
  description: z.string().nullable(),
  friendly_name: z.string().nullable(),
  homepage_url: url.nullable(),
  permissions,
  sid: sid('CN'),
  uri: z.string(),
});

export function presentConnectApp(app: ConnectApp) {
  return {
    account_sid: app.account_sid,
    authorize_redirect_url: app.authorize_redirect_url,
    company_name: app.company_name,
    deauthorize_callback_method: app.deauthorize_callback_method,
    deauthorize_callback_url: app.deauthorize_callback_url,
    description: app.description,
    friendly_name: app.friendly_name,
    homepage_url: app.homepage_url,
    permissions: readPermissions(app.permissions),
    sid: app.sid,
    uri: accountUri(app.account_sid, `/ConnectApps/${app.sid}`),
  };
}
