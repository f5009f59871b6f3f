import { z } from 'zod';
import type { Absence } from '../http/absence.ts';
import { type Resource, resource } from '../http/answers/resource.ts';

/** A list of the 2010 API that is always empty here. */
export interface AbsentList {
  /** The path below the account, with `:Name` for a parameter. */
  readonly below: string;
  /** The array's key in JSON. The list element in XML has the same name in Pascal case. */
  readonly key: string;
  /** The element of one item in XML. */
  readonly element: string;
  /** The `operationId` in Twilio's OpenAPI description. */
  readonly id: string;
  /** The fields of one item that Twilio documents, in the order of the CSV columns. */
  readonly fields: string;
}

const HOOKS = 'sms_fallback_method sms_fallback_url sms_method sms_url';
const VOICE_HOOKS = 'voice_fallback_method voice_fallback_url voice_method voice_url';
const DATES = 'date_created date_updated';
const NOTIFICATION = `account_sid api_version call_sid ${DATES} error_code log message_date message_text more_info request_method request_url sid uri`;

/**
 * Lists below an account that some programs read although they are always empty here. The server,
 * the descriptions, the access check and the tests all read this table.
 */
export const ABSENT_LISTS: readonly AbsentList[] = [
  {
    below: 'Addresses',
    key: 'addresses',
    element: 'Address',
    id: 'ListAddress',
    fields: `account_sid city customer_name ${DATES} emergency_enabled friendly_name iso_country postal_code region sid street street_secondary uri validated verified`,
  },
  {
    below: 'Applications',
    key: 'applications',
    element: 'Application',
    id: 'ListApplication',
    fields: `account_sid api_version ${DATES} friendly_name message_status_callback public_application_connect_enabled sid ${HOOKS} sms_status_callback status_callback status_callback_method uri voice_caller_id_lookup ${VOICE_HOOKS}`,
  },
  {
    below: 'Conferences',
    key: 'conferences',
    element: 'Conference',
    id: 'ListConference',
    fields: `account_sid api_version call_sid_ending_conference ${DATES} friendly_name reason_conference_ended region sid status subresource_uris uri`,
  },
  {
    below: 'Notifications',
    key: 'notifications',
    element: 'Notification',
    id: 'ListNotification',
    fields: NOTIFICATION,
  },
  {
    below: 'OutgoingCallerIds',
    key: 'outgoing_caller_ids',
    element: 'OutgoingCallerId',
    id: 'ListOutgoingCallerId',
    fields: `account_sid ${DATES} friendly_name phone_number sid uri`,
  },
  {
    below: 'Queues',
    key: 'queues',
    element: 'Queue',
    id: 'ListQueue',
    fields: `account_sid average_wait_time current_size ${DATES} friendly_name max_size sid uri`,
  },
  {
    below: 'SIP/CredentialLists',
    key: 'credential_lists',
    element: 'CredentialList',
    id: 'ListSipCredentialList',
    fields: `account_sid ${DATES} friendly_name sid subresource_uris uri`,
  },
  {
    below: 'SIP/Domains',
    key: 'domains',
    element: 'Domain',
    id: 'ListSipDomain',
    fields: `account_sid api_version auth_type byoc_trunk_sid ${DATES} domain_name emergency_caller_sid emergency_calling_enabled friendly_name secure sid sip_registration subresource_uris uri ${VOICE_HOOKS} voice_status_callback_method voice_status_callback_url`,
  },
  {
    below: 'SIP/IpAccessControlLists',
    key: 'ip_access_control_lists',
    element: 'IpAccessControlList',
    id: 'ListSipIpAccessControlList',
    fields: `account_sid ${DATES} friendly_name sid subresource_uris uri`,
  },
  {
    below: 'SMS/ShortCodes',
    key: 'short_codes',
    element: 'ShortCode',
    id: 'ListShortCode',
    fields: `account_sid api_version ${DATES} friendly_name short_code sid ${HOOKS} uri`,
  },
  {
    below: 'Calls/:CallSid/Events',
    key: 'events',
    element: 'Event',
    id: 'ListCallEvent',
    fields: 'request response',
  },
  {
    below: 'Calls/:CallSid/Notifications',
    key: 'notifications',
    element: 'Notification',
    id: 'ListCallNotification',
    fields: NOTIFICATION,
  },
  {
    below: 'IncomingPhoneNumbers/:IncomingPhoneNumberSid/AssignedAddOns',
    key: 'assigned_add_ons',
    element: 'AssignedAddOn',
    id: 'ListIncomingPhoneNumberAssignedAddOn',
    fields: `account_sid configuration ${DATES} description friendly_name resource_sid sid subresource_uris unique_name uri`,
  },
  {
    below: 'Recordings/:RecordingSid/AddOnResults',
    key: 'add_on_results',
    element: 'AddOnResult',
    id: 'ListRecordingAddOnResult',
    fields: `account_sid add_on_configuration_sid add_on_sid date_completed ${DATES} reference_sid sid status subresource_uris`,
  },
];

/** Resources of the 2010 API that have no list to read. */
const ABSENT_DEEDS = [
  'Calls/:CallSid/Payments',
  'Calls/:CallSid/Siprec',
  'Calls/:CallSid/Streams',
  'Calls/:CallSid/Transcriptions',
  'Calls/:CallSid/UserDefinedMessageSubscriptions',
  'Calls/:CallSid/UserDefinedMessages',
  'Tokens',
];

/** Names among an account's `subresource_uris` that are not lists. */
const FOLDERS = {
  SIP: 'SIP/Domains, SIP/CredentialLists and SIP/IpAccessControlLists',
  Usage: 'Usage/Records and Usage/Triggers',
};

const ACCOUNT = '/2010-04-01/Accounts/:AccountSid';

/** `Calls/:CallSid/Events` → `Calls/Events` */
const nameOf = (below: string) => below.replaceAll(/\/:\w+/g, '');

/** Older names of resources that are here under their newer names only. */
const OLDER_NAMES = { 'SMS/Messages': 'Messages' };

/**
 * All resources of the 2010 API that are not part of the product. Lists answer `GET` themselves.
 */
export const ABSENCES: readonly Absence[] = [
  ...ABSENT_LISTS.map(({ below }) => ({
    what: nameOf(below),
    path: pathOf(below),
    says: `the list is always empty, and nothing can be made, read or changed in it`,
  })),
  ...ABSENT_DEEDS.map((below) => ({
    what: nameOf(below),
    path: pathOf(below),
    says: 'nothing of the kind can be made, read or changed',
  })),
  ...Object.entries(OLDER_NAMES).map(([below, newer]) => ({
    what: below,
    path: pathOf(below),
    says: `this is an older name: use ${newer}`,
  })),
  ...Object.entries(FOLDERS).map(([below, lists]) => ({
    what: below,
    path: pathOf(below),
    says: `this is not a list: read ${lists}`,
    folder: true as const,
  })),
];

/** The path of a list as the route table writes it. */
export function pathOf<const Below extends string>(below: Below): `${typeof ACCOUNT}/${Below}` {
  return `${ACCOUNT}/${below}`;
}

/** The form of an item. No item ever exists, so no field has a type. */
export function absentResource({ element, key, fields }: AbsentList): Resource {
  const shape = Object.fromEntries(fields.split(' ').map((name) => [name, z.unknown()]));
  return resource(element, key, shape);
}
