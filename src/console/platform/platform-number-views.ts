import { html } from 'hono/html';
import { type Html, isolated, type PersonCall } from '../../http/pages/page.ts';
import { countryName } from '../../numbers/offer-numbers.ts';
import { STOCK_TYPES } from '../../numbers/stock-number.ts';
import { emptyState, field, linkButton, moment, selectField } from '../../pages/widgets.ts';
import { counted, rows } from '../parts/console-views.ts';
import { filterPanel, nothingMatches } from '../parts/filter-panel.ts';
import { PLATFORM, platformTabs } from '../parts/platform-frame.ts';
import { priceText } from '../parts/usage-words.ts';
import type { StockCount, StockPage, StockRow, StockState } from './platform-number-store.ts';

/** The operators' views of the stock of numbers. */

export const NUMBERS = `${PLATFORM}/numbers`;

const STATES = {
  free: ['good', 'Free'],
  held: ['quiet', 'Held'],
  quarantine: ['warn', 'In quarantine'],
} as const satisfies Record<StockState, readonly [string, string]>;

interface ShownStock {
  readonly counts: readonly StockCount[];
  readonly found: StockPage;
  readonly carriers: readonly string[];
  readonly is_filtered: boolean;
  /** Whether the page is the first one of the whole stock. */
  readonly is_first: boolean;
}

export function numbersBody(call: PersonCall, shown: ShownStock): Html {
  const { counts, found, carriers, is_filtered, is_first } = shown;
  return html`${platformTabs('numbers')}
    <div class="head">
      <p>${summary(counts)}</p>
      ${linkButton(`${NUMBERS}/import`, 'Import numbers', 'primary')}
    </div>
    ${counts.length === 0 ? emptyStock(call) : null}
    ${is_first && counts.length > 0 ? countsTable(counts) : null}
    ${
      counts.length === 0
        ? null
        : filterPanel({
            own: NUMBERS,
            is_on: is_filtered,
            fields: filterFields(call, counts, carriers),
            summary: html`Search${is_filtered ? html` <span class="tag">on</span>` : null}`,
            submit: 'Search',
          })
    }
    ${listOf(call, shown)} ${stockPager(call, found)}`;
}

function listOf(call: PersonCall, { counts, found, carriers }: ShownStock): Html | null {
  if (counts.length === 0 || call.problem !== null) return null;
  if (found.rows.length === 0) {
    return nothingMatches(NUMBERS, 'No number of the stock meets all of these conditions.');
  }
  const now = call.app.now();
  const known = new Set(carriers);
  return rows(
    'Numbers',
    found.rows.map((row) => ({
      name: html`${row.phone_number} ${stateTag(stateOf(row, now))}`,
      about: html`<p>${whereabouts(row)}</p>
        <p class="muted">
          ${countryName(row.iso_country)}, ${row.type} · ${abilities(row)} · carrier
          ${row.carrier}${known.has(row.carrier) ? null : ', which the carriers file does not name'}${monthly(row)}
        </p>`,
    })),
  );

  function whereabouts({ account_sid, account_name, date_free }: StockRow): Html | null {
    if (account_sid !== null) {
      const name = isolated(account_name ?? account_sid);
      return html`Held by <a href="${PLATFORM}/accounts/${account_sid}">${name}</a>`;
    }
    return date_free > now ? html`Can be bought again from ${moment(date_free)}` : null;
  }
}

function stateOf({ account_sid, date_free }: StockRow, now: number): StockState {
  if (account_sid !== null) return 'held';
  return date_free > now ? 'quarantine' : 'free';
}

function stateTag(state: StockState): Html {
  const [tone, label] = STATES[state];
  return html`<span class="tag ${tone}">${label}</span>`;
}

function abilities({ capabilities }: StockRow): string {
  return capabilities
    .split(' ')
    .map((word) => (word === 'voice' ? word : word.toUpperCase()))
    .join(', ');
}

/** The price of the number itself. Another number costs what the rate card says. */
function monthly({ price_micro }: StockRow): string | null {
  return price_micro === null ? null : ` · $${priceText(price_micro).trim()} a month`;
}

function summary(counts: readonly StockCount[]): string {
  if (counts.length === 0) return 'The numbers that accounts can buy.';
  const { total, held, quarantine } = sumOf(counts);
  const free = (total - held - quarantine).toLocaleString('en');
  const rest = `${free} free, ${held.toLocaleString('en')} held, ${quarantine.toLocaleString('en')} in quarantine`;
  return `${counted(total, 'number')} in stock: ${rest}.`;
}

function sumOf(counts: readonly StockCount[]) {
  const sum = (name: 'total' | 'held' | 'quarantine') =>
    counts.reduce((before, { [name]: count }) => before + count, 0);
  return { total: sum('total'), held: sum('held'), quarantine: sum('quarantine') };
}

function countsTable(counts: readonly StockCount[]): Html {
  return html`<section>
    <h2>By country and kind</h2>
    <div class="overflow-auto" tabindex="0" role="region" aria-label="By country and kind">
      <table class="figures">
        <thead>
          <tr>
            <th scope="col">Country and kind</th>
            <th scope="col">Free</th>
            <th scope="col">Held</th>
            <th scope="col">Quarantine</th>
            <th scope="col">All</th>
          </tr>
        </thead>
        <tbody>
          ${counts.map((count) => countsRow(count))}
        </tbody>
      </table>
    </div>
  </section>`;
}

function countsRow({ iso_country, type, total, held, quarantine }: StockCount): Html {
  const query = new URLSearchParams({ country: iso_country, kind: type }).toString();
  const cells = [total - held - quarantine, held, quarantine, total];
  return html`<tr>
    <th scope="row"><a href="${NUMBERS}?${query}">${countryName(iso_country)}, ${type}</a></th>
    ${cells.map((count) => html`<td>${count.toLocaleString('en')}</td>`)}
  </tr>`;
}

function filterFields(
  call: PersonCall,
  counts: readonly StockCount[],
  carriers: readonly string[],
): Html {
  const any = { value: '', label: 'Any' };
  const countries = [...new Set(counts.map(({ iso_country }) => iso_country))];
  return html`${field(call, {
    name: 'number',
    label: 'Digits of the number',
    placeholder: '+1415',
    maxlength: 32,
    autocomplete: 'off',
  })}
  ${selectField(call, {
    name: 'country',
    label: 'Country',
    options: [any, ...countries.map((value) => ({ value, label: countryName(value) }))],
  })}
  ${selectField(call, {
    name: 'kind',
    label: 'Kind',
    options: [any, ...STOCK_TYPES.map((value) => ({ value, label: value }))],
  })}
  ${selectField(call, {
    name: 'state',
    label: 'State',
    options: [any, ...Object.entries(STATES).map(([value, [, label]]) => ({ value, label }))],
  })}
  ${selectField(call, {
    name: 'carrier',
    label: 'Carrier',
    options: [any, ...carriers.map((value) => ({ value, label: value }))],
  })}`;
}

function emptyStock({ app }: PersonCall): Html {
  const advice =
    app.config.mode === 'production'
      ? 'Accounts can buy no number until you import those that your carriers gave you.'
      : 'Accounts buy simulated numbers, which exist in development only. Imported numbers are offered first.';
  return emptyState('The stock is empty', advice);
}

/** The links to the pages around this one, with the conditions of this one. */
function stockPager({ query }: PersonCall, { rows: shown, has_next, has_previous }: StockPage) {
  if (!has_next && !has_previous) return null;
  const link = (name: 'after' | 'before', place: string | undefined) => {
    const parameters = new URLSearchParams();
    for (const [key, [value = '']] of query) {
      if (key !== 'after' && key !== 'before') parameters.set(key, value);
    }
    if (place !== undefined) parameters.set(name, place);
    return `${NUMBERS}?${parameters.toString()}`;
  };
  const previous = link('before', shown[0]?.phone_number);
  const next = link('after', shown.at(-1)?.phone_number);
  return html`<nav class="pager" aria-label="Pages">
    ${has_previous ? html`<a href="${previous}" rel="prev">← Lower numbers</a>` : html`<span></span>`}
    ${has_next ? html`<a href="${next}" rel="next">Higher numbers →</a>` : html`<span></span>`}
  </nav>`;
}
