import { emergencyIn } from '../carriers/emergency.ts';
import { isWebUrl, sipUri, URL_LENGTH } from '../http/parameters/fields.ts';
import { readDialledNumber, readPhoneNumber } from '../numbers/phone-number.ts';

const CLIENT = /^client:[\w.~%+@:?=&-]{1,256}$/;

/**
 * Reads an address that a call can go to or come from: a number, a `sip:` URI with or without
 * headers after its question mark, or a `client:`. A number is returned in E.164.
 * @param near the country of numbers in national form, as for `readDialledNumber`; without it, only
 *   E.164 is accepted
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

/** Whether an address is a number rather than a SIP or client address. An emergency number has no plus sign. */
export function isNumber(address: string): boolean {
  return address.startsWith('+') || emergencyIn(address) !== null;
}

/** Whether a URL can be the one that provides a call’s document. */
export function isCallUrl(url: string): boolean {
  return url.length <= URL_LENGTH && isWebUrl(url);
}

/** Whether a call leaves by its BYOC trunk. The trunk counts for numbers only. */
export function isTrunked(to: string, { byoc }: { readonly byoc: string | null }): boolean {
  return byoc !== null && isNumber(to);
}
