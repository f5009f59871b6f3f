import type { Bool, Dated, EpochMs, Json, Micro } from './columns.ts';

type Method = 'GET' | 'POST';

/**
 * A phone number that an account holds; releasing it deletes the row. No two accounts hold one.
 *
 * `url_grants` maps the column name of each URL that an app gave to the SID of the app's grant. The
 * token of the app's owner signs requests to that URL, and the URL is removed with the grant.
 */
export interface IncomingPhoneNumbersTable extends Dated {
  sid: string;
  account_sid: string;
  root_sid: string;
  /** In E.164. */
  phone_number: string;
  friendly_name: string;
  type: 'local' | 'mobile' | 'toll-free';
  iso_country: string;
  address_sid: string | null;
  bundle_sid: string | null;
  identity_sid: string | null;
  emergency_address_sid: string | null;
  emergency_status: 'Active' | 'Inactive';
  sms_application_sid: string | null;
  sms_url: string | null;
  sms_method: Method;
  sms_fallback_url: string | null;
  sms_fallback_method: Method;
  status_callback: string | null;
  status_callback_method: Method;
  trunk_sid: string | null;
  voice_application_sid: string | null;
  voice_caller_id_lookup: Bool;
  voice_receive_mode: 'voice' | 'fax';
  voice_url: string | null;
  voice_method: Method;
  voice_fallback_url: string | null;
  voice_fallback_method: Method;
  url_grants: Json;
  /** The carrier of a number from the operator's stock; null: the routes choose one. */
  carrier: string | null;
  /** The capabilities of a number from the stock, by words; null: those of the numbering plan. */
  capabilities: string | null;
  created_by_grant: string | null;
}

/** A number that the operator has imported. Any account may buy it while nobody holds it. */
export interface StockNumbersTable extends Dated {
  /** In E.164, or the digits of a short code. */
  phone_number: string;
  iso_country: string;
  type: 'local' | 'mobile' | 'toll-free';
  /** The words `sms`, `mms` and `voice` with spaces between them. */
  capabilities: string;
  /** The name of the carrier in the operator's file. */
  carrier: string;
  /** The price of a month; null: the rate card has it. */
  price_micro: Micro | null;
  /** The end of the quarantine after a release. */
  date_free: EpochMs;
}
