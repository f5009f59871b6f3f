import type { Selectable } from 'kysely';
import { z } from 'zod';
import { accountUri } from '../accounts/account.ts';
import type { ConnectApp } from '../connect-apps/connect-app.ts';
import type { Tables } from '../db/tables.ts';
import { permissions, resource, sid, url } from '../http/resource.ts';
import { readPermissions } from '../kit/permission.ts';

export type Grant = Selectable<Tables['grants']>;

/** A grant together with what the customer is shown of its app. */
export type GrantWithApp = Grant &
  Pick<ConnectApp, 'company_name' | 'description' | 'friendly_name' | 'homepage_url'>;

/** `AuthorizedConnectApp`, twilio-contract §1.4. */
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

const REDIRECT_BASE = 'http://localhost';
const RESERVED: ReadonlySet<string> = new Set([
  'AccountSid',
  'state',
  'error',
  'Timestamp',
  'Nonce',
  'Signature',
]);

/**
 * The address that a customer's browser is sent to after consent: the registered URL with its
 * own query and fragment, and the given parameters. Parameters of the URL that have one of our
 * names go, so that nothing but the answer speaks with them (reliability T14); `keep` leaves
 * them, for a URL that this function made.
 */
export function redirectUrl(
  registered: string,
  parameters: Readonly<Record<string, string>>,
  reserved: 'remove' | 'keep' = 'remove',
): string {
  const [, base = '', query = '', fragment = ''] =
    /^([^?#]*)(?:\?([^#]*))?(#.*)?$/s.exec(registered) ?? [];
  const kept = query
    .split('&')
    .filter((part) => part !== '')
    .filter((part) => {
      const [name = ''] = new URL(`?${part}`, REDIRECT_BASE).searchParams.keys();
      return reserved === 'keep' || !RESERVED.has(name);
    });
  const added = new URLSearchParams(parameters).toString();
  return `${base}?${[...kept, added].join('&')}${fragment}`;
}
