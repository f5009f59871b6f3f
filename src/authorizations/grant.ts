import type { Selectable } from 'kysely';
import { z } from 'zod';
import { accountUri } from '../accounts/account.ts';
import type { ConnectApp } from '../connect-apps/connect-app.ts';
import type { Tables } from '../db/tables/tables.ts';
import { permissions, resource, sid, url } from '../http/answers/resource.ts';
import { readPermissions } from '../kit/permission.ts';

export type Grant = Selectable<Tables['grants']>;

/** A grant with the fields of its app that the customer sees. */
export type GrantWithApp = Grant &
  Pick<ConnectApp, 'company_name' | 'description' | 'friendly_name' | 'homepage_url'>;

/** docs/contract/connect.md, "AuthorizedConnectApps" */
export const AUTHORIZED_CONNECT_APP = resource('AuthorizedConnectApp', 'authorized_connect_apps', {
  account_sid: sid('AC'),
  connect_app_company_name: z.string().nullable(),
  connect_app_description: z.string().nullable(),
  connect_app_friendly_name: z.string().nullable(),
  connect_app_homepage_url: url.nullable(),
  connect_app_sid: sid('CN'),
  permissions,
  uri: z.string(),
});

export function presentAuthorizedConnectApp(grant: GrantWithApp) {
  return {
    account_sid: grant.account_sid,
    connect_app_company_name: grant.company_name,
    connect_app_description: grant.description,
    connect_app_friendly_name: grant.friendly_name,
    connect_app_homepage_url: grant.homepage_url,
    connect_app_sid: grant.connect_app_sid,
    permissions: readPermissions(grant.permissions),
    uri: accountUri(grant.account_sid, `/AuthorizedConnectApps/${grant.connect_app_sid}`),
  };
}
