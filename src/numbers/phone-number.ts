import {
  type CountryCode,
  isValidPhoneNumber,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';

/** What kind of line a number is, as far as prices and lists tell them apart. */
export type NumberType = 'local' | 'mobile' | 'toll-free';

/** A number in E.164, and what the numbering plans say of it. */
export interface PhoneNumber {
  readonly number: string;
  /** Null where the plan knows no such number, as of +1 555 555 0001, which tests use. */
  readonly iso_country: CountryCode | null;
  readonly type: NumberType;
  /** As people write it: `(415) 867-5308` in North America, E.164 elsewhere. */
  readonly formatted: string;
}

/** The most digits of a number (E.164), and a plus sign. */
const MAX_LENGTH = 16;

/**
 * Reads a number in E.164, spaces and the like among its digits allowed. A plus sign that nobody
 * escaped in a form arrives as a space, and counts as one.
 * @returns null for what cannot be a number of any country. Numbers of the right length in areas
 * that do not exist are numbers: those of films and tests are such.
 */
export function readPhoneNumber(text: string): PhoneNumber | null {
  const compact = text.replace(/^ (?=\d)/, '+').replaceAll(/[\s().-]/g, '');
  if (compact.length > MAX_LENGTH || !/^\+[1-9]\d{6,14}$/.test(compact)) return null;
  const parsed = parsePhoneNumberFromString(compact);
  if (!parsed?.isPossible()) return null;
  const { number, countryCallingCode } = parsed;
  const formatted = countryCallingCode === '1' ? parsed.formatNational() : number;
  return { number, iso_country: parsed.country ?? null, type: typeOf(parsed.getType()), formatted };
}

/** Whether the numbering plans of the world have such a number. @param number in E.164 */
export function isAssignable(number: string): boolean {
  return isValidPhoneNumber(number);
}

function typeOf(type: string | undefined): NumberType {
  if (type === 'TOLL_FREE') return 'toll-free';
  return type === 'MOBILE' ? 'mobile' : 'local';
}

/** An address of a call as people write it; what is no number stays as it is. */
export function formatAddress(address: string): string {
  return readPhoneNumber(address)?.formatted ?? address;
}

/**
 * Where a number is, as applications are told it: its country, which its plan says; the rest is
 * empty, as nobody here knows it.
 * @param side begins the names of the parameters
 */
export function placeOf(
  side: 'From' | 'To' | 'Caller' | 'Called',
  country: string,
): Record<string, string> {
  return {
    [`${side}Country`]: country,
    [`${side}State`]: '',
    [`${side}City`]: '',
    [`${side}Zip`]: '',
  };
}
