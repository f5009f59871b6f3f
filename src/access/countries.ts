import { getCountries, isSupportedCountry } from 'libphonenumber-js/max';

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

const NAMES = new Intl.DisplayNames('en', { type: 'region' });

/** The English name of a country, such as `United States`. */
export function countryName(code: string): string {
  return NAMES.of(code) ?? code;
}

const BY_NAME: ReadonlyMap<string, string> = new Map(
  getCountries().map((code) => [countryName(code).toLowerCase(), code]),
);

/** The code of the country that a text names by its code or its English name; null for none. */
export function findCountry(text: string): string | null {
  const code = text.toUpperCase();
  return isCountry(code) ? code : (BY_NAME.get(text.toLowerCase()) ?? null);
}
