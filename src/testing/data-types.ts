/** Generated from the schemas of the control API by `npm run control-types`. */

/**
 * The input of `ControlCreatePhoneNumber`: gives an account any phone number, on offer or
 * not.
 */
export interface NewPhoneNumber {
  readonly account_sid: string;
  /** Any possible phone number, such as +15555550100. */
  readonly phone_number: string;
  readonly sid?: string;
  readonly friendly_name?: string;
  readonly sms_url?: string;
  readonly sms_method?: 'GET' | 'POST';
  readonly sms_fallback_url?: string;
  readonly sms_fallback_method?: 'GET' | 'POST';
  readonly voice_url?: string;
  readonly voice_method?: 'GET' | 'POST';
  readonly voice_fallback_url?: string;
  readonly voice_fallback_method?: 'GET' | 'POST';
  readonly status_callback?: string;
  readonly status_callback_method?: 'GET' | 'POST';
}

/** The answer of `ControlCreatePhoneNumber`. */
export interface PhoneNumber {
  readonly account_sid: string;
  readonly address_requirements: 'none' | 'any' | 'local' | 'foreign';
  readonly address_sid: string | null;
  readonly api_version: string;
  readonly beta: boolean;
  readonly bundle_sid: string | null;
  readonly capabilities: {
    readonly voice: boolean;
    readonly sms: boolean;
    readonly mms: boolean;
    readonly fax: boolean;
    readonly SMS: boolean;
    readonly MMS: boolean;
  };
  readonly date_created: string;
  readonly date_updated: string;
  readonly emergency_address_sid: string | null;
  readonly emergency_address_status: 'registered' | 'unregistered';
  readonly emergency_status: 'Active' | 'Inactive';
  readonly friendly_name: string;
  readonly identity_sid: string | null;
  readonly origin: 'twilio';
  readonly phone_number: string;
  readonly sid: string;
  readonly sms_application_sid: string | null;
  readonly sms_fallback_method: 'GET' | 'POST';
  readonly sms_fallback_url: string | null;
  readonly sms_method: 'GET' | 'POST';
  readonly sms_url: string | null;
  readonly status: 'in-use';
  readonly status_callback: string | null;
  readonly status_callback_method: 'GET' | 'POST';
  readonly trunk_sid: string | null;
  readonly type: 'local' | 'mobile' | 'toll-free';
  readonly uri: string;
  readonly voice_application_sid: string | null;
  readonly voice_caller_id_lookup: boolean;
  readonly voice_fallback_method: 'GET' | 'POST';
  readonly voice_fallback_url: string | null;
  readonly voice_method: 'GET' | 'POST';
  readonly voice_receive_mode: 'voice' | 'fax';
  readonly voice_url: string | null;
}

/**
 * The input of `ControlCreateMessagingService`: makes a messaging service of an account,
 * with all its numbers or with some of them.
 */
export interface NewMessagingService {
  readonly account_sid: string;
  readonly sid?: string;
  /** The default is every number of the account. */
  readonly phone_numbers?: readonly string[];
}

/** The answer of `ControlCreateMessagingService`. */
export interface MessagingService {
  readonly sid: string;
  readonly account_sid: string;
  readonly phone_numbers: readonly string[] | null;
  readonly date_created: string;
  readonly date_updated: string;
}

export interface UsageEvent {
  readonly account_sid: string;
  readonly category: string;
  readonly count?: number;
  readonly usage?: string | number;
  readonly price?: string | number;
  /** A time as 2026-03-18T23:31:36Z; now, if it is left out. */
  readonly at?: string;
  /** An event counts once for each key of its account. */
  readonly key: string;
  /** Makes the event a correction of the price. */
  readonly reason?: string;
}

/** The answer of `ControlMeterUsage`. */
export interface Metered {
  readonly accepted: number;
  readonly repeated: number;
}

/**
 * The input of `ControlReceiveMessage`: a message arrives from outside at a number of an
 * account.
 */
export interface InboundMessage {
  readonly to: string;
  readonly from: string;
  readonly body?: string;
  readonly media_urls?: readonly string[];
}

/** The answer of `ControlReceiveMessage`. */
export interface Message {
  readonly account_sid: string;
  readonly api_version: string;
  readonly body: string;
  readonly date_created: string;
  readonly date_sent: string | null;
  readonly date_updated: string;
  readonly direction: 'inbound' | 'outbound-api' | 'outbound-call' | 'outbound-reply';
  readonly error_code: number | null;
  readonly error_message: string | null;
  readonly from: string | null;
  readonly messaging_service_sid: string | null;
  readonly num_media: string;
  readonly num_segments: string;
  readonly price: string | null;
  readonly price_unit: string;
  readonly sid: string;
  readonly status:
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
  readonly subresource_uris: Readonly<Record<string, string>>;
  readonly to: string;
  readonly uri: string;
}

/** The input of `ControlReceiveCall`: a call arrives from outside at a number of an account. */
export interface InboundCall {
  readonly to: string;
  readonly from: string;
  /** The digits and sentences of the caller, in turn. */
  readonly inputs?: readonly string[];
  readonly caller_name?: string;
  /** Seconds. */
  readonly hang_up_after?: number;
}

/** The answer of `ControlReceiveCall`. */
export interface Call {
  readonly account_sid: string;
  readonly answered_by: string | null;
  readonly api_version: string;
  readonly caller_name: string | null;
  readonly date_created: string;
  readonly date_updated: string;
  readonly direction: 'inbound' | 'outbound-api' | 'outbound-dial';
  readonly duration: string | null;
  readonly end_time: string | null;
  readonly forwarded_from: string | null;
  readonly from: string;
  readonly from_formatted: string;
  readonly group_sid: string | null;
  readonly parent_call_sid: string | null;
  readonly phone_number_sid: string | null;
  readonly price: string | null;
  readonly price_unit: string;
  readonly queue_time: string;
  readonly sid: string;
  readonly start_time: string | null;
  readonly status:
    | 'queued'
    | 'ringing'
    | 'in-progress'
    | 'completed'
    | 'busy'
    | 'failed'
    | 'no-answer'
    | 'canceled';
  readonly subresource_uris: Readonly<Record<string, string>>;
  readonly to: string;
  readonly to_formatted: string;
  readonly trunk_sid: string | null;
  readonly uri: string;
}
