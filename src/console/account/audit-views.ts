import { html } from 'hono/html';
import type { StoredAuditEvent } from '../../audit/audit-store.ts';
import type { Page, PageRequest } from '../../db/keyset.ts';
import { type AccountCall, type Html, isolated } from '../../http/pages/page.ts';
import { PAGING_PARAMETERS } from '../../http/parameters/paging.ts';
import { pager } from '../../pages/pager.ts';
import { code, emptyState, entered, field, moment } from '../../pages/widgets.ts';
import { detailList } from '../parts/console-views.ts';
import { filterPanel, nothingMatches } from '../parts/filter-panel.ts';
import { ACTOR_KINDS, actionWords } from './audit-filter.ts';

export interface AuditLog {
  readonly found: Page<StoredAuditEvent>;
  readonly request: PageRequest;
  /** The names of actors and of changed things, by SID. */
  readonly names: ReadonlyMap<string, string>;
  /** The actions that the filter offers. */
  readonly actions: readonly string[];
  /** The most lines that an export has. */
  readonly most: number;
}

const FILTERS = ['actor_kind', 'action', 'from', 'to', 'sid'];

export function auditBody(call: AccountCall, log: AuditLog): Html {
  const own = `/console/${call.account.sid}/audit-log`;
  const isFiltered = FILTERS.some((name) => entered(call, name) !== '');
  const { found, request, most } = log;
  const fields = filterFields(call, log.actions);
  return html`${filterPanel({ own, is_on: isFiltered, fields })}
    ${
      found.rows.length === 0
        ? noEvents(call, own, isFiltered)
        : html`<p class="head">
              <span class="muted">Newest first, times in UTC, subaccounts included.</span>
              <a href="${own}/export${exportQuery(call)}" download>Export as CSV</a>
            </p>
            <ol class="log" aria-label="Audit log">
              ${found.rows.map((event) => logEntry(event, log.names))}
            </ol>
            <p class="muted">
              The export holds the newest ${most.toLocaleString('en')} entries of this selection.
            </p>`
    }
    ${pager(own, call.query, request, found)}`;
}

function noEvents(call: AccountCall, own: string, isFiltered: boolean): Html {
  if (call.problem) return html``;
  return isFiltered
    ? nothingMatches(own, 'Choose a longer time or leave a field of the filter empty.')
    : emptyState('Nothing here', 'Every change in this account is listed here.');
}

function exportQuery({ query }: AccountCall): string {
  const parameters = new URLSearchParams();
  for (const [name, values] of query) {
    if (PAGING_PARAMETERS.includes(name)) continue;
    for (const value of values) parameters.append(name, value);
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

function filterFields(call: AccountCall, actions: readonly string[]): Html {
  const chosen = entered(call, 'action');
  const offered = chosen === '' || actions.includes(chosen) ? actions : [...actions, chosen];
  return html`${select(call, 'actor_kind', 'Actor', Object.entries(ACTOR_KINDS))}
      ${select(
        call,
        'action',
        'Action',
        offered.map((action) => [action, actionWords(action)]),
      )}
      ${field(call, { name: 'from', label: 'From', type: 'date' })}
      ${field(call, { name: 'to', label: 'To', type: 'date' })}
      ${field(call, {
        name: 'sid',
        label: 'SID',
        help: 'The SID of the actor or of the changed resource.',
        maxlength: 34,
        autocomplete: 'off',
      })}`;
}

function select(
  call: AccountCall,
  name: string,
  label: string,
  options: readonly (readonly [string, string])[],
): Html {
  const chosen = entered(call, name);
  const { problem } = call;
  const rule = problem?.broken?.parameter === name ? `${label} ${problem.broken.rule}.` : null;
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <select id="${name}" name="${name}" ${rule && html`aria-describedby="${name}-help" autofocus`}>
      <option value="">Any</option>
      ${options.map(
        ([value, text]) =>
          html`<option value="${value}" ${value === chosen ? SELECTED : null}>${text}</option>`,
      )}
    </select>
    ${rule && html`<small id="${name}-help"><strong class="wrong">${rule}</strong></small>`}
  </div>`;
}

const SELECTED = html`selected`;

function logEntry(event: StoredAuditEvent, names: AuditLog['names']): Html {
  const { action, date_created, target_sid } = event;
  const name = target_sid === null ? undefined : names.get(target_sid);
  return html`<li>
    <p class="when">${moment(date_created)}</p>
    <div>
      <p>
        <strong>${actionWords(action)}</strong>
        ${name === undefined ? null : html` ${isolated(name)}`}
      </p>
      ${target_sid === null ? null : html`<p>${code(target_sid)}</p>`} ${detailOf(event, name)}
    </div>
    <p class="by">${actorOf(event, names)}</p>
  </li>`;
}

function actorOf({ actor_kind, actor_sid }: StoredAuditEvent, names: AuditLog['names']): Html {
  const name = actor_sid === null ? undefined : names.get(actor_sid);
  const kind = ACTOR_KINDS[actor_kind];
  return html`${name === undefined ? kind : html`${isolated(name)}<br /><small>${kind}</small>`}
  ${actor_sid === null ? null : html`<br /><small>${code(actor_sid)}</small>`}`;
}

/** The detail, a line for each part. A nested part is shown as stored. */
function detailOf({ detail }: StoredAuditEvent, name: string | undefined): Html | null {
  const all = Object.entries(JSON.parse(detail) as Record<string, unknown>);
  // The line above already says the name.
  const parts = all.filter(([, value]) => name === undefined || value !== name);
  if (parts.length === 0) return null;
  return detailList(parts);
}
