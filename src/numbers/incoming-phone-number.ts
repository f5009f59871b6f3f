import type { Selectable } from 'kysely';
import type { IncomingPhoneNumbersTable } from '../db/acting-tables.ts';

/** A phone number that an account holds. */
export type IncomingPhoneNumber = Selectable<IncomingPhoneNumbersTable>;

/** The URLs of a number, by their fields' names. */
export const NUMBER_URLS = [
  'sms_url',
  'sms_fallback_url',
  'status_callback',
  'voice_url',
  'voice_fallback_url',
] as const;
export type NumberUrl = (typeof NUMBER_URLS)[number];

/** The grant of the app that gave one of a number's URLs; null: the account itself did. */
export function grantOfUrl(
  { url_grants }: Pick<IncomingPhoneNumber, 'url_grants'>,
  url: NumberUrl,
): string | null {
  return (JSON.parse(url_grants) as Partial<Record<NumberUrl, string>>)[url] ?? null;
}
