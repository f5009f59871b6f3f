import { type CountryCode, getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js/max';
import { badRequest } from '../kit/api-error.ts';
import { MICRO_PER_UNIT, type Micro, readDecimal } from '../kit/money.ts';
import { isShortCode, type NumberType, readPhoneNumber } from './phone-number.ts';
import { MAX_IMPORTED, STOCK_CAPABILITIES, STOCK_TYPES } from './stock-number.ts';

/** The columns of a file of numbers. `price` may be absent. */
export const STOCK_COLUMNS = [
  'number',
  'country',
  'kind',
  'capabilities',
  'carrier',
  'price',
] as const;
type StockColumn = (typeof STOCK_COLUMNS)[number];
const OPTIONAL = new Set<StockColumn>(['price']);
const HEADER = 'number,country,kind,capabilities,carrier[,price]';
const MAX_PRICE = 10_000;
const MAX_SHOWN = 64;

/** A number as it is given, and its place in the file or the list. */
export interface GivenStock extends Readonly<Record<StockColumn, string>> {
  readonly place: string;
}

/** A number that the stock does not take. */
export interface RefusedStock {
  /** `line 3` or `numbers[1]`. */
  readonly place: string;
  readonly field: StockColumn;
  readonly value: string;
  readonly rule: string;
}

export interface ReadStock {
  readonly place: string;
  readonly phone_number: string;
  readonly iso_country: string;
  readonly type: NumberType;
  readonly capabilities: string;
  readonly carrier: string;
  readonly price_micro: Micro | null;
}

/**
 * Reads a CSV file with a header.
 * @throws ApiError 400 for text that is not CSV, for another header, and for too many lines
 */
export async function readStockFile(text: string): Promise<GivenStock[]> {
  const { CsvError, parse } = await import('csv-parse/sync');
  let lines: { readonly info: { readonly lines: number }; readonly record: string[] }[];
  try {
    lines = parse(text, {
      bom: true,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      to: MAX_IMPORTED + 2,
      trim: true,
    }) as unknown as typeof lines;
  } catch (error) {
    if (error instanceof CsvError) throw badRequest(`The file is not CSV: ${error.message}.`);
    throw error;
  }
  const [head, ...rest] = lines;
  const names = (head?.record ?? []).map((name) => name.toLowerCase());
  const isWhole = STOCK_COLUMNS.every((name) => names.includes(name) || OPTIONAL.has(name));
  const isKnown = names.every((name) => (STOCK_COLUMNS as readonly string[]).includes(name));
  if (!isWhole || !isKnown || new Set(names).size < names.length) {
    throw badRequest(`The first line of the file must be ${HEADER}.`);
  }
  if (rest.length > MAX_IMPORTED) throw tooMany();
  return rest.map(({ info, record }) => {
    const cell = (name: StockColumn) => record[names.indexOf(name)] ?? '';
    const cells = Object.fromEntries(STOCK_COLUMNS.map((name) => [name, cell(name)]));
    return { ...(cells as Record<StockColumn, string>), place: `line ${info.lines}` };
  });
}

function tooMany() {
  return badRequest(`At most ${MAX_IMPORTED} numbers can be imported at once; divide the file.`);
}

/** Checks one number. @param carriers the names of the operator's file */
export function readStock(
  given: GivenStock,
  carriers: ReadonlySet<string>,
): ReadStock | RefusedStock {
  const { place } = given;
  const refuse = (field: StockColumn, rule: string): RefusedStock => ({
    place,
    field,
    value: given[field].slice(0, MAX_SHOWN),
    rule,
  });
  const phone_number = isShortCode(given.number)
    ? given.number
    : readPhoneNumber(given.number)?.number;
  if (phone_number === undefined) {
    return refuse('number', 'must be a number as +14155550100, or a short code of 3 to 8 digits');
  }
  const iso_country = given.country.toUpperCase();
  if (!isSupportedCountry(iso_country)) {
    return refuse('country', 'must be a country of two letters, such as US');
  }
  if (!isOf(phone_number, iso_country)) {
    const code = getCountryCallingCode(iso_country);
    return refuse('country', `must be the number's country, and numbers there begin with +${code}`);
  }
  const type = STOCK_TYPES.find((one) => one === given.kind.toLowerCase());
  if (!type) return refuse('kind', `must be one of ${STOCK_TYPES.join(', ')}`);
  const words = given.capabilities.toLowerCase().split(/\s+/).filter(Boolean);
  const isKnown = words.every((word) => (STOCK_CAPABILITIES as readonly string[]).includes(word));
  if (!isKnown || words.length === 0) {
    const rule = `must be some of ${STOCK_CAPABILITIES.join(', ')}, with spaces between them`;
    return refuse('capabilities', rule);
  }
  const capabilities = STOCK_CAPABILITIES.filter((word) => words.includes(word)).join(' ');
  const { carrier } = given;
  if (!carriers.has(carrier)) {
    return refuse('carrier', `must be a carrier of the carriers file: ${[...carriers].join(', ')}`);
  }
  const price_micro = given.price === '' ? null : readDecimal(given.price);
  const isPrice = price_micro !== null && price_micro >= 0;
  if (given.price !== '' && !(isPrice && price_micro <= MAX_PRICE * MICRO_PER_UNIT)) {
    return refuse('price', `must be a decimal from 0 to ${MAX_PRICE} with up to six places`);
  }
  return { place, phone_number, iso_country, type, capabilities, carrier, price_micro };
}

function isOf(number: string, country: CountryCode): boolean {
  return isShortCode(number) || number.startsWith(`+${getCountryCallingCode(country)}`);
}
