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
