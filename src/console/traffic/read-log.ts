import type { Page, PageRequest } from '../../db/keyset.ts';
import type { AccountCall, Problem } from '../../http/pages/page.ts';
import { readPage } from '../../pages/pager.ts';
import type { Option } from '../../pages/widgets.ts';
import { listTree } from '../parts/doer-store.ts';
import { mergePages } from '../parts/merge-pages.ts';
import { readOrExplain } from '../parts/read-or-explain.ts';
import { accountOptions } from '../parts/usage-accounts.ts';
import { readWhose, type Whose } from '../parts/whose.ts';
import { type LogChoices, readLogFilter } from './log-filter.ts';
import { type LogRows, listLog } from './log-page-store.ts';
import { listNumbersOfTree } from './number-page-store.ts';

/** One page of a list of messages or calls, with everything that the page shows beside it. */
export interface Log<Row> {
  readonly found: Page<Row>;
  readonly request: PageRequest;
  readonly whose: Whose;
  /** The accounts that the filter offers. It offers none to a customer with one account. */
  readonly accounts: readonly Option[];
  /** A number of the main account, for the example of an empty list. Other lists do not read it. */
  readonly own_number: string | null;
  /** The error in the filter. A list with an error in its filter is empty. */
  readonly problem: Problem | null;
}

/** The differences between the list of messages and the list of calls. */
interface LogKind<Table extends keyof LogRows>
  extends LogChoices<LogRows[Table]['direction'], LogRows[Table]['status']> {
  readonly table: Table;
  /** The grants of further apps that take part in a row. */
  readonly grantsOf?: (row: LogRows[Table]) => readonly (string | null)[];
}

/** Reads a page of a list over a main account and its subaccounts. */
export async function readLog<Table extends keyof LogRows>(
  call: AccountCall,
  kind: LogKind<Table>,
): Promise<Log<LogRows[Table]>> {
  const { db, account, query } = call;
  const request = readPage(query);
  const tree = await listTree(db, account.sid);
  const own = query.has('to') || query.has('from') ? await fetchOwnNumber(call) : null;
  const { value: filter, problem } = await readOrExplain(() =>
    readLogFilter(query, tree, kind, own),
  );
  const of = filter?.account === undefined ? tree : [filter.account];
  const found = filter
    ? await mergePages(
        request,
        of.map(
          (sid) => (page: PageRequest) =>
            listLog(db, kind.table, { ...filter, account_sid: sid }, page),
        ),
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
