import type { Selectable } from 'kysely';
import { z } from 'zod';
import type { Tables } from '../db/tables/tables.ts';
import { dates2010, resource, rfc2822Date, sid, uriMap } from '../http/answers/resource.ts';
import type { EpochMs } from '../kit/utc.ts';

export type Account = Selectable<Tables['accounts']>;

/** An account that acts. Its balance is left out, because each of its acts moves the balance. */
export type ActingAccount = Omit<Account, 'balance_micro' | 'balance_floor_micro'>;

export const ACCOUNT_STATUSES = ['active', 'suspended', 'closed'] as const;
export const ACCOUNT_TYPES = ['Trial', 'Full'] as const;

/** The most open subaccounts of a main account: docs/contract/accounts.md, "Subaccounts" */
export const MAX_SUBACCOUNTS: Readonly<Record<Account['type'], number>> = { Full: 1_000, Trial: 1 };

export const ACCOUNT_FIELDS = {
  auth_token: z.string().nullable(),
  date_created: rfc2822Date,
  date_updated: rfc2822Date,
  friendly_name: z.string(),
  owner_account_sid: sid('AC'),
  sid: sid('AC'),
  status: z.enum(ACCOUNT_STATUSES),
  subresource_uris: uriMap,
  type: z.enum(ACCOUNT_TYPES),
  uri: z.string(),
};

/** docs/contract/accounts.md, "Account" */
export const ACCOUNT = resource('Account', 'accounts', ACCOUNT_FIELDS);

const SUBRESOURCES = {
  addresses: 'Addresses',
  applications: 'Applications',
  authorized_connect_apps: 'AuthorizedConnectApps',
  available_phone_numbers: 'AvailablePhoneNumbers',
  balance: 'Balance',
  calls: 'Calls',
  conferences: 'Conferences',
  connect_apps: 'ConnectApps',
  incoming_phone_numbers: 'IncomingPhoneNumbers',
  keys: 'Keys',
  messages: 'Messages',
  notifications: 'Notifications',
  outgoing_caller_ids: 'OutgoingCallerIds',
  queues: 'Queues',
  recordings: 'Recordings',
  short_codes: 'SMS/ShortCodes',
  signing_keys: 'SigningKeys',
  sip: 'SIP',
  transcriptions: 'Transcriptions',
  usage: 'Usage',
};

/** The path of an account, or of something below it, as resources write it. */
export function accountUri(account_sid: string, below = ''): string {
  return `/2010-04-01/Accounts/${account_sid}${below}.json`;
}

/** The representation of an account. The token is null for callers that may not see one. */
export function presentAccount(account: Account, auth_token: string | null) {
  const uris = Object.entries(SUBRESOURCES).map(([name, path]) => [
    name,
    accountUri(account.sid, `/${path}`),
  ]);
  return {
    auth_token,
    ...dates2010(account),
    friendly_name: account.friendly_name,
    owner_account_sid: account.owner_account_sid,
    sid: account.sid,
    status: account.status,
    subresource_uris: Object.fromEntries(uris) as Record<string, string>,
    type: account.type,
    uri: accountUri(account.sid),
  };
}

/** The default name of a subaccount: `SubAccount Created at 2026-03-18 11:31 pm`. */
export function defaultFriendlyName(now: EpochMs): string {
  const date = new Date(now);
  const hour = date.getUTCHours();
  const minute = String(date.getUTCMinutes()).padStart(2, '0');
  const clock = `${String(hour % 12 || 12).padStart(2, '0')}:${minute} ${hour < 12 ? 'am' : 'pm'}`;
  return `SubAccount Created at ${date.toISOString().slice(0, 10)} ${clock}`;
}
