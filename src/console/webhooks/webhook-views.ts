import { html } from 'hono/html';
import type { Page, PageRequest } from '../../db/keyset.ts';
import type { AccountCall, Html } from '../../http/pages/page.ts';
import { withoutPassword } from '../../kit/user-info.ts';
import { pager } from '../../pages/pager.ts';
import {
  emptyState,
  entered,
  field,
  linkButton,
  moment,
  selectField,
} from '../../pages/widgets.ts';
import { filterPanel, nothingMatches } from '../parts/filter-panel.ts';
import { FILTER_FIELDS, HOST_LENGTH, RESULTS, type Webhook } from './webhook-filter.ts';
import {
  eventWords,
  KIND_WORDS,
  kindWords,
  likelyCause,
  RESULT_WORDS,
  resultOf,
  resultTag,
} from './webhook-words.ts';

/** The list of webhooks. */

export const webhooksPath = (account_sid: string) => `/console/${account_sid}/webhooks`;

export function webhooksBody(
  call: AccountCall,
  list: {
    readonly found: Page<Webhook>;
    readonly request: PageRequest;
    readonly is_broken: boolean;
  },
): Html {
  const own = webhooksPath(call.account.sid);
  const { found, request } = list;
  const is_on = FILTER_FIELDS.some((name) => entered(call, name) !== '');
  const replay = new URLSearchParams(FILTER_FIELDS.map((name) => [name, entered(call, name)]));
  const canReplay = found.rows.some((row) => resultOf(row) === 'dead');
  return html`<div class="head">
      <p>The requests to your servers: status callbacks, usage triggers and revokes.</p>
      <div class="buttons">
        ${linkButton(`${own}/doctor`, 'Check a signature')}
        ${canReplay ? linkButton(`${own}/replay?${replay.toString()}`, 'Send the given up again') : null}
      </div>
    </div>
    ${failingHosts(own, found.rows)}
    ${filterPanel({ own, is_on, fields: fields(call) })}
    ${listOf(own, found.rows, { is_on, is_broken: list.is_broken })}
    ${pager(own, call.query, request, found)}`;
}

/** A notice for each server that fails, with the last answer and what it mostly means. */
function failingHosts(own: string, rows: readonly Webhook[]): Html[] {
  const hosts = new Map<string, Webhook[]>();
  for (const row of rows) {
    if (!['failing', 'dead'].includes(resultOf(row))) continue;
    hosts.set(row.host, [...(hosts.get(row.host) ?? []), row]);
  }
  return [...hosts].slice(0, MAX_NOTICES).map(([host, failed]) => {
    const why = failed[0]?.last ? likelyCause(failed[0].last) : null;
    return html`<p class="notice bad">
      <strong>${failed.length} of the requests below failed at ${host}.</strong> ${why}
      <a href="${own}?host=${encodeURIComponent(host)}">Show its requests</a>
    </p>`;
  });
}

/** The most notices above the list. */
const MAX_NOTICES = 3;

function fields(call: AccountCall): Html {
  const any = { value: '', label: 'Any' };
  const results = RESULTS.map((value) => ({ value, label: RESULT_WORDS[value] }));
  const kinds = Object.entries(KIND_WORDS).map(([value, label]) => ({ value, label }));
  return html`${selectField(call, { name: 'result', label: 'Result', options: [any, ...results] })}
    ${selectField(call, { name: 'kind', label: 'Event', options: [any, ...kinds] })}
    ${field(call, { name: 'host', label: 'Server', maxlength: HOST_LENGTH, autocomplete: 'off', placeholder: 'hooks.example.com' })}`;
}

function listOf(
  own: string,
  rows: readonly Webhook[],
  { is_on, is_broken }: { readonly is_on: boolean; readonly is_broken: boolean },
): Html | null {
  if (is_broken) return null;
  if (rows.length > 0) {
    return html`<p class="muted">Newest first, times in UTC, subaccounts included.</p>
      <ol class="log" aria-label="Webhooks">
        ${rows.map((row) => entryOf(own, row))}
      </ol>`;
  }
  if (is_on) return nothingMatches(own, 'Leave a field of the filter empty.');
  return emptyState(
    'We have not called your server yet',
    'It is called when a message or a call with a StatusCallback changes, when a usage trigger ' +
      'fires, and when a customer revokes one of your Connect apps. Requests appear here for 30 days.',
  );
}

function entryOf(own: string, row: Webhook): Html {
  const { last, attempts } = row;
  const words = eventWords(row);
  const tries = attempts < 2 ? null : `${attempts} attempts`;
  const took = last && last.status !== null ? `${last.duration_ms} ms` : null;
  const why = last ? likelyCause(last) : null;
  const next = row.date_next === null ? null : html`Next attempt ${moment(row.date_next)}.`;
  const facts = [words, tries, took].filter((fact) => fact !== null && fact !== '');
  return html`<li>
    <p class="when">${moment(row.date_created)}</p>
    <div>
      <p><a href="${own}/${row.sid}">${kindWords(row)}</a> ${resultTag(row)}</p>
      <p class="muted">${row.method} ${withoutPassword(row.url)}</p>
      <p><small>${facts.join(' · ')}</small></p>
      ${why === null && next === null ? null : html`<p>${row.reason ?? why} ${next}</p>`}
    </div>
  </li>`;
}
