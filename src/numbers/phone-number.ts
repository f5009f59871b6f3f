import {
  type CountryCode,
  isValidPhoneNumber,
  type PhoneNumber as Parsed,
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
/** The same without a plus sign, behind what is dialled first to get out of a country. */
const MAX_DIALLED = 20;
/** Numbers in national form are of this country, unless a number beside them says more. */
const HOME_COUNTRY = 'US';
/** What people write among the digits: also the dashes of word processors. */
const SEPARATORS = /[\s()./\p{Pd}]/gu;
/** A part of a number with `*` for any digit; of the dashes those that every engine can name. */
export const PART_OF_NUMBER = String.raw`^[+ ]?[\d*\s()./\u2010-\u2015-]*$`;

/** A number without the signs among its digits. */
export function withoutSeparators(text: string): string {
  // A plus sign that nobody escaped in a form arrives as a space.
  return text.replace(/^ (?=[\d*])/, '+').replaceAll(SEPARATORS, '');
}

/**
 * Reads a number in E.164, spaces and the like among its digits allowed. A plus sign that nobody
 * escaped in a form arrives as a space, and counts as one.
 * @returns null for what cannot be a number of any country. Numbers of the right length in areas
 * that do not exist are numbers: those of films and tests are such.
 */
export function readPhoneNumber(text: string): PhoneNumber | null {
  const compact = withoutSeparators(text);
  if (compact.length > MAX_LENGTH || !/^\+[1-9]\d{6,14}$/.test(compact)) return null;
  return present(parsePhoneNumberFromString(compact));
}

/**
 * Reads a number as somebody dials it: in E.164, or in the national form of a country, as
 * `(415) 555-0199` and `020 7946 0958` are.
 * @param near a number in E.164, in whose country the national form is read; null, or what is no
 * number, for the United States.
 * @returns null for what cannot be a number of any country, or not of that one.
 */
export function readDialledNumber(text: string, near: string | null = null): PhoneNumber | null {
  const international = readPhoneNumber(text);
  if (international) return international;
  const compact = text.replaceAll(SEPARATORS, '');
  if (compact.length > MAX_DIALLED || !/^\d+$/.test(compact)) return null;
  const country = near === null ? null : readPhoneNumber(near)?.iso_country;
  const options = { defaultCountry: country ?? HOME_COUNTRY, extract: false } as const;
  return present(parsePhoneNumberFromString(compact, options));
}

function present(parsed: Parsed | undefined): PhoneNumber | null {
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
