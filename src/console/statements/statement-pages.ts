import { Readable } from 'node:stream';
import type { Db } from '../../db/database.ts';
import { type AccountCall, accountPage, heading, type Page, view } from '../../http/pages/page.ts';
import { orNotFound } from '../../kit/api-error.ts';
import { dayOf, startOf } from '../../kit/day.ts';
import { plainDecimalOf } from '../../kit/money.ts';
import { iso8601 } from '../../kit/utc.ts';
import { readPage } from '../../pages/pager.ts';
import { CATEGORIES } from '../../usage/category.ts';
import { fetchGrantSpending } from '../parts/balance-page-store.ts';
import { readOrExplain } from '../parts/read-or-explain.ts';
import { partsOf } from '../parts/usage-words.ts';
import {
  monthText,
  readDays,
  readItems,
  readStatementFilter,
  readSums,
  type StatementItem,
  streamItems,
} from './read-statement.ts';
import { fetchStatedGrant, listStatedGrants, type StatedGrant } from './statement-store.ts';
import { statementBody, statementsBody } from './statement-views.ts';

/** The statements: what one app did in one month, and what that cost the customer. */

const STATEMENTS = '/console/:AccountSid/statements';
const section = 'statements';

const statementsPage = accountPage({
  id: 'Statements',
  path: STATEMENTS,
  async show(call) {
    const { app, db, account, query } = call;
    const request = readPage(query);
    const found = await listStatedGrants(db, account.sid, request);
    const sids = found.rows.map(({ sid }) => sid);
    const month = startOf('m', dayOf(app.now()));
    const [now, before] = await Promise.all([
      fetchGrantSpending(db, sids, month),
      fetchGrantSpending(db, sids, startOf('m', month - 1)),
    ]);
    const body = statementsBody(call, { found, request, month, now, before });
    return view({ title: 'Statements', section, body });
  },
});

const statementPage = accountPage({
  id: 'Statement',
  path: `${STATEMENTS}/:ConnectAppSid`,
  async show(call) {
    const { app, db, query } = call;
    const grant = await demandGrant(call);
    const today = dayOf(app.now());
    const read = await readOrExplain(() => readStatementFilter(query, today));
    const filter = read.value ?? readStatementFilter(new Map(), today);
    const [sums, days, found] = await Promise.all([
      readSums(db, grant, filter.month),
      readDays(db, grant, { month: filter.month, today }),
      readItems(db, grant, filter),
    ]);
    const { month, year } = partsOf(filter.month);
    return view({
      title: heading`${grant.friendly_name}, ${`${month} ${year}`}`,
      section,
      ...(read.problem && { status: 400 }),
      body: statementBody(call, { grant, filter, today, sums, days, found, problem: read.problem }),
    });
  },
});

const exportPage = accountPage({
  id: 'StatementExport',
  path: `${STATEMENTS}/:ConnectAppSid/export`,
  async show(call) {
    const { app, db, query } = call;
    const grant = await demandGrant(call);
    const filter = readStatementFilter(query, dayOf(app.now()));
    const name = `statement-${grant.subaccount_sid}-${monthText(filter.month)}`;
    return {
      kind: 'file',
      type: 'text/csv; charset=utf-8',
      bytes: Readable.from(linesOf(db, grant, filter), { objectMode: false }),
      headers: { 'content-disposition': `attachment; filename="${name}.csv"` },
    };
  },
});

/** The grant to the app that the path names, standing or revoked. @throws ApiError 404 */
async function demandGrant({ db, account, path }: AccountCall<'ConnectAppSid'>) {
  return orNotFound(await fetchStatedGrant(db, account.sid, path.ConnectAppSid));
}

const COLUMNS = [
  'Date',
  'Sid',
  'Category',
  'From',
  'To',
  'Status',
  'Count',
  'CountUnit',
  'Usage',
  'UsageUnit',
  'Price',
  'PriceUnit',
  'Reason',
];

/** The file of a statement, in parts. */
async function* linesOf(
  db: Db,
  grant: StatedGrant,
  filter: Parameters<typeof streamItems>[2],
): AsyncGenerator<string> {
  const { stringify } = await import('csv-stringify/sync');
  const write = (lines: readonly (readonly string[])[]) =>
    stringify([...lines], { quoted: true, record_delimiter: 'windows' });
  yield write([COLUMNS]);
  for await (const items of streamItems(db, grant, filter)) yield write(items.map(lineOf));
}

function lineOf({ at, sid, key, category, ends, reason, ...sums }: StatementItem): string[] {
  const known = CATEGORIES.get(category);
  return [
    iso8601(at),
    asText(sid ?? key),
    category,
    asText(ends?.from ?? ''),
    asText(ends?.to ?? ''),
    ends?.status ?? '',
    sums.count,
    known?.count_unit ?? '',
    plainDecimalOf(Number(sums.usage_micro)),
    known?.usage_unit ?? '',
    plainDecimalOf(Number(sums.price_micro)),
    'usd',
    asText(reason ?? ''),
  ];
}

/** A text that no program takes for a formula (docs/threats.md, T37). Numbers stay as they are. */
function asText(text: string): string {
  return /^[=+\-@\t\r]/.test(text) && !/^\+\d+$/.test(text) ? `'${text}` : text;
}

export const statementPages: readonly Page[] = [statementsPage, statementPage, exportPage];
