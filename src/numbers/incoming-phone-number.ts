import type { Selectable } from 'kysely';
import { z } from 'zod';
import { accountUri } from '../accounts/account.ts';
import { grantOf, grantsAfter } from '../authorizations/url-grants.ts';
import type { IncomingPhoneNumbersTable } from '../db/tables/number-tables.ts';
import { dates2010, method, resource, rfc2822Date, sid, url } from '../http/answers/resource.ts';
import { urlOfGrant } from '../kit/user-info.ts';
import {
  addressRequirements,
  capabilities,
  presentCapabilities,
} from './available-phone-number.ts';
import { traitsOf } from './numbering-plan.ts';

/** A phone number that an account holds. */
export type IncomingPhoneNumber = Selectable<IncomingPhoneNumbersTable>;

/** The most numbers of one account. */
export const MAX_NUMBERS = 1_000;

export const API_VERSION = '2010-04-01';
export const EMERGENCY_STATUSES = ['Active', 'Inactive'] as const;
export const RECEIVE_MODES = ['voice', 'fax'] as const;

/** The URLs of a number, by their fields' names. */
export const NUMBER_URLS = [
  'sms_url',
  'sms_fallback_url',
  'status_callback',
  'voice_url',
  'voice_fallback_url',
] as const;
export type NumberUrl = (typeof NUMBER_URLS)[number];

/** The grant of the app that gave a URL of a number; null when the account gave it. */
export function grantOfUrl(
  number: Pick<IncomingPhoneNumber, 'url_grants'>,
  url: NumberUrl,
): string | null {
  return grantOf(number, url);
}

/** The new `url_grants` after a caller has set or cleared some URLs. */
export function urlGrantsAfter(
  before: Pick<IncomingPhoneNumber, 'url_grants'>,
  given: Partial<Pick<IncomingPhoneNumber, NumberUrl>>,
  grant_sid: string | null,
): Pick<IncomingPhoneNumber, 'url_grants'> {
  return grantsAfter(NUMBER_URLS, before, given, grant_sid);
}

/** The changes to a number when the URLs of a grant end. */
export function withoutGrant(
  number: Pick<IncomingPhoneNumber, 'url_grants'>,
  grant_sid: string,
): Pick<IncomingPhoneNumber, 'url_grants'> & Partial<Record<NumberUrl, null>> {
  const of = NUMBER_URLS.filter((name) => grantOfUrl(number, name) === grant_sid);
  const cleared: Partial<Record<NumberUrl, null>> = {};
  for (const name of of) cleared[name] = null;
  return { ...cleared, ...urlGrantsAfter(number, cleared, null) };
}

/** `IncomingPhoneNumber`: docs/contract/numbers.md, "Number fields". */
export const INCOMING_PHONE_NUMBER = resource('IncomingPhoneNumber', 'incoming_phone_numbers', {
  account_sid: sid('AC'),
  address_requirements: addressRequirements,
  address_sid: sid('AD').nullable(),
  api_version: z.string(),
  beta: z.boolean(),
  bundle_sid: sid('BU').nullable(),
  capabilities,
  date_created: rfc2822Date,
  date_updated: rfc2822Date,
  emergency_address_sid: sid('AD').nullable(),
  emergency_address_status: z.enum(['registered', 'unregistered']),
  emergency_status: z.enum(EMERGENCY_STATUSES),
  friendly_name: z.string(),
  identity_sid: sid('RI').nullable(),
  origin: z.enum(['twilio']),
  phone_number: z.string(),
  sid: sid('PN'),
  sms_application_sid: sid('AP').nullable(),
  sms_fallback_method: method,
  sms_fallback_url: url.nullable(),
  sms_method: method,
  sms_url: url.nullable(),
  status: z.enum(['in-use']),
  status_callback: url.nullable(),
  status_callback_method: method,
  trunk_sid: sid('TK').nullable(),
  type: z.enum(['local', 'mobile', 'toll-free']),
  uri: z.string(),
  voice_application_sid: sid('AP').nullable(),
  voice_caller_id_lookup: z.boolean(),
  voice_fallback_method: method,
  voice_fallback_url: url.nullable(),
  voice_method: method,
  voice_receive_mode: z.enum(RECEIVE_MODES),
  voice_url: url.nullable(),
});

export function presentIncomingPhoneNumber(number: IncomingPhoneNumber) {
  const {
    iso_country: _,
    url_grants: _grants,
    created_by_grant: _by,
    root_sid: _root,
    carrier: _carrier,
    capabilities: _capabilities,
    ...shown
  } = number;
  const traits = traitsOf(number);
  const isRegistered = number.emergency_address_sid !== null;
  const urls = NUMBER_URLS.map((name) => [
    name,
    urlOfGrant(number[name], grantOfUrl(number, name)),
  ]);
  return {
    ...shown,
    ...(Object.fromEntries(urls) as Pick<IncomingPhoneNumber, NumberUrl>),
    ...dates2010(number),
    address_requirements: traits.address_requirements,
    api_version: API_VERSION,
    beta: false,
    capabilities: presentCapabilities(traits.capabilities),
    emergency_address_status: isRegistered ? ('registered' as const) : ('unregistered' as const),
    origin: 'twilio' as const,
    status: 'in-use' as const,
    uri: accountUri(number.account_sid, `/IncomingPhoneNumbers/${number.sid}`),
    voice_caller_id_lookup: number.voice_caller_id_lookup === 1,
  };
}
