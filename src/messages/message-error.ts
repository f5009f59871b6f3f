import { CARRIER_ERRORS } from '../carriers/carrier-error.ts';
import { TWIML_ERRORS } from '../twiml/twiml.ts';

/** The reasons why messages do not arrive: Twilio's codes, with our own texts. */
export const MESSAGE_ERRORS = {
  ...CARRIER_ERRORS,
  21408:
    'The account, or the app that sent the message, may not reach the country of the recipient',
  21606: 'The account no longer holds a number that can send the message',
  21701: 'The account has no such messaging service',
  21704: 'The messaging service has no number that can send such messages',
  12300: 'A media file, or the answer of the application, has a type that cannot be used',
  30002: 'The account was suspended or closed before the message was sent',
  30019: 'The media files are larger than messages carry',
  63007: 'The number on WhatsApp that the message comes from is not the account’s',
  63019: 'A media file could not be fetched from its address',
} as const;

export type MessageErrorCode = keyof typeof MESSAGE_ERRORS;

export function messageErrorText(code: number): string {
  const texts: Readonly<Record<number, string>> = { ...TWIML_ERRORS, ...MESSAGE_ERRORS };
  return texts[code] ?? 'The message did not arrive';
}
