import { html } from 'hono/html';
import { countryName, readCountries } from '../access/countries.ts';
import type { Html, PageCall } from '../http/pages/page.ts';
import { field } from '../pages/widgets.ts';
import { type ChosenLimits, LENGTHS, LIMIT_STEPS, lastDayAfter } from './limits-form.ts';

/** The countries that the form offers beside those of the account and of the grant. */
const OFFERED = ['US', 'CA', 'GB', 'DE', 'FR', 'AU'];
/** The most countries of numbers that are named. */
const NAMED = 3;

export interface LimitFields {
  readonly chosen: ChosenLimits;
  /** The countries of the account's numbers. */
  readonly home: readonly string[];
  /** The countries that stand; null: any. */
  readonly standing: string | null;
}

/** The fields in which a customer chooses the limits of an app. They need no script. */
export function limitFields(call: PageCall, shown: LimitFields): Html {
  const { chosen } = shown;
  return html`<div class="limits">
    ${limitField(call, chosen)}
    <details ${isWrongInside(call) || isOpen(chosen) ? html`open` : null}>
      <summary>
        <span class="say">${countriesSaid(shown)} ${endSaid(call)}</span>
        <span class="change">Change</span>
      </summary>
      ${countryFields(call, shown)} ${endFields(call, chosen)}
    </details>
  </div>`;
}

function isWrongInside({ problem }: PageCall): boolean {
  const parameter = problem?.broken?.parameter ?? '';
  return ['countries', 'more_countries', 'until', 'ends'].includes(parameter);
}

/** The sentence says nothing of the countries and the day that the fields name. */
function isOpen({ countries, until }: ChosenLimits): boolean {
  return countries === 'pick' || until === 'date';
}

function limitField(call: PageCall, { limit, amount }: ChosenLimits): Html {
  const options = [
    ...LIMIT_STEPS.map((step) => ({ value: String(step), label: `$${step}` })),
    { value: 'other', label: 'Other' },
    { value: 'none', label: 'No limit' },
  ];
  return html`<fieldset>
    <legend>Spending limit, each month</legend>
    ${pick('limit', limit, options)}
    <div class="other">
      ${field(call, {
        name: 'amount',
        label: 'Amount in US dollars',
        value: amount,
        maxlength: 20,
        placeholder: '75.00',
        autocomplete: 'off',
      })}
    </div>
  </fieldset>`;
}

function countryFields(call: PageCall, { chosen, home, standing }: LimitFields): Html {
  const { countries, ticked, more_countries } = chosen;
  const options = [
    ...(home.length === 0 ? [] : [{ id: 'home', value: home.join(' '), label: namesOf(home) }]),
    { value: 'pick', label: 'Choose countries' },
    { value: 'any', label: 'Any country' },
  ];
  const offered = [...new Set([...home, ...(readCountries(standing) ?? []), ...OFFERED])];
  return html`<fieldset>
    <legend>Countries that it may call and text</legend>
    ${pick('countries', countries, options)}
    <div class="lands">
      <ul>
        ${offered.map(
          (code) => html`<li>
            <label
              ><input type="checkbox" name="country" value="${code}" ${ticked.has(code) ? html`checked` : null} />${countryName(code)}</label
            >
          </li>`,
        )}
      </ul>
      ${field(call, {
        name: 'more_countries',
        label: 'More countries',
        value: more_countries,
        maxlength: 500,
        placeholder: 'Mexico, JP',
        help: 'Names or two letters, with commas between.',
      })}
    </div>
  </fieldset>`;
}

function endFields(call: PageCall, { until, ends }: ChosenLimits): Html {
  const options = [
    { value: 'never', label: 'When I revoke it' },
    ...LENGTHS.map(({ days, label }) => ({ value: String(days), label })),
    { value: 'date', label: 'On a day' },
  ];
  return html`<fieldset>
    <legend>Ends</legend>
    ${pick('until', until, options)}
    <div class="day">
      ${field(call, {
        name: 'ends',
        label: 'Last day',
        type: 'date',
        value: ends,
        help: 'The day ends at midnight UTC.',
      })}
    </div>
  </fieldset>`;
}

interface Picked {
  /** The end of the element's id, when the value is none. */
  readonly id?: string;
  readonly value: string;
  readonly label: string;
}

function pick(name: string, chosen: string, options: readonly Picked[]): Html {
  return html`<div class="pick">
    ${options.map(
      ({ value, label, id = value }) => html`<label
        ><input type="radio" id="${name}-${id}" name="${name}" value="${value}" ${value === chosen ? html`checked` : null} />${label}</label
      >`,
    )}
  </div>`;
}

/** The choices in words. The style sheet shows those that are chosen, without a script. */
function countriesSaid({ home }: LimitFields): Html {
  return html`Countries:
    ${home.length === 0 ? null : html`<span data-if="countries-home">${namesOf(home)}</span>`}<span
      data-if="countries-pick"
      >those that you choose</span
    ><span data-if="countries-any">any</span>.`;
}

function endSaid({ app }: PageCall): Html {
  return html`Ends:
    <span data-if="until-never">when you revoke it</span>${LENGTHS.map(
      ({ days }) =>
        html`<span data-if="until-${days}">after ${lastDayAfter(app.now(), days)}</span>`,
    )}<span data-if="until-date">on the day that you choose</span
    >.`;
}

function namesOf(countries: readonly string[]): string {
  if (countries.length > NAMED) return `The ${countries.length} countries of your numbers`;
  return countries.map(countryName).join(', ');
}
