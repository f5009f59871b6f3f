/** The fixed data that a test can ask for, by their documented names. */

export interface NewMessagingService {
  readonly account_sid: string;
  readonly sid?: string;
  /** Left out, it has every number of its account. */
  readonly phone_numbers?: readonly string[];
}

export interface MessagingService {
  readonly sid: string;
  readonly account_sid: string;
  readonly phone_numbers: readonly string[] | null;
  readonly date_created: string;
  readonly date_updated: string;
}

export interface AccountFilter {
  /** A main account, with its subaccounts. */
  readonly owner_account_sid?: string;
}

type Method = 'GET' | 'POST';

/** What a phone number is asked for with, and where it tells what happens. */
interface NumberSettings {
  readonly friendly_name?: string;
  readonly sms_url?: string;
  readonly sms_method?: Method;
  readonly sms_fallback_url?: string;
  readonly sms_fallback_method?: Method;
  readonly voice_url?: string;
  readonly voice_method?: Method;
  readonly voice_fallback_url?: string;
  readonly voice_fallback_method?: Method;
  readonly status_callback?: string;
  readonly status_callback_method?: Method;
}

export interface NewPhoneNumber extends NumberSettings {
  readonly account_sid: string;
  /** Any number that can be one, such as +15555550100. */
  readonly phone_number: string;
  readonly sid?: string;
}

export interface PhoneNumber {
  readonly sid: string;
  readonly account_sid: string;
  readonly phone_number: string;
  readonly friendly_name: string;
  readonly type: 'local' | 'mobile' | 'toll-free';
  readonly capabilities: Readonly<Record<'voice' | 'sms' | 'mms' | 'fax', boolean>>;
  readonly sms_url: string | null;
  readonly voice_url: string | null;
  readonly status_callback: string | null;
  readonly date_created: string;
  readonly date_updated: string;
  readonly uri: string;
}
