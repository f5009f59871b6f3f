import { isSupportedCountry } from 'libphonenumber-js/max';

/** The most countries in a list. There are fewer than that. */
export const MAX_COUNTRIES = 300;

export const COUNTRY_RULE = 'must be two letters of ISO 3166-1 such as "US"';

/** Whether a text is the code of a country that has telephone numbers. */
export function isCountry(text: string): boolean {
  return isSupportedCountry(text);
}

/** A list of countries as a column holds it: sorted, with spaces between. */
export function textOfCountries(countries: readonly string[]): string {
  return [...new Set(countries)].toSorted().join(' ');
}

/** The list in a column. Null stays null, and an empty text has no country. */
export function readCountries(text: string | null): readonly string[] | null {
  if (text === null) return null;
  return text === '' ? [] : text.split(' ');
}
