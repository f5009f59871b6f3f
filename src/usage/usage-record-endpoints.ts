import { isMainAccount } from '../access/principal.ts';
import { fetchAccount } from '../accounts/account-store.ts';
import { type Call, listEndpoint } from '../http/endpoint.ts';
import { boolean, fields, type InputOf, text } from '../http/parameters/fields.ts';
import { badParameter, NotFound, orNotFound } from '../kit/api-error.ts';
import { dayOf } from '../kit/day.ts';
import { CATEGORIES, type Category } from './category.ts';
import { listUsage } from './list-usage.ts';
import { periodsOf, readUsageDate, USAGE_DATE } from './usage-range.ts';
import {
  presentUsageRecord,
  SUBRESOURCES,
  type Subresource,
  USAGE_RECORD,
} from './usage-record.ts';
import { CATEGORY_OPENAPI } from './usage-trigger-fields.ts';

const LIST = '/2010-04-01/Accounts/:AccountSid/Usage/Records' as const;
const CATEGORY_LENGTH = 100;
const DATE_LENGTH = 40;

/** A day in the caller's text. An offset in it is resolved against today. */
const usageDate = text(DATE_LENGTH).meta({
  openapi: { type: 'string', pattern: USAGE_DATE.source, maxLength: DATE_LENGTH },
});

const filters = fields({
  Category: text(CATEGORY_LENGTH).meta({ openapi: CATEGORY_OPENAPI }).optional(),
  StartDate: usageDate.optional(),
  EndDate: usageDate.optional(),
  IncludeSubaccounts: boolean.optional(),
});

type UsageCall = Call<typeof LIST, InputOf<typeof filters>>;

/** The root list and each of its eight subresources take the same parameters. */
function recordsEndpoint(subresource: Subresource | null) {
  return listEndpoint({
    id: `ListUsageRecord${subresource ?? ''}`,
    summary: SUMMARIES[subresource ?? 'root'],
    path: (subresource === null ? LIST : `${LIST}/${subresource}`) as typeof LIST,
    operation: 'resource.read',
    input: filters,
    resource: USAGE_RECORD,
    handle: async (call, page) => {
      const { query, periods, categories } = await asked(call, subresource);
      return listUsage(call.db, query, { periods, categories }, page);
    },
    present: (row, { account_sid, app }) =>
      presentUsageRecord({ ...row, account_sid, subresource }, app.now()),
  });
}

const SUMMARIES: Readonly<Record<Subresource | 'root', string>> = {
  root: 'What was used, by category, over a range of days',
  AllTime: 'The same; without dates, since the account was made',
  Daily: 'What was used, by category and day, the newest day first',
  Monthly: 'What was used, by category and month, the newest month first',
  Yearly: 'What was used, by category and year, the newest year first',
  Today: 'What was used today, by category',
  Yesterday: 'What was used yesterday, by category',
  ThisMonth: 'What was used this month, by category',
  LastMonth: 'What was used last month, by category',
};

async function asked({ app, db, account_sid, input }: UsageCall, subresource: Subresource | null) {
  const account = orNotFound(await fetchAccount(db, account_sid));
  const today = dayOf(app.now());
  const { start_date, end_date, category, include_subaccounts = true } = input;
  const read = (name: string, value: string | undefined) =>
    value === undefined ? undefined : readUsageDate(name, value, today);
  const first = read('StartDate', start_date) ?? dayOf(account.date_created);
  const last = read('EndDate', end_date) ?? Math.max(today, first);
  // Twilio's API answers the same.
  if (last < first) throw new NotFound();
  const isWhole = subresource === null || subresource === 'AllTime';
  const clipped = isWhole ? { first, last } : within(first, last, account.date_created, today);
  const scope =
    include_subaccounts && isMainAccount(account) ? ('tree' as const) : ('own' as const);
  return {
    query: { root_sid: account.owner_account_sid, account_sid, scope, category: category ?? null },
    periods: periodsOf(subresource, clipped, today),
    categories: category === undefined ? [...CATEGORIES.values()] : [demandCategory(category)],
  };
}

/** Lists of periods begin with the account, and end today. */
function within(first: number, last: number, date_created: number, today: number) {
  return { first: Math.max(first, dayOf(date_created)), last: Math.min(last, today) };
}

function demandCategory(name: string): Category {
  const category = CATEGORIES.get(name);
  if (!category) throw badParameter('Category', 'is not a usage category');
  return category;
}

export const usageRecordEndpoints = [
  recordsEndpoint(null),
  ...Object.values(SUBRESOURCES).map(recordsEndpoint),
];
