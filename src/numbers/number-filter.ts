import {
  boolean,
  clearableText,
  fields,
  type InputOf,
  integer,
} from '../http/parameters/fields.ts';
import { badParameter } from '../kit/api-error.ts';
import {
  MAX_PATTERN_LENGTH,
  MIN_PATTERN_LENGTH,
  type NumberPattern,
  readPattern,
} from './number-pattern.ts';
import { type Area, areaOf, type NumberTraits, type Place } from './numbering-plan.ts';
import { readDialledNumber } from './phone-number.ts';

const DEFAULT_MILES = 25;
const MAX_MILES = 500;
const PLACE_LENGTH = 100;
const EARTH_MILES = 3_958.8;
/** Latitude and longitude as decimal degrees. */
const LAT_LONG = /^\s*([+-]?\d{1,3}(?:\.\d{1,10})?)\s*,\s*([+-]?\d{1,3}(?:\.\d{1,10})?)\s*$/;

const word = clearableText(PLACE_LENGTH).optional();

/** The filters of all seven lists. An empty filter does not filter. */
export const availableFilters = fields({
  AreaCode: integer(200, 999).optional(),
  Contains: clearableText(MAX_PATTERN_LENGTH * 4).optional(),
  SmsEnabled: boolean.optional(),
  MmsEnabled: boolean.optional(),
  VoiceEnabled: boolean.optional(),
  ExcludeAllAddressRequired: boolean.optional(),
  ExcludeLocalAddressRequired: boolean.optional(),
  ExcludeForeignAddressRequired: boolean.optional(),
  Beta: boolean.optional(),
  NearNumber: word,
  NearLatLong: word,
  Distance: integer(1, MAX_MILES).optional(),
  InPostalCode: word,
  InRegion: word,
  InRateCenter: word,
  InLata: word,
  InLocality: word,
  FaxEnabled: boolean.optional(),
});
export type AvailableFilters = InputOf<typeof availableFilters>;

/** The facts of a number's area by which filters go. */
export type AreaOfNumber = Pick<Area, 'area_code' | 'place'>;
type AreaFilter = (area: AreaOfNumber) => boolean;

/** The filter of a request. */
export interface NumberFilter {
  readonly pattern: NumberPattern | null;
  readonly fits: AreaFilter;
  readonly accepts: (traits: NumberTraits) => boolean;
}

export const ANY_NUMBER: NumberFilter = { pattern: null, fits: () => true, accepts: () => true };

/**
 * Reads the filters of a request.
 * @throws ApiError 400/20001 for a filter that cannot be read, that needs another filter, or that
 *   the numbers of the country have no data for
 */
export function readNumberFilter(given: AvailableFilters, country_code: string): NumberFilter {
  demandNorthAmerica(given, country_code);
  const { contains } = given;
  const pattern = contains == null ? null : readPattern(contains);
  if (contains != null && !pattern) {
    throw badParameter(
      'Contains',
      `must be ${MIN_PATTERN_LENGTH} to ${MAX_PATTERN_LENGTH} digits, letters and wildcards: ` +
        '* for one digit, % for any, + before them for the start and $ behind them for the end ' +
        'of the number; with wildcards it needs two digits or letters',
    );
  }
  const filters = [...nearFilters(given), ...placeFilters(given)];
  return {
    pattern,
    fits: (area) => filters.every((fits) => fits(area)),
    accepts: (traits) => hasTraits(given, traits),
  };
}

/** The parameters that work for numbers of North America only. */
const NORTH_AMERICAN = [
  ['AreaCode', 'area_code'],
  ['NearNumber', 'near_number'],
  ['NearLatLong', 'near_lat_long'],
  ['InPostalCode', 'in_postal_code'],
  ['InRateCenter', 'in_rate_center'],
  ['InLata', 'in_lata'],
] as const;

function demandNorthAmerica(given: AvailableFilters, country_code: string): void {
  if (['US', 'CA'].includes(country_code)) return;
  for (const [name, column] of NORTH_AMERICAN) {
    if (given[column] != null) throw badParameter(name, 'is for numbers of the US and Canada only');
  }
}

function hasTraits(
  given: AvailableFilters,
  { capabilities, address_requirements }: NumberTraits,
): boolean {
  const wanted = [
    [given.sms_enabled, capabilities.sms],
    [given.mms_enabled, capabilities.mms],
    [given.voice_enabled, capabilities.voice],
    [given.fax_enabled, capabilities.fax],
  ];
  if (wanted.some(([asked, is]) => asked !== undefined && asked !== is)) return false;
  if (given.exclude_all_address_required && address_requirements !== 'none') return false;
  if (given.exclude_local_address_required && address_requirements === 'local') return false;
  return !(given.exclude_foreign_address_required && address_requirements === 'foreign');
}

function* nearFilters(given: AvailableFilters): Generator<AreaFilter> {
  const { near_number, near_lat_long, distance = DEFAULT_MILES } = given;
  if (given.distance !== undefined && near_number == null && near_lat_long == null) {
    throw badParameter('Distance', 'needs NearNumber or NearLatLong');
  }
  if (near_number != null) {
    const centre = placeOfNumber('NearNumber', near_number);
    yield ({ place }) => isWithin(place, centre, distance);
  }
  if (near_lat_long != null) {
    const centre = readLatLong(near_lat_long);
    yield ({ place }) => isWithin(place, centre, distance);
  }
}

function* placeFilters(given: AvailableFilters): Generator<AreaFilter> {
  const { area_code, in_rate_center, in_lata } = given;
  if (area_code !== undefined) yield (area) => area.area_code === String(area_code);
  if (in_rate_center != null && in_lata == null) throw badParameter('InRateCenter', 'needs InLata');
  const wanted = [
    ['InPostalCode', given.in_postal_code, 'postal_code'],
    ['InRegion', given.in_region, 'region'],
    ['InRateCenter', in_rate_center, 'rate_center'],
    ['InLata', in_lata, 'lata'],
    ['InLocality', given.in_locality, 'locality'],
  ] as const;
  for (const [name, value, field] of wanted) {
    if (value == null) continue;
    // A number in place of the words means the place of that number.
    const isNumber = /^[+ ]\d/.test(value);
    const same = plainly(isNumber ? (placeOfNumber(name, value)?.[field] ?? null) : value);
    yield ({ place }) => same !== null && plainly(place?.[field] ?? null) === same;
  }
}

/** Words in the form for comparison: without case, accents and spaces. */
function plainly(words: string | null): string | null {
  if (words === null) return null;
  return words
    .normalize('NFKD')
    .replaceAll(/[\s\p{M}]/gu, '')
    .toLowerCase();
}

/** @returns null for a number without a place in the plan */
function placeOfNumber(name: string, value: string): Place | null {
  const number = readDialledNumber(value);
  if (!number) throw badParameter(name, 'must be a phone number such as +14155550100');
  return areaOf(number.number)?.place ?? null;
}

interface Point {
  readonly latitude: number | null;
  readonly longitude: number | null;
}

function readLatLong(value: string): Point {
  const [, latitude, longitude] = LAT_LONG.exec(value) ?? [];
  const point = { latitude: Number(latitude), longitude: Number(longitude) };
  if (!(Math.abs(point.latitude) <= 90 && Math.abs(point.longitude) <= 180)) {
    throw badParameter('NearLatLong', 'must be a latitude and a longitude, such as 37.78,-122.42');
  }
  return point;
}

/** Compares the length of the great circle between two points. */
function isWithin(place: Point | null, centre: Point | null, miles: number): boolean {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  if (place?.latitude == null || place.longitude === null) return false;
  if (centre?.latitude == null || centre.longitude === null) return false;
  const north = radians(place.latitude - centre.latitude);
  const east = radians(place.longitude - centre.longitude);
  const cosines = Math.cos(radians(place.latitude)) * Math.cos(radians(centre.latitude));
  const chord = Math.sin(north / 2) ** 2 + cosines * Math.sin(east / 2) ** 2;
  return 2 * EARTH_MILES * Math.asin(Math.min(1, Math.sqrt(chord))) <= miles;
}
