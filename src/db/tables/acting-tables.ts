import type { Bool, Dated, EpochMs, Json, Micro } from './columns.ts';

type Method = 'GET' | 'POST';

/**
 * A phone number that an account holds; releasing it deletes the row. No two accounts hold one.
 *
 * `url_grants` tells, of each of its URLs that an app gave, by which grant: an object from the
 * column's name to the grant's SID. The owner of that app signs what is sent there, and with the
 * grant the URL goes.
 */
export interface IncomingPhoneNumbersTable extends Dated {
  sid: string;
  account_sid: string;
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
  created_by_grant: string | null;
}

/** What messages are sent by in place of a number: one of its numbers is chosen for each. */
export interface MessagingServicesTable extends Dated {
  sid: string;
  account_sid: string;
  /** Numbers of the account in E.164, the first to be chosen first; null: all that it has. */
  phone_numbers: Json | null;
}

export interface MessagesTable extends Dated {
  sid: string;
  account_sid: string;
  to: string;
  from: string | null;
  /** Null once it was redacted or not kept. */
  body: string | null;
  status:
    | 'accepted'
    | 'scheduled'
    | 'queued'
    | 'sending'
    | 'sent'
    | 'delivered'
    | 'undelivered'
    | 'failed'
    | 'receiving'
    | 'received'
    | 'canceled';
  direction: 'inbound' | 'outbound-api' | 'outbound-call' | 'outbound-reply';
  num_segments: number;
  num_media: number;
  /** What was metered for it. It is shown when the message has got to its end. */
  price_micro: Micro | null;
  error_code: number | null;
  messaging_service_sid: string | null;
  date_sent: EpochMs | null;
  status_callback: string | null;
  /** When a scheduled message is to go out. */
  send_at: EpochMs | null;
  /** Whether the body is to go when the message has got to its end. */
  discards_body: Bool;
  /** The grant of the app that gave the callback's URL. */
  callback_by_grant: string | null;
  created_by_grant: string | null;
}

/** What came or went with a message. */
export interface MessageMediaTable extends Dated {
  sid: string;
  account_sid: string;
  message_sid: string;
  content_type: string;
  /** Where it is to be fetched from; null once it is there. */
  source_url: string | null;
  /** In base64; null until it is there. */
  content: string | null;
  created_by_grant: string | null;
}

export interface MessageFeedbackTable extends Dated {
  message_sid: string;
  account_sid: string;
  outcome: 'confirmed' | 'unconfirmed';
  created_by_grant: string | null;
}

/** Somebody who wants no more messages from a number of an account, having written STOP to it. */
export interface MessageOptOutsTable {
  account_sid: string;
  /** The account's. */
  phone_number: string;
  /** Whoever wrote. */
  recipient: string;
  date_created: EpochMs;
}

export interface CallsTable extends Dated {
  sid: string;
  account_sid: string;
  parent_call_sid: string | null;
  to: string;
  from: string;
  phone_number_sid: string | null;
  status:
    | 'queued'
    | 'ringing'
    | 'in-progress'
    | 'completed'
    | 'busy'
    | 'failed'
    | 'no-answer'
    | 'canceled';
  direction: 'inbound' | 'outbound-api' | 'outbound-dial';
  start_time: EpochMs | null;
  end_time: EpochMs | null;
  /** Seconds of simulated time, from the answer to the end. */
  duration: number | null;
  price_micro: Micro | null;
  answered_by: string | null;
  forwarded_from: string | null;
  caller_name: string | null;
  trunk_sid: string | null;
  status_callback: string | null;
  status_callback_method: Method;
  /** Which events are told: an array of names. */
  status_callback_events: Json;
  /** How many of them were told, for `SequenceNumber`. */
  status_callbacks: number;
  /** What was asked for when it was made, as far as only the carrier needs it. */
  options: Json;
  /** The grant of the app that gave the URLs which it runs by. */
  url_by_grant: string | null;
  created_by_grant: string | null;
}

/** What a call says at the SIP address that it goes to, to be let in; its user name is an option. */
export interface CallSipPasswordsTable {
  call_sid: string;
  account_sid: string;
  sealed: string;
  /** The id of the key on the ring that sealed it. */
  sealed_with: string;
  created_by_grant: string | null;
  date_created: EpochMs;
}

/** What happened in the course of a call or a message, for whoever looks at it. */
export interface TimelineTable {
  /** The call's or the message's. */
  resource_sid: string;
  number: number;
  account_sid: string;
  date_created: EpochMs;
  /** `status`, `request`, `twiml`, `verb`, `callback`, `note`. */
  kind: string;
  detail: Json;
  /** In the outbox, if this is a callback. */
  delivery_sid: string | null;
}

export interface RecordingsTable extends Dated {
  sid: string;
  account_sid: string;
  call_sid: string;
  status: 'in-progress' | 'paused' | 'stopped' | 'processing' | 'completed' | 'absent';
  channels: 1 | 2;
  source: 'DialVerb' | 'OutboundAPI' | 'RecordVerb' | 'StartCallRecordingAPI';
  track: 'inbound' | 'outbound' | 'both';
  start_time: EpochMs;
  /** Whole seconds; null while it runs. */
  duration: number | null;
  price_micro: Micro | null;
  status_callback: string | null;
  status_callback_method: Method;
  status_callback_events: Json;
  callback_by_grant: string | null;
  created_by_grant: string | null;
  /** Its data are gone; that it was there is shown for 40 days more. */
  date_deleted: EpochMs | null;
}

export interface TranscriptionsTable extends Dated {
  sid: string;
  account_sid: string;
  recording_sid: string;
  status: 'in-progress' | 'completed' | 'failed';
  type: string;
  duration: number | null;
  price_micro: Micro | null;
  transcription_text: string | null;
  created_by_grant: string | null;
}

/**
 * What the carrier has been handed and has not finished, one row for each thing: the carrier's
 * inbox, written in the deed that made the thing.
 */
export interface CarrierTasksTable {
  /**
   * The message, call, number, recording or transcription that it is about; `DE` and the digits of
   * a call, for the detection of who answered that.
   */
  sid: string;
  account_sid: string;
  kind: string;
  /** What is to be done next, in the carrier's own words. */
  step: Json;
  /** When, by the product's clock. */
  date_next: EpochMs;
  /** Whoever is doing it, until when by real time; it may be taken over then. */
  lease: string | null;
  leased_until: EpochMs | null;
  /** How often the step was tried and could not be recorded. */
  failures: number;
}

/** What applications have set as cookies, one row for each call and each two numbers that write. */
export interface TwimlCookiesTable {
  account_sid: string;
  /** The SID of a call; for messages the account's number, a space, and the other one. */
  conversation: string;
  /** The grant of the app whose URLs have set them; empty: the account's own have. */
  url_by_grant: string;
  /** A jar as tough-cookie writes it. */
  jar: Json;
  date_updated: EpochMs;
  date_expires: EpochMs;
}

/** The credentials that only pretend: a SID and a token beside those of each account. */
export interface TestCredentialsTable {
  /** What they are used with in place of the account's own SID. */
  sid: string;
  account_sid: string;
  digest: string;
  sealed: string;
  sealed_with: string;
  date_created: EpochMs;
}
