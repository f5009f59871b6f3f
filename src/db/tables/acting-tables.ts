import type { Bool, Dated, EpochMs, Json, Micro } from './columns.ts';

type Method = 'GET' | 'POST';

/** A sender of messages that chooses one of its numbers for each message. */
export interface MessagingServicesTable extends Dated {
  sid: string;
  account_sid: string;
  root_sid: string;
  /** Numbers of the account in E.164, in the order of choice; null means all of them. */
  phone_numbers: Json | null;
}

export interface MessagesTable extends Dated {
  sid: string;
  account_sid: string;
  root_sid: string;
  to: string;
  from: string | null;
  /** Null after it was redacted or discarded. */
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
  /** The metered price. It is shown when the message has reached its last status. */
  price_micro: Micro | null;
  error_code: number | null;
  messaging_service_sid: string | null;
  date_sent: EpochMs | null;
  status_callback: string | null;
  /** The time at which a scheduled message goes out. */
  send_at: EpochMs | null;
  /** Whether the body is discarded when the message has reached its last status. */
  discards_body: Bool;
  /** The grant of the app that gave the callback's URL. */
  callback_by_grant: string | null;
  created_by_grant: string | null;
  /** The carrier's charge to the operator, in the carrier's currency. No account sees it. */
  carrier_cost_micro: Micro | null;
  /** Three letters. */
  carrier_cost_currency: string | null;
}

/** A media file of a message. */
export interface MessageMediaTable extends Dated {
  sid: string;
  account_sid: string;
  root_sid: string;
  message_sid: string;
  content_type: string;
  /** The URL to fetch it from; null after it was fetched. */
  source_url: string | null;
  /** The file in base64; null until it was fetched. */
  content: string | null;
  created_by_grant: string | null;
}

export interface MessageFeedbackTable extends Dated {
  message_sid: string;
  account_sid: string;
  root_sid: string;
  outcome: 'confirmed' | 'unconfirmed';
  created_by_grant: string | null;
}

/** A recipient who wrote STOP to a number of an account, and gets no more messages from it. */
export interface MessageOptOutsTable {
  account_sid: string;
  root_sid: string;
  /** The account's number. */
  phone_number: string;
  /** The number that wrote STOP, here or to the carrier. */
  recipient: string;
  date_created: EpochMs;
}

/** The id that a carrier gave to one part of a message, and what it reported about the part. */
export interface CarrierRefsTable {
  message_sid: string;
  /** From 1. */
  part: number;
  parts: number;
  account_sid: string;
  root_sid: string;
  /** The carrier's name in the operator's file. */
  carrier: string;
  /** Not unique: carriers use their ids again. */
  ref: string;
  /** The last three are final. */
  state: 'accepted' | 'delivered' | 'undelivered' | 'failed';
  date_created: EpochMs;
}

export interface CallsTable extends Dated {
  sid: string;
  account_sid: string;
  root_sid: string;
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
  /** The names of the events that cause a callback, as an array. */
  status_callback_events: Json;
  /** The number of callbacks so far, for `SequenceNumber`. */
  status_callbacks: number;
  /** Parameters of its creation that only the carrier needs. */
  options: Json;
  /** The grant of the app that gave the URLs of the call. */
  url_by_grant: string | null;
  created_by_grant: string | null;
}

/** The leg of a call over a wire. It is there until its owner has ended the far side. */
export interface LegsTable {
  call_sid: string;
  account_sid: string;
  root_sid: string;
  /** The carrier's name in the operator's file. */
  carrier: string;
  /** The id of the process whose sockets hold the dialog. */
  owner: string;
  /** Real time; null until the call is answered. */
  answered_at: EpochMs | null;
  /** The dialog as text, by which another process ends the far side; null until the answer. */
  dialog: string | null;
  /** Real time. */
  date_created: EpochMs;
  /** The seconds that are paid ahead, and their price; null: nothing limits the call's costs. */
  paid_seconds: number | null;
  reserved_micro: number | null;
}

/** A process that holds legs, and its last sign of life. */
export interface LegOwnersTable {
  id: string;
  /** Real time. */
  date_seen: EpochMs;
}

/** The password of a call for the SIP address that it calls. Its user name is in the options. */
export interface CallSipPasswordsTable {
  call_sid: string;
  account_sid: string;
  root_sid: string;
  sealed: string;
  /** The id of the key on the ring that sealed it. */
  sealed_with: string;
  created_by_grant: string | null;
  date_created: EpochMs;
}

/** An entry in the timeline of a call or a message, which the console shows. */
export interface TimelineTable {
  /** The SID of the call or the message. */
  resource_sid: string;
  number: number;
  account_sid: string;
  root_sid: string;
  date_created: EpochMs;
  /** `status`, `request`, `twiml`, `verb`, `callback`, `note`. */
  kind: string;
  detail: Json;
  /** The delivery in the outbox, if this is a callback. */
  delivery_sid: string | null;
}

export interface RecordingsTable extends Dated {
  sid: string;
  account_sid: string;
  root_sid: string;
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
  /** The time when its data were deleted. The row itself is shown for 40 days more. */
  date_deleted: EpochMs | null;
}

export interface TranscriptionsTable extends Dated {
  sid: string;
  account_sid: string;
  root_sid: string;
  recording_sid: string;
  status: 'in-progress' | 'completed' | 'failed';
  type: string;
  duration: number | null;
  price_micro: Micro | null;
  transcription_text: string | null;
  created_by_grant: string | null;
}

/**
 * The inbox of tasks, one row for each unfinished thing. The deed that makes the thing writes the
 * row.
 */
export interface CarrierTasksTable {
  /**
   * The SID of the message, call, number, recording or transcription. For the detection of a
   * machine it is `DE` and the digits of the call's SID.
   */
  sid: string;
  account_sid: string;
  root_sid: string;
  kind: string;
  /** The next step; its kind defines the form. */
  step: Json;
  /** The time of the next step, by the product's clock. */
  date_next: EpochMs;
  /**
   * The lease of the worker that does it. Another worker may take it after `leased_until` (real
   * time).
   */
  lease: string | null;
  leased_until: EpochMs | null;
  /** The number of failed attempts at the step. */
  failures: number;
}

/** The cookies that applications set: one row for each call, and for each pair of numbers. */
export interface TwimlCookiesTable {
  account_sid: string;
  root_sid: string;
  /** The SID of a call; for messages the account's number, a space, and the other number. */
  conversation: string;
  /** The grant of the app whose URLs set them; empty for the account's own URLs. */
  url_by_grant: string;
  /** A cookie jar in tough-cookie's format. */
  jar: Json;
  date_updated: EpochMs;
  date_expires: EpochMs;
}

/** The test credentials of an account: a second SID and token whose requests have no effect. */
export interface TestCredentialsTable {
  /** The SID of the test credentials, used in place of the account's own SID. */
  sid: string;
  account_sid: string;
  root_sid: string;
  digest: string;
  sealed: string;
  sealed_with: string;
  date_created: EpochMs;
}
