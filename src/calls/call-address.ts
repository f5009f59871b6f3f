import { isWebUrl, sipUri, URL_LENGTH } from '../http/parameters/fields.ts';
import { readDialledNumber, readPhoneNumber } from '../numbers/phone-number.ts';

const CLIENT = /^client:[\w.~%+@:?=&-]{1,256}$/;

/**
 * Reads what a call can go to or come from: a number, which comes back in E.164, a `sip:` URI,
 * also with the headers behind its question mark, or a `client:`.
 * @param near where a number in national form is dialled from, as `readDialledNumber` has it; left
 * out, only E.164 is a number
 * @returns null for anything else.
 */
export function readCallAddress(text: string, near?: string | null): string | null {
  if (/^sip:/i.test(text)) {
    const [uri = ''] = text.split('?', 1);
    const isSip = text.length <= URL_LENGTH && !/[\s\p{C}]/u.test(text);
    return isSip && sipUri.safeParse(uri).success ? text : null;
  }
  if (text.startsWith('client:')) return CLIENT.test(text) ? text : null;
  const number = near === undefined ? readPhoneNumber(text) : readDialledNumber(text, near);
  return number?.number ?? null;
}

/** Whether an address is a number rather than a SIP or client address. */
export function isNumber(address: string): boolean {
  return address.startsWith('+');
}

/** Whether a call can be run by what is there. */
export function isCallUrl(url: string): boolean {
  return url.length <= URL_LENGTH && isWebUrl(url);
}
