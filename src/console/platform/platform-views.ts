import { html } from 'hono/html';
import type { Account } from '../../accounts/account.ts';
import { limitsOf } from '../../accounts/account-limits.ts';
import type { App } from '../../app.ts';
import type { Page, PageRequest } from '../../db/keyset.ts';
import { type Html, isolated, type PersonCall } from '../../http/pages/page.ts';
import { pager } from '../../pages/pager.ts';
import { actionForm, code, emptyState, linkButton, moment } from '../../pages/widgets.ts';
import type { OneTimeLink } from '../../people/links/one-time-link.ts';
import type { Member } from '../../people/person-store.ts';
import { SET_RATES } from '../../usage/unpriced.ts';
import type { AppOfSubaccount } from '../parts/account-list-store.ts';
import { type Attention, attentionPanel } from '../parts/attention.ts';
import { rows, statusButtons, statusTag } from '../parts/console-views.ts';
import { defaultRate } from '../parts/default-rate.ts';
import { openInvitations } from '../parts/people-views.ts';
import { PLATFORM, platformTabs } from '../parts/platform-frame.ts';
import { priceText } from '../parts/usage-words.ts';

/** The operators' views of accounts. */

export function accountsBody(
  call: PersonCall,
  shown: {
    readonly text: string;
    readonly found: Page<Account>;
    readonly request: PageRequest;
    /** The usage without a rate, in words. */
    readonly unpriced: string | null;
    /** The things that need attention; null on further pages. */
    readonly attention: readonly Attention[] | null;
  },
): Html {
  const { text, found, request, unpriced, attention } = shown;
  return html`${platformTabs('accounts')} ${unpricedNotice(unpriced)}
    ${attention && attentionPanel(attention)}
    <div class="head">
      <form method="get" action="${PLATFORM}" role="search" class="search">
        <input type="search" name="q" value="${text}" aria-label="Name or SID of an account"
          placeholder="Name or SID" maxlength="64" />
        <button type="submit" class="secondary">Search</button>
      </form>
      ${linkButton(`${PLATFORM}/accounts/new`, 'New account', 'primary')}
    </div>
    ${
      found.rows.length === 0
        ? noAccounts(text)
        : rows(
            'Accounts',
            found.rows.map((account) => ({
              name: html`<a href="${PLATFORM}/accounts/${account.sid}">${isolated(account.friendly_name)}</a>
              ${kindTag(account)} ${account.status === 'active' ? null : statusTag(account.status)}`,
              about: html`<p>${code(account.sid)}</p>
                <p class="muted">Created ${moment(account.date_created)}.</p>`,
            })),
          )
    }
    ${pager(PLATFORM, call.query, request, found)}`;
}

function unpricedNotice(words: string | null): Html | null {
  return words === null
    ? null
    : html`<p class="notice bad">${words} To set rates: ${SET_RATES}</p>`;
}

function noAccounts(text: string): Html {
  return text === ''
    ? emptyState('No accounts yet', 'Make the first one, and hand its invitation to its owner.')
    : emptyState(
        'No account matches',
        'Search for a part of its name, or for its whole SID; a main SID finds its subaccounts too.',
        html`<a href="${PLATFORM}">Show all accounts</a>`,
      );
}

function kindTag({ sid, owner_account_sid, type }: Account): Html {
  const kind = sid === owner_account_sid ? type : 'Subaccount';
  return html`<span class="tag quiet">${kind}</span>`;
}

export interface ShownAccount {
  readonly account: Account;
  readonly owner: Account | null;
  readonly made_for: AppOfSubaccount | null;
  readonly people: readonly Member[];
  readonly invitations: readonly OneTimeLink[];
}

export function accountBody(call: PersonCall, shown: ShownAccount): Html {
  const { account, owner, made_for } = shown;
  const own = `${PLATFORM}/accounts/${account.sid}`;
  return html`<p><a href="${PLATFORM}">← All accounts</a></p>
    <section class="panel">
      <dl class="facts">
        <dt>Account SID</dt>
        <dd>${code(account.sid)}</dd>
        ${
          owner &&
          html`<dt>Subaccount of</dt>
            <dd><a href="${PLATFORM}/accounts/${owner.sid}">${isolated(owner.friendly_name)}</a></dd>`
        }
        ${
          made_for &&
          html`<dt>Made for</dt>
            <dd>${isolated(made_for.friendly_name)}${made_for.date_revoked === null ? '' : ', revoked'}</dd>`
        }
        <dt>Type</dt>
        <dd>${account.type}</dd>
        <dt>Status</dt>
        <dd>${statusTag(account.status)}</dd>
        <dt>Created</dt>
        <dd>${moment(account.date_created)}</dd>
      </dl>
      ${
        owner
          ? null
          : html`<p><a href="${PLATFORM}?q=${account.sid}">This account and its subaccounts</a></p>`
      }
    </section>
    ${actions(call, shown, own)} ${owner ? null : balance(account, own)} ${limits(call.app, account, own)}
    ${owner ? null : peopleOf(call, shown, own)}`;
}

function actions(call: PersonCall, { account, owner }: ShownAccount, own: string): Html {
  if (account.status === 'closed') {
    return html`<p class="notice info">This account is closed for good.</p>`;
  }
  return html`<div class="buttons">
    ${
      owner === null && account.type === 'Trial'
        ? actionForm(call, `${own}/upgrade`, 'Upgrade', { tone: 'primary' })
        : null
    }
    ${statusButtons(call, own, account.status)}
  </div>`;
}

function balance({ balance_micro, balance_floor_micro }: Account, own: string): Html {
  return html`<section>
    <h2>Balance</h2>
    <dl class="facts">
      <dt>Balance</dt>
      <dd>${priceText(balance_micro)} USD</dd>
      <dt>Floor</dt>
      <dd>${balance_floor_micro === null ? 'None' : `${priceText(balance_floor_micro)} USD`}</dd>
    </dl>
    <p><a href="${own}/balance">Credits, spending of apps, and rates</a></p>
  </section>`;
}

function limits({ config }: App, account: Account, own: string): Html {
  const allowed = limitsOf(account);
  const rate = allowed.max_requests_per_second;
  const isMain = account.sid === account.owner_account_sid;
  const shown = (stored: number | null, value: string) =>
    html`<dd>${value} ${stored === null ? html`<span class="muted">(the default)</span>` : null}</dd>`;
  const traffic = [
    ['Messages a second', account.max_messages_per_second],
    ['Calls a second', account.max_calls_per_second],
    ['Calls at once', account.max_calls_at_once],
    ['Countries', account.countries],
  ] as const;
  const rows = traffic.filter(([, value]) => value !== null);
  return html`<section>
    <h2>Limits</h2>
    <dl class="facts">
      <dt>Requests a second</dt>
      ${shown(rate, String(rate ?? defaultRate(config)))}
      ${
        isMain
          ? html`<dt>Subaccounts</dt>
              ${shown(account.max_subaccounts, String(allowed.max_subaccounts))}
              <dt>Connect apps</dt>
              ${shown(account.max_connect_apps, String(allowed.max_connect_apps))}`
          : null
      }
      ${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}
    </dl>
    <p><a href="${own}/limits">Change the limits</a></p>
  </section>`;
}

function peopleOf(call: PersonCall, { people, invitations }: ShownAccount, own: string): Html {
  return html`<section>
    <div class="head">
      <h2>People</h2>
      ${linkButton(`${own}/invite`, 'Invite somebody')}
    </div>
    ${
      people.length === 0
        ? html`<p class="muted">Nobody can sign in to this account yet: invite its first person.</p>`
        : rows(
            'People',
            people.map(({ sid, name, email, date_joined }) => ({
              name: html`<a href="${PLATFORM}/people/${sid}">${isolated(name)}</a>`,
              about: html`<p>${email}</p>
                <p class="muted">Since ${moment(date_joined)}.</p>`,
              actions: linkButton(`${own}/people/${sid}/password-link`, 'New password link'),
            })),
          )
    }
    ${invitations.length === 0 ? null : html`<h3>Open invitations</h3>`}
    ${openInvitations(call, own, invitations)}
  </section>`;
}
