import type { Page, PageRequest, Position } from '../../db/keyset.ts';
import { badParameter } from '../../kit/api-error.ts';
import type { EpochMs } from '../../kit/utc.ts';
import { type Form, singleValue } from './form.ts';

export const DEFAULT_PAGE_SIZE = 50;
export const MAX_PAGE_SIZE = 1_000;
/** The deepest row that a page number alone may reach; deeper pages need their token. */
export const MAX_ROWS_COUNTED_OFF = 10_000;
const MAX_PAGE = 1_000_000_000;

/** The parameters of paging. They are not filters. */
export const PAGING_PARAMETERS: readonly string[] = ['PageSize', 'Page', 'PageToken'];

/**
 * Reads `PageSize`, `Page` and `PageToken` (docs/contract/requests.md, "Paging"). A size above
 * 1,000 means 1,000, because SDKs send their caller's total limit as the size. The token holds the
 * position; beside a token, the page number is only for display.
 * @throws ApiError 400/20001
 */
export function readPaging(query: Form, default_page_size = DEFAULT_PAGE_SIZE): PageRequest {
  const size = number(query, 'PageSize', 1, Number.MAX_SAFE_INTEGER) ?? default_page_size;
  const page_size = Math.min(size, MAX_PAGE_SIZE);
  const page = number(query, 'Page', 0, MAX_PAGE) ?? 0;
  const token = singleValue(query, 'PageToken');
  const from = token === undefined || token === '' ? null : readToken(token);
  if (!from && page * page_size > MAX_ROWS_COUNTED_OFF) {
    throw badParameter(
      'Page',
      `reaches past row ${MAX_ROWS_COUNTED_OFF} without a PageToken; follow the link to the next page`,
    );
  }
  return { page, page_size, from };
}

function number(query: Form, name: string, min: number, max: number): number | undefined {
  const text = singleValue(query, name);
  if (text === undefined || text === '') return undefined;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    throw badParameter(name, `must be a whole number of at least ${min}`);
  }
  return value;
}

const LETTERS = { after: 'A', before: 'B' } as const;
const TOKEN = /^P([AB])([0-9a-z]{1,11})-([A-Z]{2}[0-9A-Za-z]{32})$/;

function writeToken(direction: 'after' | 'before', { date_created, sid }: Position): string {
  return `P${LETTERS[direction]}${date_created.toString(36)}-${sid}`;
}

/** The token of the page of a list that begins with the newest row before a moment. */
export function tokenOfMoment(moment: EpochMs, prefix: string): string {
  return writeToken('after', { date_created: moment, sid: prefix + '0'.repeat(32) });
}

function readToken(token: string): NonNullable<PageRequest['from']> {
  const [, letter, date, sid = ''] = TOKEN.exec(token) ?? [];
  const date_created = Number.parseInt(date ?? '', 36);
  if (!Number.isSafeInteger(date_created)) {
    throw badParameter('PageToken', 'was not made by this server');
  }
  const direction = letter === LETTERS.after ? 'after' : 'before';
  return { direction, position: { date_created, sid } };
}

/** The query strings of the pages around this one; null: the page does not exist. */
export interface PageLinks {
  readonly self: string;
  readonly first: string;
  readonly next: string | null;
  readonly previous: string | null;
}

/**
 * Makes the queries of this page and its neighbours, with the list's own filters. `order` is the
 * order of `Page` and `PageSize`, which differs between the two generations of the API.
 */
export function pageLinks(
  query: Form,
  request: PageRequest,
  result: Page<Position>,
  order: 'page-first' | 'size-first',
): PageLinks {
  const filters = [...query].filter(([name]) => !PAGING_PARAMETERS.includes(name));
  const { page, page_size } = request;
  const link = (number: number, token?: string): string => {
    const parameters = new URLSearchParams();
    for (const [name, values] of filters) {
      for (const value of values) parameters.append(name, value);
    }
    if (order === 'page-first') parameters.append('Page', String(number));
    parameters.append('PageSize', String(page_size));
    if (order === 'size-first') parameters.append('Page', String(number));
    if (token) parameters.append('PageToken', token);
    return parameters.toString();
  };
  const backwards = request.from?.direction === 'before';
  const { searched_to } = result;
  // A search that stopped early goes on from the place that it reached.
  const first = (backwards ? searched_to : undefined) ?? result.rows[0];
  const last = (backwards ? undefined : searched_to) ?? result.rows.at(-1) ?? searched_to;
  return {
    self: link(page, query.get('PageToken')?.[0]),
    first: link(0),
    next: result.has_next && last ? link(page + 1, writeToken('after', last)) : null,
    previous: previous(),
  };

  function previous(): string | null {
    if (!result.has_previous) return null;
    if (page <= 1 || !first) return link(0);
    return link(page - 1, writeToken('before', first));
  }
}
