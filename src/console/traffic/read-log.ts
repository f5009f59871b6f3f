import type { Db } from '../../db/database.ts';
import type { Page, PageRequest, Position } from '../../db/keyset.ts';
import type { AccountCall, Problem } from '../../http/pages/page.ts';
import { ApiError } from '../../kit/api-error.ts';
import { readPage } from '../../pages/pager.ts';
import type { Option } from '../../pages/widgets.ts';
import { fetchAccountNames, listTree } from '../parts/doer-store.ts';
import { namedSubaccounts, offeredSubaccounts } from '../parts/usage-accounts.ts';
import { type Made, readWhose, type Whose } from '../parts/whose.ts';
import { type LogChoices, type LogFilter, readLogFilter } from './log-filter.ts';
import { mergePages } from './merge-pages.ts';
import { listNumbersOfTree } from './number-page-store.ts';

/** One page of a list of messages or calls, and all that is shown beside it. */
export interface Log<Row> {
  readonly found: Page<Row>;
  readonly request: PageRequest;
  readonly whose: Whose;
  /** The accounts that the filter offers; none where there is but one. */
  readonly accounts: readonly Option[];
  /** One that the main account holds, for whoever wants to try it; looked for in an empty list. */
  readonly own_number: string | null;
  /** What is wrong with the filter; nothing is listed then. */
  readonly problem: Problem | null;
}

/** A list, as far as lists of messages and of calls differ. */
export interface LogKind<Row, Direction extends string, Status extends string>
  extends LogChoices<Direction, Status> {
  /** The grants of further apps that have to do with a row. */
  readonly grantsOf?: (row: Row) => readonly (string | null)[];
  /** Those of one account, newest first. */
  readonly list: (
    db: Db,
    account_sid: string,
    filter: LogFilter<Direction, Status>,
    request: PageRequest,
  ) => Promise<Page<Row>>;
}

export const OWN_ACCOUNT = 'Your account itself';

/** Reads a page of a list over a main account and its subaccounts. */
export async function readLog<
  Row extends Position & Made,
  Direction extends string,
  Status extends string,
>(call: AccountCall, kind: LogKind<Row, Direction, Status>): Promise<Log<Row>> {
  const { db, account, query } = call;
  const request = readPage(query);
  const tree = await listTree(db, account.sid);
  const own = query.has('to') || query.has('from') ? await fetchOwnNumber(call) : null;
  const { filter, problem } = filterOf(() => readLogFilter(query, tree, kind, own));
  const of = filter?.account === undefined ? tree : [filter.account];
  const found = filter
    ? await mergePages(
        request,
        of.map((sid) => (page: PageRequest) => kind.list(db, sid, filter, page)),
      )
    : { rows: [], has_next: false, has_previous: false };
  return {
    found,
    request,
    whose: await readWhose(db, found.rows, found.rows.flatMap(kind.grantsOf ?? noGrants)),
    own_number: found.rows.length === 0 ? await fetchOwnNumber(call) : null,
    accounts: tree.length === 1 ? [] : await accountOptions(call, filter?.account),
    problem,
  };
}

const noGrants = (): readonly (string | null)[] => [];

async function fetchOwnNumber({ db, account }: AccountCall): Promise<string | null> {
  const one = { page: 0, page_size: 1, from: null };
  const { rows } = await listNumbersOfTree(db, account.sid, account.sid, one);
  return rows[0]?.phone_number ?? null;
}

/** A filter that cannot be read is shown again with what is wrong with it. */
function filterOf<Filter>(read: () => Filter) {
  try {
    return { filter: read(), problem: null };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const problem: Problem = { message: error.message, broken: error.broken };
    return { filter: null, problem };
  }
}

/** @param only what the list is narrowed to, which may be too old to be offered by itself */
export async function accountOptions(
  { db, account }: AccountCall,
  only: string | undefined,
): Promise<Option[]> {
  const newest = await offeredSubaccounts(db, account.sid);
  const isKnown =
    only === undefined || only === account.sid || newest.some(({ sid }) => sid === only);
  const missing = isKnown ? [] : await namedSubaccounts(db, await fetchAccountNames(db, [only]));
  return [
    { value: '', label: 'All' },
    { value: account.sid, label: OWN_ACCOUNT },
    ...[...newest, ...missing].map(({ sid, name }) => ({ value: sid, label: name })),
  ];
}
