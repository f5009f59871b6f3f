import { html } from 'hono/html';
import type { MemberAccount } from '../access/session-store.ts';
import { type Html, isolated, type PageCall, type View } from '../http/pages/page.ts';
import { DOCUMENTATION } from './documentation.ts';
import {
  CLOCK_PAGE,
  FIND_PAGE,
  FIND_SECTION,
  NAVIGATION,
  type NavigationEntry,
} from './navigation.ts';
import { formToken, initialsOf } from './widgets.ts';

/** The parts of the frame: the navigation, the account switcher, the search, the person's menu. */

const FIND_HINT = 'Find a SID, number, e-mail or name';

export function searchField({ section }: View, { session, query }: PageCall): Html | null {
  if (!session) return null;
  const text = section === FIND_SECTION ? (query.get('q')?.[0] ?? '') : '';
  return html`<form class="find" role="search" aria-label="Everything" action="${FIND_PAGE}">
    <input
      type="search"
      name="q"
      value="${text}"
      aria-label="${FIND_HINT}"
      placeholder="${FIND_HINT}"
      aria-keyshortcuts="/"
      autocomplete="off"
    />
    <kbd aria-hidden="true">/</kbd>
  </form>`;
}

/**
 * The navigation twice: beside the page, and as a menu above it. The style sheet shows the one that
 * fits the screen, so that no script is needed.
 */
export function navigation(view: View, call: PageCall): Html | null {
  const groups = navigationGroups(call);
  if (groups.length === 0) return null;
  const here = groups.flatMap(({ links }) => links).find(({ section }) => section === view.section);
  const list = (name: string) => html`<nav aria-label="${name}">
    ${groups.map(
      ({ label, links }) =>
        html`<div>
          ${label === null ? null : html`<p aria-hidden="true">${label}</p>`}
          <ul ${label === null ? null : html`aria-label="${label}"`}>
            ${links.map(
              ({ section, label: text, href }) =>
                html`<li>
                  <a href="${href}" ${section === view.section ? CURRENT : null}>${text}</a>
                </li>`,
            )}
          </ul>
        </div>`,
    )}
  </nav>`;
  return html`<details class="menu">
      <summary>Menu ${here === undefined ? null : html`<strong>${here.label}</strong>`}</summary>
      ${list('Console, small screens')}
    </details>
    <div class="side">${list('Console')}</div>`;
}

interface Link {
  readonly section: string;
  readonly label: string;
  readonly href: string;
}

function navigationGroups(call: PageCall): { label: string | null; links: Link[] }[] {
  const sid = (call.account ?? call.accounts[0])?.sid;
  const groups = sid
    ? NAVIGATION.map(({ label, entries }) => ({
        label,
        links: entries.map((one) => ({ ...one, href: one.path(sid) })),
      }))
    : [];
  const links: Link[] = [];
  if (call.session?.person.is_operator) {
    links.push({ section: 'operator', label: 'Platform', href: '/console/platform' });
  }
  if (groups.length === 0 && links.length === 0) return [];
  links.push({ section: 'documentation', label: 'Documentation', href: DOCUMENTATION.path });
  return [...groups, { label: 'More', links }];
}

const CURRENT = html`aria-current="page"`;

/** A square with the initials of an account; people have a circle. */
function accountLabel(account: MemberAccount): Html {
  const { friendly_name, type, status } = account;
  const kind = type === 'Trial' ? 'Trial account' : 'Full account';
  return html`<span class="tile" aria-hidden="true">${initialsOf(friendly_name)}</span>
    <span class="whose">
      <strong>${isolated(friendly_name)}</strong>
      <small>${status === 'suspended' ? 'Suspended' : kind}</small>
    </span>`;
}

/** Links to the same section of the other accounts, if there is one with the section's name. */
export function accountSwitcher(view: View, { account, accounts }: PageCall): Html | null {
  if (!account) return html`<span class="space"></span>`;
  const label = accountLabel(account);
  if (accounts.length < 2) return html`<span class="switcher">${label}</span>`;
  const same: NavigationEntry | undefined = NAVIGATION.flatMap(({ entries }) => entries).find(
    ({ section }) => section === view.section,
  );
  return html`<details class="dropdown switcher">
    <summary>${label}<span class="hidden">Choose another account</span></summary>
    <ul>
      ${accounts.map(
        ({ sid, friendly_name }) =>
          html`<li>
            <a href="${same?.path(sid) ?? `/console/${sid}`}" ${sid === account.sid ? CURRENT : null}
              >${isolated(friendly_name)}<small class="sid">${sid}</small></a
            >
          </li>`,
      )}
    </ul>
  </details>`;
}

export function personMenu(call: PageCall): Html | null {
  const { session } = call;
  if (!session) return html`<a href="/login">Log in</a>`;
  const { name, email } = session.person;
  return html`<details class="dropdown person">
    <summary>
      <span class="avatar" aria-hidden="true">${initialsOf(name)}</span>
      <span class="whose"><strong>${isolated(name)}</strong></span>
      <span class="hidden">Profile and log out</span>
    </summary>
    <ul>
      <li><small>${email}</small></li>
      <li><a href="/console/profile">Profile</a></li>
      ${call.app.config.mode === 'development' ? html`<li><a href="${CLOCK_PAGE}">Clock</a></li>` : null}
      <li>
        <form method="post" action="/logout">
          ${formToken(call)}<button class="link" type="submit">Log out</button>
        </form>
      </li>
    </ul>
  </details>`;
}
