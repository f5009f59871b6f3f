import { findCountry, isCountry, MAX_COUNTRIES, textOfCountries } from '../access/countries.ts';
import type { GrantLimits } from '../authorizations/grant-store.ts';
import { type Form, singleValue } from '../http/parameters/form.ts';
import { badParameter } from '../kit/api-error.ts';
import { DAY_MS, type Day, dateText, dayOf, readDate } from '../kit/day.ts';
import { decimalOf, MICRO_PER_UNIT, type Micro, readDecimal } from '../kit/money.ts';
import type { EpochMs } from '../kit/utc.ts';
import { MAX_LIMIT } from '../usage/change-limits.ts';

/** The form in which a customer chooses the limits of a grant, at the consent and later. */

/** The monthly limits on offer, in units of the currency. */
export const LIMIT_STEPS = [25, 50, 100] as const;
/** The limit that is chosen ahead for a first authorisation. */
const FIRST_LIMIT_MICRO = 50 * MICRO_PER_UNIT;
/** The lengths of a grant on offer, in days. */
export const LENGTHS = [
  { days: 90, label: 'After 90 days' },
  { days: 365, label: 'After a year' },
] as const;
/** The first day that is too late for an end. */
const TOO_LATE = Date.UTC(3000, 0) / DAY_MS;
/** The characters of a wrong entry that its error repeats. */
const REPEATED = 40;

/** The entries of the form. */
export interface ChosenLimits {
  /** A step, `other` or `none`. */
  readonly limit: string;
  readonly amount: string;
  /** Codes with spaces between, `pick` or `any`. */
  readonly countries: string;
  readonly ticked: ReadonlySet<string>;
  readonly more_countries: string;
  /** A number of days, `never` or `date`. */
  readonly until: string;
  readonly ends: string;
}

/** The limits that are chosen ahead for a customer who never authorised the app. */
export function firstLimits(home: readonly string[]): GrantLimits {
  const countries = home.length === 0 ? null : textOfCountries(home);
  return { monthly_limit_micro: FIRST_LIMIT_MICRO, countries, date_ends: null };
}

/**
 * The entries to show: those of a sent form, else those that stand for some limits.
 * @param home the countries of the account's own numbers, which are one choice
 */
export function chosenLimits(
  given: Form,
  limits: GrantLimits,
  home: readonly string[],
): ChosenLimits {
  const of = (name: string) => given.get(name)?.[0];
  const stands = entriesFor(limits, home);
  if (of('limit') === undefined) return stands;
  return {
    limit: of('limit') ?? '',
    amount: of('amount') ?? '',
    countries: of('countries') ?? stands.countries,
    ticked: new Set(given.get('country')),
    more_countries: of('more_countries') ?? '',
    until: of('until') ?? stands.until,
    ends: of('ends') ?? '',
  };
}

function entriesFor(
  { monthly_limit_micro: limit, countries, date_ends }: GrantLimits,
  home: readonly string[],
): ChosenLimits {
  const step = LIMIT_STEPS.find((one) => one * MICRO_PER_UNIT === limit);
  const isHome = home.length > 0 && countries === textOfCountries(home);
  return {
    limit: limit === null ? 'none' : String(step ?? 'other'),
    amount: limit === null || step !== undefined ? '' : decimalOf(limit),
    countries: countries === null ? 'any' : isHome ? countries : 'pick',
    ticked: new Set(countries?.split(' ') ?? home),
    more_countries: '',
    until: date_ends === null ? 'never' : 'date',
    ends: date_ends === null ? '' : dateText(lastDayOf(date_ends)),
  };
}

/** The last day on which a grant with this end stands, for some part of it. */
function lastDayOf(date_ends: EpochMs): Day {
  return dayOf(date_ends - 1);
}

/**
 * Reads the form. A field that was not sent changes nothing, and so does an entry for what stands.
 * @param standing the limits before; null for a first authorisation
 * @throws ApiError 400 that names the field
 */
export function readLimits(
  form: Form,
  now: EpochMs,
  standing: GrantLimits | null,
): Partial<GrantLimits> {
  const limit = readLimit(form, standing?.monthly_limit_micro ?? null);
  const countries = readCountryFields(form, standing?.countries ?? null);
  const end = readEnd(form, now, standing?.date_ends ?? null);
  return {
    ...(limit !== undefined && { monthly_limit_micro: limit }),
    ...(countries !== undefined && { countries }),
    ...(end !== undefined && { date_ends: end }),
  };
}

function readLimit(form: Form, standing: Micro | null): Micro | null | undefined {
  const limit = singleValue(form, 'limit');
  if (limit === undefined) return undefined;
  if (limit === 'none') return null;
  const step = LIMIT_STEPS.find((one) => String(one) === limit);
  if (step !== undefined) return step * MICRO_PER_UNIT;
  if (limit !== 'other') throw badParameter('limit', 'must be one of the choices');
  const text = (singleValue(form, 'amount') ?? '').trim().replace(/^\$\s*/, '');
  const amount = readDecimal(text);
  if (amount !== null && amount === standing) return amount;
  if (/^\d{10,}(\.\d*)?$/.test(text) || (amount ?? 0) > MAX_LIMIT * MICRO_PER_UNIT) {
    throw badParameter('amount', `must be at most ${MAX_LIMIT.toLocaleString('en')}`);
  }
  if (amount === null) {
    throw badParameter(
      'amount',
      'must be digits such as 75 or 75.50, with a point before the cents',
    );
  }
  if (amount <= 0) throw badParameter('amount', 'must be more than 0');
  return amount;
}

function readCountryFields(form: Form, standing: string | null): string | null | undefined {
  const choice = singleValue(form, 'countries');
  if (choice === undefined) return undefined;
  if (choice === 'any') return null;
  const ticked = choice === 'pick' ? (form.get('country') ?? []) : choice.split(' ');
  if (ticked.length > MAX_COUNTRIES || !ticked.every(isCountry)) {
    throw badParameter('countries', 'must be one of the choices');
  }
  const typed = choice === 'pick' ? readTyped(singleValue(form, 'more_countries') ?? '') : [];
  const countries = textOfCountries([...ticked, ...typed]);
  if (countries === '' && standing !== '') {
    throw badParameter('more_countries', 'must name a country if none is ticked');
  }
  return countries;
}

function readTyped(text: string): string[] {
  const names = text.split(/[,;\n]/).map((name) => name.trim());
  return names
    .filter((name) => name !== '')
    .map((name) => {
      const code = findCountry(name);
      if (code !== null) return code;
      const shown = [...name].slice(0, REPEATED).join('');
      throw badParameter('more_countries', `must name countries, and “${shown}” is none`);
    });
}

function readEnd(form: Form, now: EpochMs, standing: EpochMs | null): EpochMs | null | undefined {
  const until = singleValue(form, 'until');
  if (until === undefined) return undefined;
  if (until === 'never') return null;
  const today = dayOf(now);
  const length = LENGTHS.find(({ days }) => String(days) === until);
  if (length) return endOf(today + length.days);
  if (until !== 'date') throw badParameter('until', 'must be one of the choices');
  const day = readDate((singleValue(form, 'ends') ?? '').trim());
  if (day === null) throw badParameter('ends', 'must be a day such as 2027-03-18');
  if (standing !== null && day === lastDayOf(standing) && standing > now) return standing;
  if (day < today) throw badParameter('ends', 'must be today or a day to come');
  if (day >= TOO_LATE) throw badParameter('ends', 'must be before the year 3000');
  return endOf(day);
}

function endOf(day: Day): EpochMs {
  return (day + 1) * DAY_MS;
}

/** The last day of a grant of some days that begins now. */
export function lastDayAfter(now: EpochMs, days: number): string {
  return dateText(dayOf(now) + days);
}
