import { z } from 'zod';
import { COUNTRY_RULE, isCountry, MAX_COUNTRIES, textOfCountries } from '../access/countries.ts';
import { MAX_CALLS_AT_ONCE, MAX_TRAFFIC_PER_SECOND } from '../accounts/account-limits.ts';

function limit(most: number) {
  const rule = `must be a whole number from 0 to ${most}`;
  return z.int({ error: rule }).min(0, rule).max(most, rule).nullable().default(null);
}

/** The part `limits` of the operator's file. */
export const LIMIT_FIELDS = {
  countries: z
    .array(
      z.string({ error: COUNTRY_RULE }).refine((text) => isCountry(text), COUNTRY_RULE),
      {
        error: 'must be a list of countries such as [US, CA]',
      },
    )
    .max(MAX_COUNTRIES, `must hold at most ${MAX_COUNTRIES} countries`)
    .transform((countries) => textOfCountries(countries))
    .nullable()
    .default(null),
  max_messages_per_second: limit(MAX_TRAFFIC_PER_SECOND),
  max_calls_per_second: limit(MAX_TRAFFIC_PER_SECOND),
  max_calls_at_once: limit(MAX_CALLS_AT_ONCE),
};
