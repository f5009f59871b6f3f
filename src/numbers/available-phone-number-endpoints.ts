import { fetchEndpoint, wholeListEndpoint } from '../http/endpoint.ts';
import { NotFound } from '../kit/api-error.ts';
import {
  AVAILABLE_COUNTRY,
  AVAILABLE_PHONE_NUMBER,
  presentAvailablePhoneNumber,
  presentCountry,
} from './available-phone-number.ts';
import { availableFilters, readNumberFilter } from './number-filter.ts';
import { NUMBER_KINDS, type NumberKind } from './numbering-plan.ts';
import { listOfferingCountries, offerNumbers } from './offer-numbers.ts';

const LIST = '/2010-04-01/Accounts/:AccountSid/AvailablePhoneNumbers' as const;
const COUNTRY = `${LIST}/:CountryCode` as const;
/** The numbers in one answer, unless `PageSize` says otherwise. */
const DEFAULT_NUMBERS = 30;
const DEFAULT_COUNTRIES = 50;

const SUMMARIES: Readonly<Record<NumberKind, string>> = {
  Local: 'Numbers of places that can be bought',
  TollFree: 'Numbers whose callers pay nothing, that can be bought',
  Mobile: 'Mobile numbers that can be bought',
  National: 'Numbers of a whole country that can be bought',
  SharedCost: 'Numbers whose callers pay a part, that can be bought',
  Voip: 'Numbers of internet telephony that can be bought',
  MachineToMachine: 'Numbers for machines that can be bought',
};

/** One of the seven lists of a country. They differ only in their numbers. */
function kindEndpoint(kind: NumberKind) {
  return wholeListEndpoint({
    id: `ListAvailablePhoneNumber${kind}`,
    summary: SUMMARIES[kind],
    path: `${COUNTRY}/${kind}` as typeof COUNTRY,
    operation: 'resource.read',
    input: availableFilters,
    resource: AVAILABLE_PHONE_NUMBER,
    page_size: DEFAULT_NUMBERS,
    async handle({ app, db, path, input }, page_size) {
      const now = app.now();
      const { CountryCode: iso_country } = path;
      const countries = await listOfferingCountries(app, db, now, iso_country);
      if (!countries.get(iso_country)?.kinds.includes(kind)) throw new NotFound();
      const filter = readNumberFilter(input, iso_country);
      const offered = await offerNumbers(app, db, { iso_country, kind, filter, now }, page_size);
      return offered.map(presentAvailablePhoneNumber);
    },
  });
}

export const availablePhoneNumberEndpoints = [
  wholeListEndpoint({
    id: 'ListAvailablePhoneNumberCountry',
    summary: 'The countries whose numbers can be bought',
    path: LIST,
    operation: 'resource.read',
    resource: AVAILABLE_COUNTRY,
    page_size: DEFAULT_COUNTRIES,
    async handle({ app, db, account_sid }, page_size) {
      const countries = [...(await listOfferingCountries(app, db, app.now())).values()];
      return countries.slice(0, page_size).map((country) => presentCountry(country, account_sid));
    },
  }),

  fetchEndpoint({
    id: 'FetchAvailablePhoneNumberCountry',
    summary: 'A country whose numbers can be bought, with its kinds of numbers',
    path: COUNTRY,
    operation: 'resource.read',
    resource: AVAILABLE_COUNTRY,
    async find({ app, db, path }) {
      const { CountryCode } = path;
      const countries = await listOfferingCountries(app, db, app.now(), CountryCode);
      return countries.get(CountryCode);
    },
    present: (country, { account_sid }) => presentCountry(country, account_sid),
  }),

  ...NUMBER_KINDS.map(kindEndpoint),
];
