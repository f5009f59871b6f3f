import {
  type CountryCode,
  getCountryCallingCode,
  isValidPhoneNumber,
  type PhoneNumber as Parsed,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';
import { emergencyIn } from '../carriers/emergency.ts';

/** The type of a number. Prices and lists depend on it. */
export type NumberType = 'local' | 'mobile' | 'toll-free';

/** A number in E.164, with facts from the numbering plans. */
export interface PhoneNumber {
  readonly number: string;
  /** Null for a number that no plan knows, such as +1 555 555 0001, which tests use. */
  readonly iso_country: CountryCode | null;
  readonly type: NumberType;
  /** The number for people: `(415) 867-5308` in North America, E.164 elsewhere. */
  readonly formatted: string;
}

/** The greatest length of a number: the digits of E.164 and a plus sign. */
const MAX_LENGTH = 16;
/** The greatest length of a number without a plus sign, with an international prefix. */
const MAX_DIALLED = 20;
/** The country of numbers in national form, unless another number gives the country. */
const HOME_COUNTRY = 'US';
/** Separators that people write between digits, the dashes of word processors included. */
const SEPARATORS = /[\s()./\p{Pd}]/gu;
/**
 * A part of a number, with `*` for any digit. It lists dashes that every regular expression engine
 * knows.
 */
export const PART_OF_NUMBER = String.raw`^[+ ]?[\d*\s()./\u2010-\u2015-]*$`;

/** A number without the signs among its digits. */
export function withoutSeparators(text: string): string {
  // An unescaped plus sign in a form arrives as a space.
  return text.replace(/^ (?=[\d*])/, '+').replaceAll(SEPARATORS, '');
}

/**
 * Reads a number in E.164, with or without separators. An unescaped plus sign in a form arrives as
 * a space, and is read as a plus sign.
 * @returns null for text that cannot be a number of any country. A number of the right length in an
 *   area that does not exist is accepted, because films and tests use such numbers.
 */
export function readPhoneNumber(text: string): PhoneNumber | null {
  const compact = withoutSeparators(text);
  if (compact.length > MAX_LENGTH || !/^\+[1-9]\d{6,14}$/.test(compact)) return null;
  let number = read.get(compact);
  if (number === undefined) {
    number = present(parsePhoneNumberFromString(compact));
    if (read.size >= MAX_REMEMBERED) read.clear();
    read.set(compact, number);
  }
  return number;
}

/** The most numbers in memory. One request reads its numbers several times. */
const MAX_REMEMBERED = 1_000;
const read = new Map<string, PhoneNumber | null>();

/**
 * Reads a number in E.164, or in the national form of a country, such as `(415) 555-0199` and
 * `020 7946 0958`.
 * @param near a number in E.164 that gives the country of the national form; without a valid one it
 * is the United States
 * @returns null for text that is not a number of that country or of any
 */
export function readDialledNumber(text: string, near: string | null = null): PhoneNumber | null {
  const international = readPhoneNumber(text);
  if (international) return international;
  // A few of these have as many digits as numbers of some country.
  if (emergencyIn(text) !== null) return null;
  const compact = text.replaceAll(SEPARATORS, '');
  if (compact.length > MAX_DIALLED || !/^\d+$/.test(compact)) return null;
  const country = near === null ? null : readPhoneNumber(near)?.iso_country;
  const options = { defaultCountry: country ?? HOME_COUNTRY, extract: false } as const;
  return present(parsePhoneNumberFromString(compact, options));
}

/**
 * Whether a number is in one of some countries. A number in an area that does not exist is in every
 * country that has its calling code.
 * @param number in E.164
 */
export function isNumberIn(number: string, countries: readonly string[]): boolean {
  const country = readPhoneNumber(number)?.iso_country ?? null;
  if (country !== null) return countries.includes(country);
  return countries.some((one) =>
    number.startsWith(`+${getCountryCallingCode(one as CountryCode)}`),
  );
}

/** The country of a number for people; unknown for a number that no plan has. */
export function countryOf(number: string): string {
  return readPhoneNumber(number)?.iso_country ?? 'unknown';
}

function present(parsed: Parsed | undefined): PhoneNumber | null {
  if (!parsed?.isPossible()) return null;
  const { number, countryCallingCode } = parsed;
  const formatted = countryCallingCode === '1' ? parsed.formatNational() : number;
  return { number, iso_country: parsed.country ?? null, type: typeOf(parsed.getType()), formatted };
}

/** Whether a numbering plan has such a number. @param number in E.164 */
export function isAssignable(number: string): boolean {
  return isValidPhoneNumber(number);
}

function typeOf(type: string | undefined): NumberType {
  if (type === 'TOLL_FREE') return 'toll-free';
  return type === 'MOBILE' ? 'mobile' : 'local';
}

/** Whether a text can be a short code: a number of few digits that works in one country. */
export function isShortCode(text: string): boolean {
  return /^\d{3,8}$/.test(text);
}

/** The address of a call for people. An address that is not a number stays as it is. */
export function formatAddress(address: string): string {
  return readPhoneNumber(address)?.formatted ?? address;
}

/**
 * The place of a number as parameters for applications. The country comes from the plan. The other
 * parameters are empty, because the plan does not have them.
 * @param side the beginning of the parameters' names
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
