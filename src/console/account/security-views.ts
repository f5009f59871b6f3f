import { html } from 'hono/html';
import type { StoredSecurityEvent } from '../../audit/security-event-store.ts';
import type { Page, PageRequest } from '../../db/keyset.ts';
import { type Html, isolated, type PersonCall } from '../../http/pages/page.ts';
import { pager } from '../../pages/pager.ts';
import { code, emptyState, moment } from '../../pages/widgets.ts';
import { PROFILE } from '../../people/pages/profile-views.ts';
import { rows } from '../parts/console-views.ts';
import { PLATFORM, platformTabs } from '../parts/platform-frame.ts';

/** The views of the security events of people, accounts and the platform. */

export const OWN_SECURITY = `${PROFILE}/security`;
export const PLATFORM_SECURITY = `${PLATFORM}/security`;
export const ABOUT_LENGTH = 64;

const WORDS: Readonly<Record<string, string>> = {
  'admin_token.refused': 'A wrong admin token was refused',
  'credential.used_elsewhere': 'A credential was used from a new network',
  'credentials.refused': 'Wrong API credentials were refused',
  'operator.added': 'Somebody became an operator of the platform',
  'operator.removed': 'Somebody is no longer an operator of the platform',
  'operator.signed_in': 'An operator of the platform signed in',
  'password.changed': 'The password was changed',
  'password_change.delayed': 'Changes of the password came too soon after wrong ones',
  'password_change.refused': 'A change of the password was refused: the current one was wrong',
  'password_link.made': 'A password link was made',
  'person.deleted': 'The login was deleted',
  'person.disabled': 'The login was disabled',
  'person.enabled': 'The login was enabled again',
  'person.renamed': 'The name was changed',
  'recovery_codes.replaced': 'New recovery codes were made',
  'second_factor.added': 'A second factor was added',
  'second_factor.removed': 'A second factor was removed',
  'session.ended': 'A session was ended',
  'session.started': 'Somebody signed in',
  'sessions.ended': 'Sessions were ended',
  'sign_in.delayed': 'Sign-ins came too soon after others and were not checked',
  'sign_in.refused': 'A sign-in was refused',
};

export interface ShownEvents {
  readonly found: Page<StoredSecurityEvent>;
  readonly request: PageRequest;
  readonly names: ReadonlyMap<string, string>;
}

export function ownSecurityBody(call: PersonCall, shown: ShownEvents): Html {
  return html`<p><a href="${PROFILE}">← Profile</a></p>
    <p>
      These events concern your login, and credentials of your accounts that were used from
      elsewhere. If one of them was not you, change your password and sign out everywhere.
    </p>
    ${eventRows(shown)} ${pager(OWN_SECURITY, call.query, shown.request, shown.found)}`;
}

export function platformSecurityBody(
  call: PersonCall,
  shown: ShownEvents,
  filter: { readonly kind: string; readonly about: string; readonly kinds: readonly string[] },
): Html {
  const { kind, about, kinds } = filter;
  const option = (value: string, label: string) =>
    html`<option value="${value}" ${value === kind ? SELECTED : null}>${label}</option>`;
  return html`${platformTabs('security')}
    <form method="get" action="${PLATFORM_SECURITY}" role="search" class="search">
      <select name="kind" aria-label="Kind of event">
        ${option('', 'Everything')} ${kinds.map((one) => option(one, wordsOf(one)))}
      </select>
      <input type="search" name="about" value="${about}" aria-label="Address, or SID of a person or an account"
        placeholder="Address or SID" maxlength="${ABOUT_LENGTH}" />
      <button type="submit" class="secondary">Filter</button>
    </form>
    ${eventRows(shown)} ${pager(PLATFORM_SECURITY, call.query, shown.request, shown.found)}`;
}

const SELECTED = html`selected`;

function wordsOf(kind: string): string {
  return WORDS[kind] ?? kind;
}

function eventRows({ found, names }: ShownEvents): Html {
  if (found.rows.length === 0) {
    return emptyState('Nothing here', 'Nothing that concerns security has happened.');
  }
  return rows(
    'Security events',
    found.rows.map((event) => ({
      name: wordsOf(event.kind),
      about: html`<p>
          ${moment(event.date_created)}${event.address === null ? null : html`, from ${code(event.address)}`}
        </p>
        ${whoOf(event, names)} ${detailOf(event)}`,
    })),
  );
}

function whoOf(
  { person_sid, account_sid }: StoredSecurityEvent,
  names: ShownEvents['names'],
): Html {
  const sids = [person_sid, account_sid].filter((sid) => sid !== null);
  return html`${sids.map((sid) => {
    const name = names.get(sid);
    return html`<p class="muted">${name === undefined ? null : isolated(name)} ${code(sid)}</p>`;
  })}`;
}

function detailOf({ detail }: StoredSecurityEvent): Html | null {
  const parts = Object.entries(JSON.parse(detail) as Record<string, unknown>);
  if (parts.length === 0) return null;
  const text = parts.map(([name, value]) => `${name.replaceAll('_', ' ')}: ${String(value)}`);
  return html`<p class="muted">${text.join(', ')}</p>`;
}
