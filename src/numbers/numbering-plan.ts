import { readFileSync } from 'node:fs';
import type { NumberType } from './phone-number.ts';

/** The kinds of numbers that a country can offer, named as in the API's paths. */
export const NUMBER_KINDS = [
  'Local',
  'TollFree',
  'Mobile',
  'National',
  'SharedCost',
  'Voip',
  'MachineToMachine',
] as const;
export type NumberKind = (typeof NUMBER_KINDS)[number];

const CAPABILITIES = ['voice', 'sms', 'mms', 'fax'] as const;
/** The capabilities of a number. */
export type Capabilities = Readonly<Record<(typeof CAPABILITIES)[number], boolean>>;

type AddressRequirements = 'none' | 'any' | 'local' | 'foreign';

/** The place of an area's numbers. Mobile and toll-free numbers have none. */
export interface Place {
  readonly locality: string;
  readonly region: string;
  /** These are known in North America only. */
  readonly postal_code: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly rate_center: string | null;
  readonly lata: string | null;
}

/** The allowed digits at each position of a number, the country code included. */
export type Mask = readonly string[];

/** An area: numbers with the same beginning. */
export interface Area {
  readonly iso_country: string;
  readonly kind: NumberKind;
  /** The three digits after the country code in North America; null elsewhere. */
  readonly area_code: string | null;
  readonly place: Place | null;
  /** The numbers on offer are those that fit one of these masks. */
  readonly masks: readonly Mask[];
  /** Fits every number of the area in E.164. */
  readonly pattern: RegExp;
}

/** The common facts of all numbers of one kind in one country. */
export interface Offer {
  readonly type: NumberType;
  readonly capabilities: Capabilities;
  readonly address_requirements: AddressRequirements;
  readonly areas: readonly Area[];
}

export interface Country {
  readonly country_code: string;
  readonly country: string;
  readonly offers: Readonly<Partial<Record<NumberKind, Offer>>>;
}

/** Area code or mask, and the fields of `Place` if the numbers have a place. */
type AreaEntry = readonly [
  prefix: string,
  locality?: string,
  region?: string,
  postal_code?: string,
  latitude?: number,
  longitude?: number,
  rate_center?: string,
  lata?: string,
];

interface KindEntry {
  readonly type: NumberType;
  readonly capabilities: readonly (keyof Capabilities)[];
  readonly address_requirements: AddressRequirements;
  readonly areas: readonly AreaEntry[];
}

interface CountryEntry {
  readonly name: string;
  readonly calling_code: string;
  readonly kinds: Readonly<Partial<Record<NumberKind, KindEntry>>>;
}

/** The country code of North America. */
const NANP = '1';
/** The digits after an area code. No exchange begins with 0 or 1 or is a service such as 911. */
const NANP_EXCHANGES = ['[2-9][02-9]XXXXX', '[2-9]1[02-9]XXXX'];

/** The countries of the plan, by their codes. */
export const COUNTRIES: ReadonlyMap<string, Country> = readPlan();

const OFFERS = [...COUNTRIES.values()].flatMap(({ offers }) => Object.values(offers));
const AREAS = OFFERS.flatMap(({ areas }) => areas);

/** The area of a number. @param number in E.164 @returns null for a number outside of the plan */
export function areaOf(number: string): Area | null {
  return AREAS.find(({ pattern }) => pattern.test(number)) ?? null;
}

/** The capabilities of a number, and its address requirements. */
export type NumberTraits = Pick<Offer, 'capabilities' | 'address_requirements'>;

/**
 * The traits of a held number: by its area, otherwise by its country and type. A number of the stock
 * has the capabilities that the operator has told.
 */
export function traitsOf(number: {
  readonly phone_number: string;
  readonly iso_country: string;
  readonly type: NumberType;
  readonly capabilities?: string | null;
}): NumberTraits {
  const traits = plannedTraitsOf(number);
  const { capabilities = null } = number;
  return capabilities === null ? traits : { ...traits, capabilities: capabilitiesIn(capabilities) };
}

/** The capabilities in words with spaces between them, such as `sms voice`. */
function capabilitiesIn(words: string): Capabilities {
  return capabilitiesOf(words.split(' ') as (keyof Capabilities)[]);
}

function plannedTraitsOf(number: Parameters<typeof traitsOf>[0]): NumberTraits {
  const area = areaOf(number.phone_number);
  const offers = COUNTRIES.get(area?.iso_country ?? number.iso_country)?.offers ?? {};
  const offer = area
    ? offers[area.kind]
    : Object.values(offers).find(({ type }) => type === number.type);
  return offer ?? NO_TRAITS;
}

const NO_TRAITS: NumberTraits = {
  capabilities: capabilitiesOf(['voice', 'sms']),
  address_requirements: 'none',
};

function capabilitiesOf(names: readonly (keyof Capabilities)[]): Capabilities {
  const entries = CAPABILITIES.map((name) => [name, names.includes(name)]);
  return Object.fromEntries(entries);
}

function readPlan(): ReadonlyMap<string, Country> {
  const file = readFileSync(new URL('numbering-plan.json', import.meta.url), 'utf8');
  const plan = JSON.parse(file) as Readonly<Record<string, CountryEntry>>;
  return new Map(
    Object.entries(plan).map(([country_code, { name, calling_code, kinds }]) => {
      const offers = Object.entries(kinds).map(([kind, { capabilities, areas, ...rest }]) => {
        const read = (entry: AreaEntry) =>
          readArea(entry, calling_code, { iso_country: country_code, kind: kind as NumberKind });
        return [
          kind,
          { ...rest, capabilities: capabilitiesOf(capabilities), areas: areas.map(read) },
        ];
      });
      return [country_code, { country_code, country: name, offers: Object.fromEntries(offers) }];
    }),
  );
}

function readArea(
  [prefix, locality, region, postal_code, latitude, longitude, rate_center, lata]: AreaEntry,
  calling_code: string,
  of: Pick<Area, 'iso_country' | 'kind'>,
): Area {
  const isNanp = calling_code === NANP;
  const masks = isNanp ? NANP_EXCHANGES.map((rest) => prefix + rest) : [prefix];
  const whole = isNanp ? `${prefix}XXXXXXX` : prefix;
  const place = locality !== undefined &&
    region !== undefined && {
      locality,
      region,
      postal_code: postal_code ?? null,
      latitude: latitude ?? null,
      longitude: longitude ?? null,
      rate_center: rate_center ?? null,
      lata: lata ?? null,
    };
  return {
    ...of,
    area_code: isNanp ? prefix : null,
    place: place || null,
    masks: masks.map((mask) => readMask(calling_code + mask)),
    pattern: new RegExp(`^\\+${calling_code}${whole.replaceAll('X', '\\d')}$`),
  };
}

/** Reads a mask such as `20[378]X`: digits, sets of digits in brackets, `X` for any digit. */
function readMask(text: string): Mask {
  return [...text.matchAll(/\[([\d-]+)\]|X|\d/g)].map(([one, set]) => {
    if (set !== undefined) return set.replaceAll(/(\d)-(\d)/g, (_, a, b) => digitsFrom(+a, +b));
    return one === 'X' ? digitsFrom(0, 9) : one;
  });
}

function digitsFrom(first: number, last: number): string {
  return '0123456789'.slice(first, last + 1);
}
