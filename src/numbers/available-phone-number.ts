import { z } from 'zod';
import { accountUri } from '../accounts/account.ts';
import { resource, uriMap } from '../http/answers/resource.ts';
import { snakeCase } from '../http/parameters/fields.ts';
import type { Capabilities, NumberKind, NumberTraits, Place } from './numbering-plan.ts';
import { formatAddress } from './phone-number.ts';

/** Clients read either spelling: docs/contract/numbers.md, "Capabilities of a number". */
export const capabilities = z.object({
  voice: z.boolean(),
  sms: z.boolean(),
  mms: z.boolean(),
  fax: z.boolean(),
  SMS: z.boolean(),
  MMS: z.boolean(),
});

export function presentCapabilities(given: Capabilities): z.infer<typeof capabilities> {
  return { ...given, SMS: given.sms, MMS: given.mms };
}

export const addressRequirements = z.enum(['none', 'any', 'local', 'foreign']);

/** The digits of a degree after the point, as in the official examples. */
const DEGREE_DIGITS = 6;

/** `AvailablePhoneNumber`: docs/contract/numbers.md, "Numbers on offer". */
export const AVAILABLE_PHONE_NUMBER = resource('AvailablePhoneNumber', 'available_phone_numbers', {
  address_requirements: addressRequirements,
  beta: z.boolean(),
  capabilities,
  friendly_name: z.string(),
  iso_country: z.string(),
  lata: z.string().nullable(),
  latitude: z.string().nullable(),
  locality: z.string().nullable(),
  longitude: z.string().nullable(),
  phone_number: z.string(),
  postal_code: z.string().nullable(),
  rate_center: z.string().nullable(),
  region: z.string().nullable(),
});

/** A number that can be bought. */
export interface OfferedNumber extends NumberTraits {
  /** In E.164. */
  readonly number: string;
  readonly iso_country: string;
  readonly place: Place | null;
  /** The carrier and the capabilities of a number of the stock; null: it is simulated. */
  readonly carrier: string | null;
  readonly capability_words: string | null;
}

export function presentAvailablePhoneNumber(offered: OfferedNumber) {
  const { number, iso_country, place } = offered;
  return {
    address_requirements: offered.address_requirements,
    beta: false,
    capabilities: presentCapabilities(offered.capabilities),
    friendly_name: formatAddress(number),
    iso_country,
    lata: place?.lata ?? null,
    latitude: place?.latitude?.toFixed(DEGREE_DIGITS) ?? null,
    locality: place?.locality ?? null,
    longitude: place?.longitude?.toFixed(DEGREE_DIGITS) ?? null,
    phone_number: number,
    postal_code: place?.postal_code ?? null,
    rate_center: place?.rate_center ?? null,
    region: place?.region ?? null,
  };
}

/** A country whose numbers are on offer. */
export const AVAILABLE_COUNTRY = resource('Country', 'countries', {
  beta: z.boolean(),
  country: z.string(),
  country_code: z.string(),
  subresource_uris: uriMap,
  uri: z.string(),
});

/** A country with numbers on offer. */
export interface OfferingCountry {
  readonly country: string;
  readonly country_code: string;
  readonly kinds: readonly NumberKind[];
}

export function presentCountry(
  { country, country_code, kinds }: OfferingCountry,
  account_sid: string,
) {
  const below = (name: string) =>
    accountUri(account_sid, `/AvailablePhoneNumbers/${country_code}${name}`);
  return {
    beta: false,
    country,
    country_code,
    subresource_uris: Object.fromEntries(kinds.map((kind) => [snakeCase(kind), below(`/${kind}`)])),
    uri: below(''),
  };
}
