import { fetchAccount } from '../../accounts/account-store.ts';
import type { Db } from '../../db/database.ts';
import type { PersonCall } from '../../http/pages/page.ts';
import { findNumber } from '../../numbers/incoming-phone-number-store.ts';
import { readDialledNumber } from '../../numbers/phone-number.ts';
import { fetchPersonByEmail } from '../../people/person-store.ts';
import { searchAccounts } from '../parts/account-list-store.ts';
import { PLATFORM } from '../parts/platform-frame.ts';
import {
  findBySid,
  findColleague,
  findCustomer,
  findHolder,
  listNamed,
  type Named,
  type NamedThings,
} from './find-store.ts';

/** The longest text that is searched for. */
export const TEXT_LENGTH = 120;
/** The most hits of one kind. */
const MAX_HITS = 5;

/** A link to a thing that was found. */
interface Hit {
  readonly name: string;
  readonly href: string;
  /** The account of the thing, if the person has several. */
  readonly account: string | null;
}

export interface Hits {
  readonly kind: string;
  readonly hits: readonly Hit[];
  readonly has_more: boolean;
}

/** A search's answer: one page to open, or hits by kind. */
export type Answer = { readonly place: string } | { readonly hits: readonly Hits[] };

/**
 * Finds what a person may see: a whole SID, a number or an e-mail address names one page, and any
 * other text is looked for in names. Operators find accounts and people of the whole platform.
 */
export async function findThings(call: PersonCall, text: string): Promise<Answer> {
  const place =
    (await placeOfSid(call, text)) ??
    (await placeOfNumber(call, text)) ??
    (await placeOfEmail(call, text));
  return place === null ? { hits: await findNames(call, text) } : { place };
}

const sidsOf = ({ accounts }: PersonCall) => accounts.map(({ sid }) => sid);

async function placeOfSid(call: PersonCall, text: string): Promise<string | null> {
  const [sid = ''] = /^[A-Z]{2}[0-9a-f]{32}$/i.exec(text) ?? [];
  const wanted = sid.slice(0, 2).toUpperCase() + sid.slice(2).toLowerCase();
  if (sid === '') return null;
  if (wanted.startsWith('AC')) return placeOfAccount(call, wanted);
  if (wanted.startsWith('PE')) {
    return call.person.is_operator ? `${PLATFORM}/people/${wanted}` : null;
  }
  const found = await findBySid(call.db, wanted);
  if (!found) return null;
  const isMine = sidsOf(call).includes(found.root_sid);
  if (wanted.startsWith('CN') && !isMine) return placeOfAuthorized(call, wanted);
  return isMine ? `/console/${found.root_sid}/${await below(call.db, wanted)}` : null;
}

/** The page of a thing, below the page of its main account. */
async function below(db: Db, sid: string): Promise<string> {
  switch (sid.slice(0, 2)) {
    case 'CA':
      return `calls/${sid}`;
    case 'RE':
      return `calls/${await findHolder(db, sid)}`;
    case 'ME':
      return `messages/${await findHolder(db, sid)}`;
    case 'PN':
      return `numbers/${sid}`;
    case 'UT':
      return `usage/triggers/${sid}`;
    case 'CN':
      return `connect-apps/${sid}`;
    case 'NY':
      return `voice-routing/${sid}`;
    case 'BY':
      return 'voice-routing';
    case 'SK':
      return 'keys';
    default:
      return `messages/${sid}`;
  }
}

async function placeOfAccount(call: PersonCall, sid: string): Promise<string | null> {
  const mine = sidsOf(call);
  if (mine.includes(sid)) return `/console/${sid}`;
  const account = await fetchAccount(call.db, sid);
  if (!account) return null;
  const { owner_account_sid } = account;
  if (mine.includes(owner_account_sid)) return `/console/${owner_account_sid}/subaccounts/${sid}`;
  return call.person.is_operator ? `${PLATFORM}/accounts/${sid}` : null;
}

async function placeOfAuthorized(call: PersonCall, sid: string): Promise<string | null> {
  if (call.accounts.length === 0) return null;
  const customer = await findCustomer(call.db, sid, sidsOf(call));
  return customer ? `/console/${customer.account_sid}/authorized-apps` : null;
}

/** A number in E.164; null for a text that is no number. */
function readNumber(text: string): string | null {
  return /^[+(\d][\d\s().+-]*$/.test(text) ? (readDialledNumber(text)?.number ?? null) : null;
}

async function placeOfNumber(call: PersonCall, text: string): Promise<string | null> {
  const number = readNumber(text);
  const held = number === null ? undefined : await findNumber(call.db, number);
  if (!held) return null;
  if (sidsOf(call).includes(held.root_sid)) return `/console/${held.root_sid}/numbers/${held.sid}`;
  return call.person.is_operator ? `${PLATFORM}/accounts/${held.account_sid}` : null;
}

async function placeOfEmail(call: PersonCall, text: string): Promise<string | null> {
  if (!text.includes('@')) return null;
  const email = text.toLowerCase();
  if (call.person.is_operator) {
    const person = await fetchPersonByEmail(call.db, email);
    if (person) return `${PLATFORM}/people/${person.sid}`;
  }
  if (call.accounts.length === 0) return null;
  const colleague = await findColleague(call.db, email, sidsOf(call));
  return colleague ? `/console/${colleague.account_sid}/people` : null;
}

const EMPTY: NamedThings = {
  subaccounts: [],
  connect_apps: [],
  authorized_apps: [],
  numbers: [],
  people: [],
};

async function findNames(call: PersonCall, text: string): Promise<Hits[]> {
  const { accounts, db, person } = call;
  const number = readNumber(text);
  if (number !== null) return trafficOf(call, number);
  const named = accounts.length === 0 ? EMPTY : await listNamed(db, sidsOf(call));
  const own = accounts.map(({ sid, friendly_name }) => ({
    sid,
    account_sid: sid,
    name: friendly_name,
  }));
  const wanted = plain(text);
  const several = accounts.length > 1;
  const hitsOf = (kind: string, things: readonly Named[], pathOf: (one: Named) => string): Hits => {
    const fit = things.filter(({ name }) => plain(name).includes(wanted));
    const hits = fit.slice(0, MAX_HITS).map((one) => ({
      name: one.name,
      href: pathOf(one),
      account:
        several && one.sid !== one.account_sid
          ? (accounts.find(({ sid }) => sid === one.account_sid)?.friendly_name ?? null)
          : null,
    }));
    return { kind, hits, has_more: fit.length > MAX_HITS };
  };
  const inAccount = (path: string) => (one: Named) => `/console/${one.account_sid}/${path}`;
  const kinds = [
    hitsOf('Accounts', own, ({ sid }) => `/console/${sid}`),
    hitsOf('Subaccounts', named.subaccounts, (one) => inAccount(`subaccounts/${one.sid}`)(one)),
    hitsOf('Connect Apps', named.connect_apps, (one) => inAccount(`connect-apps/${one.sid}`)(one)),
    hitsOf('Authorized Apps', named.authorized_apps, inAccount('authorized-apps')),
    hitsOf('Phone Numbers', named.numbers, (one) => inAccount(`numbers/${one.sid}`)(one)),
    hitsOf('People', named.people, inAccount('people')),
  ];
  if (person.is_operator) kinds.push(await findPlatformAccounts(db, text));
  return kinds.filter(({ hits }) => hits.length > 0);
}

/** The lists of messages and calls of each account with a number that no account here holds. */
function trafficOf({ accounts }: PersonCall, number: string): Hits[] {
  return ['to', 'from'].flatMap((side) =>
    ['messages', 'calls'].map((log) => ({
      kind: `${log === 'calls' ? 'Calls' : 'Messages'} ${side} ${number}`,
      hits: accounts.slice(0, MAX_HITS).map(({ sid, friendly_name }) => ({
        name: friendly_name,
        href: `/console/${sid}/${log}?${side}=${encodeURIComponent(number)}`,
        account: null,
      })),
      has_more: accounts.length > MAX_HITS,
    })),
  );
}

const plain = (text: string) => text.normalize('NFKC').toLowerCase();

async function findPlatformAccounts(db: Db, text: string): Promise<Hits> {
  const page = { page: 0, page_size: MAX_HITS, from: null };
  const { rows, has_next } = await searchAccounts(db, text, page);
  const hits = rows.map(({ sid, friendly_name }) => ({
    name: friendly_name,
    href: `${PLATFORM}/accounts/${sid}`,
    account: null,
  }));
  return { kind: 'Accounts of the platform', hits, has_more: has_next };
}
