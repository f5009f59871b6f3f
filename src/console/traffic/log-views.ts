import { html } from 'hono/html';
import type { AccountCall, Html } from '../../http/pages/page.ts';
import type { Micro } from '../../kit/money.ts';
import type { EpochMs } from '../../kit/utc.ts';
import { pager } from '../../pages/pager.ts';
import {
  code,
  emptyState,
  entered,
  field,
  moment,
  type Option,
  selectField,
} from '../../pages/widgets.ts';
import { filterPanel, nothingMatches } from '../parts/filter-panel.ts';
import { OWN_ACCOUNT } from '../parts/usage-accounts.ts';
import { priceText } from '../parts/usage-words.ts';
import { type Made, nameOfMaker, type Origin, type Whose } from '../parts/whose.ts';
import { ADDRESS_LENGTH, FILTER_FIELDS } from './log-filter.ts';
import type { Log } from './read-log.ts';

/** The parts that the pages of messages and the pages of calls share. */

/** The number outside in the example commands. */
const EXAMPLE_NUMBER = '+14155550199';

/** The length to which a list cuts texts, about two lines. */
const EXCERPT_CHARACTERS = 200;

/** The texts of a list, and the view of its rows. */
interface LogView<Row> {
  /** `/console/AC…/messages` */
  readonly own: string;
  /** The name of the list for screen readers. */
  readonly label: string;
  readonly directions: Readonly<Record<string, string>>;
  readonly statuses: readonly string[];
  readonly entry: (row: Row) => Html;
  /** The view of a list without any entry. */
  readonly none: () => Html;
}

export function logBody<Row extends Made & { date_created: number; sid: string }>(
  call: AccountCall,
  { found, request, accounts, problem }: Log<Row>,
  view: LogView<Row>,
): Html {
  const is_filtered = FILTER_FIELDS.some((name) => entered(call, name) !== '');
  const fields = filterFields(call, view, accounts);
  return html`${filterPanel({ own: view.own, is_on: is_filtered, fields })}
    ${
      found.rows.length === 0
        ? nothingListed(view, { is_filtered, is_broken: problem !== null })
        : html`<p class="muted">Newest first, times in UTC, subaccounts included.</p>
            <ol class="log" aria-label="${view.label}">
              ${found.rows.map(view.entry)}
            </ol>`
    }
    ${pager(view.own, call.query, request, found)}`;
}

/** The entry of one row: its time, its two ends, and the known facts. */
export function logEntry(
  call: AccountCall,
  whose: Whose,
  row: LogEntry,
  { own, facts, above, below }: EntryView,
): Html {
  return html`<li>
    <p class="when">${moment(row.date_created)}</p>
    <div>
      <p>
        <a href="${own}/${row.sid}">${routeOf(row)}</a>
        ${stateTag(row.status)}
      </p>
      ${above}
      <p><small>${facts.filter((fact) => fact !== null).join(' · ')}</small></p>
      ${below}
    </div>
    ${byWhom(call, whose, row, { is_from_outside: row.direction === 'inbound' })}
  </li>`;
}

interface LogEntry extends Made {
  readonly sid: string;
  readonly date_created: EpochMs;
  readonly from: string | null;
  readonly to: string;
  readonly status: string;
  readonly direction: string;
}

interface EntryView {
  /** The path of the list. */
  readonly own: string;
  readonly facts: readonly (string | null)[];
  /** The lines above and below the facts. */
  readonly above?: Html | null;
  readonly below?: Html | null;
}

/** The replacement for a list without any entry: a command that makes one. */
export function emptyLog(call: AccountCall, from: string | null, view: EmptyLog): Html {
  const { title, advice, thing, make, receive } = view;
  if (from === null) return emptyState(title, advice, numberFirst(call));
  return html`${emptyState(title, advice)}
    <h2>A first ${thing}</h2>
    <p>curl asks for a password. Enter the auth token.</p>
    ${commandBlock(curlOf(call, make.resource, { From: from, To: EXAMPLE_NUMBER, ...make.more }))}
    ${
      call.app.config.mode === 'development'
        ? html`<h2>A first incoming ${thing}</h2>
            <p>${receive.advice}</p>
            ${commandBlock(
              controlCurl(call, receive.path, { to: from, from: EXAMPLE_NUMBER, ...receive.more }),
            )}`
        : null
    }`;
}

type Parameters = Readonly<Record<string, string>>;

interface EmptyLog {
  readonly title: string;
  readonly advice: string;
  /** An entry, in a word: `call`. */
  readonly thing: string;
  /** The request that makes an entry. `more` are its parameters beside the two numbers. */
  readonly make: { readonly resource: string; readonly more: Parameters };
  /** The request of the control API that lets one come in, in development. */
  readonly receive: { readonly advice: string; readonly path: string; readonly more?: Parameters };
}

function nothingListed<Row>(
  { own, none }: LogView<Row>,
  { is_filtered, is_broken }: { readonly is_filtered: boolean; readonly is_broken: boolean },
): Html | null {
  if (is_broken) return null;
  if (!is_filtered) return none();
  return nothingMatches(own, 'Leave a field of the filter empty, or write the number in full.');
}

function filterFields<Row>(
  call: AccountCall,
  { directions, statuses }: LogView<Row>,
  accounts: readonly Option[],
): Html {
  const any = { value: '', label: 'Any' };
  const address = (name: string, label: string) =>
    field(call, { name, label, maxlength: ADDRESS_LENGTH, autocomplete: 'off' });
  const ways = Object.entries(directions).map(([value, label]) => ({ value, label }));
  const states = statuses.map((value) => ({ value, label: statusWords(value) }));
  return html`${address('from', 'From')} ${address('to', 'To')}
      ${selectField(call, { name: 'direction', label: 'Direction', options: [any, ...ways] })}
      ${selectField(call, { name: 'status', label: 'Status', options: [any, ...states] })}
      ${
        accounts.length === 0
          ? null
          : selectField(call, { name: 'account', label: 'Account', options: accounts })
      }`;
}

/** `no-answer` → `no answer` */
export function statusWords(status: string): string {
  return status.replaceAll('-', ' ');
}

const TONES: Readonly<Record<string, string>> = {
  delivered: 'good',
  received: 'good',
  completed: 'good',
  undelivered: 'bad',
  failed: 'bad',
  busy: 'bad',
  'no-answer': 'bad',
  absent: 'quiet',
  canceled: 'quiet',
};

export function stateTag(status: string): Html {
  return html`<span class="tag ${TONES[status] ?? ''}">${statusWords(status)}</span>`;
}

/** The sender and the receiver, with an arrow between them. */
export function routeOf({ from, to }: { readonly from: string | null; readonly to: string }): Html {
  return html`<bdi>${from ?? 'a number not yet chosen'}</bdi> → <bdi>${to}</bdi>`;
}

/** The account or app that made a thing, and the account that holds it. */
function byWhom({ account }: AccountCall, whose: Whose, made: Made, origin: Origin): Html {
  const name = nameOfMaker(whose, made, origin);
  return html`<p class="by">
    <bdi>${name}</bdi><br /><small>${accountLine(account.sid, whose, made, name)}</small>
  </p>`;
}

function accountLine(main: string, whose: Whose, { account_sid }: Made, by: string): Html | string {
  if (account_sid === main) return OWN_ACCOUNT;
  const name = whose.accounts.get(account_sid) ?? account_sid;
  if (name === by) return 'Its subaccount';
  return html`Subaccount <bdi>${name}</bdi>`;
}

/** The lines about the maker and the account, for the page of one thing. */
export function makerFacts(
  { account }: AccountCall,
  whose: Whose,
  made: Made & { readonly sid: string },
  origin: Origin,
): Html {
  const { account_sid } = made;
  const isMain = account_sid === account.sid;
  const name = isMain ? OWN_ACCOUNT : (whose.accounts.get(account_sid) ?? '');
  const where = `/console/${account.sid}${isMain ? '' : `/subaccounts/${account_sid}`}`;
  return html`<dt>By</dt>
    <dd><bdi>${nameOfMaker(whose, made, origin)}</bdi></dd>
    <dt>Account</dt>
    <dd><a href="${where}"><bdi>${name}</bdi></a><br />${code(account_sid)}</dd>
    <dt>SID</dt>
    <dd>${code(made.sid)}</dd>`;
}

/** The price; null until it is known. */
export function priceLine(price: Micro | null): string | null {
  return price === null || price === 0 ? null : `${priceText(price)} USD`;
}

/** The beginning of a text, for a list. */
export function excerpt(text: string): string {
  if (text.length <= EXCERPT_CHARACTERS) return text;
  return `${text.slice(0, EXCERPT_CHARACTERS).toWellFormed()}…`;
}

/** The link of an empty list of an account without a phone number. */
function numberFirst({ account }: AccountCall): Html {
  return html`<a href="/console/${account.sid}/numbers">First, the account needs a phone number</a>`;
}

/** A command to paste. It holds no token, which would stay in the shell's history. */
export function commandBlock(command: string, name = 'A curl command'): Html {
  return html`<pre tabindex="0" role="region" aria-label="${name}"><code>${command}</code></pre>`;
}

/** A curl command that sends a request of the account's own. */
export function curlOf(
  { origin, account }: AccountCall,
  resource: string,
  parameters: Readonly<Record<string, string>>,
): string {
  const data = Object.entries(parameters).map(([name, value]) => {
    const isPlain = /^[\w.]*$/.test(value);
    return isPlain ? `-d ${name}=${value}` : `--data-urlencode '${name}=${value}'`;
  });
  const url = `${origin}/2010-04-01/Accounts/${account.sid}/${resource}.json`;
  return [`curl -u ${account.sid} ${url}`, ...data].join(' \\\n  ');
}

/** A curl command that acts as somebody outside, in development. */
export function controlCurl(
  { origin }: AccountCall,
  path: string,
  body: Readonly<Record<string, string>>,
): string {
  const json = JSON.stringify(body);
  return `curl -H 'Content-Type: application/json' ${origin}/_tieline/${path} \\\n  -d '${json}'`;
}
