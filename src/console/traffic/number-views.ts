import { html } from 'hono/html';
import type { Page, PageRequest } from '../../db/keyset.ts';
import type { AccountCall, Html, Problem } from '../../http/pages/page.ts';
import { withoutPassword } from '../../kit/user-info.ts';
import {
  grantOfUrl,
  type IncomingPhoneNumber,
  NUMBER_URLS,
  type NumberUrl,
} from '../../numbers/incoming-phone-number.ts';
import { COUNTRIES, traitsOf } from '../../numbers/numbering-plan.ts';
import { pager } from '../../pages/pager.ts';
import {
  code,
  emptyState,
  entered,
  moment,
  type Option,
  selectField,
} from '../../pages/widgets.ts';
import { rows } from '../parts/console-views.ts';
import { filterPanel, showEverything } from '../parts/filter-panel.ts';
import { OWN_ACCOUNT } from '../parts/usage-accounts.ts';
import { nameOfDoer, nameOfMaker, type Whose } from '../parts/whose.ts';
import { commandBlock, controlCurl, curlOf, makerFacts } from './log-views.ts';

/** The views of phone numbers. */

const numbersPath = (account_sid: string) => `/console/${account_sid}/numbers`;

interface ShownNumbers {
  readonly found: Page<IncomingPhoneNumber>;
  readonly request: PageRequest;
  readonly whose: Whose;
  readonly accounts: readonly Option[];
  readonly problem: Problem | null;
}

export function numbersBody(call: AccountCall, shown: ShownNumbers): Html {
  const { found, request, whose, accounts, problem } = shown;
  const own = numbersPath(call.account.sid);
  const isFiltered = entered(call, 'account') !== '';
  return html`${
    accounts.length === 0
      ? null
      : filterPanel({
          own,
          is_on: isFiltered,
          fields: selectField(call, { name: 'account', label: 'Account', options: accounts }),
        })
  }
    ${
      found.rows.length > 0
        ? rows(
            'Phone numbers',
            found.rows.map((number) => ({
              name: html`<a href="${own}/${number.sid}">${number.phone_number}</a>
                <span class="tag quiet">${number.type}</span>`,
              about: aboutNumber(call, whose, number),
            })),
          )
        : problem
          ? null
          : noNumbers(call, own, isFiltered)
    }
    ${pager(own, call.query, request, found)}`;
}

function aboutNumber(call: AccountCall, whose: Whose, number: IncomingPhoneNumber): Html {
  const { friendly_name, account_sid, iso_country, date_created } = number;
  const isMain = account_sid === call.account.sid;
  const where = isMain ? OWN_ACCOUNT : (whose.accounts.get(account_sid) ?? account_sid);
  const country = COUNTRIES.get(iso_country)?.country ?? iso_country;
  const users = usersOf(whose, number);
  return html`<p><bdi>${friendly_name}</bdi></p>
    <p class="muted">
      ${country} · bought ${moment(date_created)} by <bdi>${nameOfMaker(whose, number, { is_from_outside: false })}</bdi> ·
      ${isMain ? where : html`subaccount <bdi>${where}</bdi>`}
    </p>
    ${
      users.length === 0 ? null : html`<p class="muted">Used by <bdi>${users.join(', ')}</bdi></p>`
    }`;
}

/** The apps that gave a URL of the number. They answer its messages and calls. */
function usersOf(whose: Whose, number: IncomingPhoneNumber): string[] {
  const grants = NUMBER_URLS.map((name) => grantOfUrl(number, name)).filter((one) => one !== null);
  return [...new Set(grants.map((grant) => nameOfDoer(whose, grant)))];
}

function noNumbers(call: AccountCall, own: string, isFiltered: boolean): Html {
  if (isFiltered) {
    return emptyState(
      'No numbers there',
      'This account holds no phone number.',
      showEverything(own),
    );
  }
  const what = 'The numbers that your account and its apps buy are listed here, with their uses.';
  return html`${emptyState('No phone numbers yet', what)}
    <h2>A first number</h2>
    <p>
      This command buys a free number in the area code. curl asks for a password. Enter the auth token.
    </p>
    ${commandBlock(curlOf(call, 'IncomingPhoneNumbers', { AreaCode: '415' }))}`;
}

const URLS: Readonly<
  Record<NumberUrl, { readonly label: string; readonly method: keyof IncomingPhoneNumber }>
> = {
  voice_url: { label: 'When a call comes in', method: 'voice_method' },
  voice_fallback_url: { label: 'When the URL for calls fails', method: 'voice_fallback_method' },
  status_callback: { label: 'When a call has ended', method: 'status_callback_method' },
  sms_url: { label: 'When a message comes in', method: 'sms_method' },
  sms_fallback_url: { label: 'When the URL for messages fails', method: 'sms_fallback_method' },
};
const IN_ORDER = Object.keys(URLS) as NumberUrl[];

export function numberBody(call: AccountCall, number: IncomingPhoneNumber, whose: Whose): Html {
  const { sid } = call.account;
  const { phone_number } = number;
  const query = (side: string) => new URLSearchParams({ [side]: phone_number }).toString();
  return html`<p><a href="${numbersPath(sid)}">All phone numbers</a></p>
    ${factsOf(call, number, whose)}
    <section>
      <h2>Webhooks</h2>
      <dl class="facts">${IN_ORDER.map((name) => urlFact(number, name, whose))}</dl>
    </section>
    <section>
      <h2>Messages and calls</h2>
      <p class="links">
        <a href="/console/${sid}/messages?${query('to')}">Messages to it</a>
        <a href="/console/${sid}/messages?${query('from')}">Messages from it</a>
        <a href="/console/${sid}/calls?${query('to')}">Calls to it</a>
        <a href="/console/${sid}/calls?${query('from')}">Calls from it</a>
      </p>
    </section>
    ${call.app.config.mode === 'development' ? tryIt(call, phone_number) : null}`;
}

function tryIt(call: AccountCall, to: string): Html {
  const from = '+14155550199';
  return html`<section>
    <h2>Test messages and calls</h2>
    <p>In development these commands send a message and make a call to the number from outside.</p>
    ${commandBlock(controlCurl(call, 'messages', { to, from, body: 'Hello' }), 'A curl command that sends a message')}
    ${commandBlock(controlCurl(call, 'calls', { to, from }), 'A curl command that makes a call')}
  </section>`;
}

function factsOf(call: AccountCall, number: IncomingPhoneNumber, whose: Whose): Html {
  const { friendly_name, type, iso_country, date_created } = number;
  const { capabilities } = traitsOf(number);
  const able = Object.entries(capabilities).flatMap(([name, can]) =>
    can ? [ABILITIES[name]] : [],
  );
  return html`<dl class="facts">
    <dt>Name</dt>
    <dd><bdi>${friendly_name}</bdi></dd>
    <dt>Type</dt>
    <dd>${type}, ${COUNTRIES.get(iso_country)?.country ?? iso_country}</dd>
    <dt>Can be used for</dt>
    <dd>${able.join(', ') || 'nothing'}</dd>
    <dt>Bought</dt>
    <dd>${moment(date_created)}; its rent falls due each month on that day</dd>
    ${makerFacts(call, whose, number, { is_from_outside: false })}
  </dl>`;
}

const ABILITIES: Readonly<Record<string, string>> = {
  voice: 'calls',
  sms: 'SMS',
  mms: 'MMS',
  fax: 'fax',
};

function urlFact(number: IncomingPhoneNumber, name: NumberUrl, whose: Whose): Html | null {
  const { label, method } = URLS[name];
  const url = number[name];
  const isFallback = name.endsWith('fallback_url');
  if (url === null && isFallback) return null;
  const grant = grantOfUrl(number, name);
  return html`<dt>${label}</dt>
    <dd>
      ${
        url === null
          ? html`<span class="none">no URL</span>`
          : html`${number[method]} ${code(withoutPassword(url))}`
      }
      ${grant === null ? null : html`<br />given by <bdi>${nameOfDoer(whose, grant)}</bdi>`}
    </dd>`;
}
