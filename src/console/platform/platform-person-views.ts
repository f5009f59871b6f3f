import { html } from 'hono/html';
import type { MemberAccount, SessionPerson } from '../../access/session-store.ts';
import type { Page, PageRequest } from '../../db/keyset.ts';
import { type Html, isolated, type PersonCall } from '../../http/pages/page.ts';
import { pager } from '../../pages/pager.ts';
import {
  actionForm,
  choices,
  code,
  emptyState,
  field,
  linkButton,
  moment,
} from '../../pages/widgets.ts';
import { sessionRows } from '../../people/pages/profile-views.ts';
import type { Person } from '../../people/person.ts';
import { NAME_LENGTH } from '../../people/person.ts';
import type { SessionRow } from '../../people/sign-in/session-life-store.ts';
import { counted, formBody, rows } from '../parts/console-views.ts';
import { PLATFORM, platformTabs } from '../parts/platform-frame.ts';

/** The operators' views of people. */

export const PLATFORM_PEOPLE = `${PLATFORM}/people` as const;

export function peopleBody(
  call: PersonCall,
  shown: { readonly text: string; readonly found: Page<Person>; readonly request: PageRequest },
): Html {
  const { text, found, request } = shown;
  return html`${platformTabs('people')}
    <div class="head">
      <form method="get" action="${PLATFORM_PEOPLE}" role="search" class="search">
        <input type="search" name="q" value="${text}" aria-label="Name, address or SID of a person"
          placeholder="Name, address or SID" maxlength="64" />
        <button type="submit" class="secondary">Search</button>
      </form>
    </div>
    ${
      found.rows.length === 0
        ? emptyState(
            'Nobody matches',
            'Search for a part of a name or an address, or for a whole SID.',
            html`<a href="${PLATFORM_PEOPLE}">Show everybody</a>`,
          )
        : rows(
            'People',
            found.rows.map((person) => ({
              name: html`<a href="${PLATFORM_PEOPLE}/${person.sid}">${isolated(person.name)}</a> ${tags(person)}`,
              about: html`<p>${person.email}</p>
                <p class="muted">Since ${moment(person.date_created)}.</p>`,
            })),
          )
    }
    ${pager(PLATFORM_PEOPLE, call.query, request, found)}`;
}

function tags({ is_operator, date_disabled }: Person): Html {
  return html`${is_operator ? html`<span class="tag quiet">Operator</span>` : null}
  ${date_disabled === null ? null : html`<span class="tag bad">disabled</span>`}`;
}

export interface ShownPerson {
  readonly person: Person;
  readonly accounts: readonly MemberAccount[];
  /** The accounts that only this person can sign in to. */
  readonly alone: readonly MemberAccount[];
  readonly sessions: readonly SessionRow[];
}

export function personBody(call: PersonCall, shown: ShownPerson): Html {
  const { person, sessions } = shown;
  const own = `${PLATFORM_PEOPLE}/${person.sid}`;
  return html`<p><a href="${PLATFORM_PEOPLE}">← Everybody</a></p>
    <section class="panel">
      <dl class="facts">
        <dt>Person SID</dt>
        <dd>${code(person.sid)}</dd>
        <dt>Logs in as</dt>
        <dd>${person.email}</dd>
        <dt>May sign in</dt>
        <dd>${person.date_disabled === null ? 'yes' : html`no, since ${moment(person.date_disabled)}`}</dd>
        <dt>Runs the platform</dt>
        <dd>${person.is_operator ? 'yes' : 'no'}</dd>
        <dt>Created</dt>
        <dd>${moment(person.date_created)}</dd>
      </dl>
    </section>
    <section class="panel">
      ${formBody(call, {
        action: own,
        fields: field(call, {
          name: 'Name',
          label: 'Name',
          value: person.name,
          required: true,
          maxlength: NAME_LENGTH,
          autocomplete: 'off',
        }),
        label: 'Rename',
        back: PLATFORM_PEOPLE,
      })}
    </section>
    ${accountsOf(shown)}
    <section>
      <h2>Sessions</h2>
      ${
        sessions.length === 0
          ? html`<p class="muted">Signed in nowhere.</p>`
          : html`${sessionRows(call, sessions, `${own}/sessions`)}
              <div class="buttons">${actionForm(call, `${own}/sessions`, 'End every session')}</div>`
      }
    </section>
    ${changes(call, person, own)}`;
}

function accountsOf({ accounts, alone }: ShownPerson): Html {
  const isAlone = new Set(alone.map(({ sid }) => sid));
  return html`<section>
    <h2>Accounts</h2>
    ${
      accounts.length === 0
        ? html`<p class="muted">None.</p>`
        : rows(
            'Accounts',
            accounts.map(({ sid, friendly_name }) => ({
              name: html`<a href="${PLATFORM}/accounts/${sid}">${isolated(friendly_name)}</a>
                ${isAlone.has(sid) ? html`<span class="tag">nobody else</span>` : null}`,
              about: code(sid),
            })),
          )
    }
  </section>`;
}

function changes(call: PersonCall, person: Person, own: string): Html {
  return html`<section>
    <h2>Changes</h2>
    <div class="buttons">
      ${linkButton(`${own}/operator`, person.is_operator ? 'Take the platform away' : 'Make an operator')}
      ${
        person.date_disabled === null
          ? linkButton(`${own}/disable`, 'Disable', 'danger')
          : actionForm(call, `${own}/enable`, 'Enable', { tone: 'primary' })
      }
      ${linkButton(`${own}/delete`, 'Delete', 'danger')}
    </div>
  </section>`;
}

/** Names the accounts that would have no people left. */
export function leftAccounts(alone: readonly MemberAccount[]): Html | null {
  if (alone.length === 0) return null;
  return html`<p>Nobody else can sign in to ${counted(alone.length, 'account')}:</p>
    <ul>
      ${alone.map(({ sid, friendly_name }) => html`<li>${isolated(friendly_name)} ${code(sid)}</li>`)}
    </ul>`;
}

export function leftChoice(call: PersonCall): Html {
  return choices(call, {
    name: 'Accounts',
    legend: 'These accounts',
    type: 'radio',
    options: [
      {
        value: 'keep',
        label: 'Keep',
        help: 'Their credentials go on working. Invite somebody, so that they can be changed.',
        checked: true,
      },
      {
        value: 'close',
        label: 'Close for good',
        help: 'Their credentials stop working, grants are revoked and numbers released.',
        checked: false,
      },
    ],
  });
}

export function isSelf(call: PersonCall, { sid }: Pick<SessionPerson, 'sid'>): boolean {
  return call.person.sid === sid;
}
