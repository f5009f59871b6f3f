import { z } from 'zod';
import { accountUri } from '../accounts/account.ts';
import { resource, sid, uriMap } from '../http/answers/resource.ts';
import { type Day, dateText } from '../kit/day.ts';
import { plainDecimalOf } from '../kit/money.ts';
import { type EpochMs, iso8601 } from '../kit/utc.ts';
import { type Category, TOTAL_PRICE } from './category.ts';
import type { UsageCounter } from './usage-event.ts';

const API_VERSION = '2010-04-01';
const PRICE_UNIT = 'usd';

/** `UsageRecord`: docs/contract/usage.md, "Usage records". */
export const USAGE_RECORD = resource('UsageRecord', 'usage_records', {
  account_sid: sid('AC'),
  api_version: z.string(),
  as_of: z.string(),
  category: z.string(),
  count: z.string().nullable(),
  count_unit: z.string(),
  description: z.string(),
  end_date: z.string(),
  price: z.string(),
  price_unit: z.string(),
  start_date: z.string(),
  subresource_uris: uriMap,
  uri: z.string(),
  usage: z.string(),
  usage_unit: z.string(),
});

/** The lists below the root, by the name in their paths. */
export const SUBRESOURCES = {
  all_time: 'AllTime',
  daily: 'Daily',
  last_month: 'LastMonth',
  monthly: 'Monthly',
  this_month: 'ThisMonth',
  today: 'Today',
  yearly: 'Yearly',
  yesterday: 'Yesterday',
} as const;
export type Subresource = (typeof SUBRESOURCES)[keyof typeof SUBRESOURCES];

/** The usage of one category in a range of days. */
export interface UsageRecord {
  readonly account_sid: string;
  readonly subresource: Subresource | null;
  readonly category: Category;
  readonly first: Day;
  readonly last: Day;
  readonly used: Pick<UsageCounter, 'count' | 'usage_micro' | 'price_micro'>;
}

export function presentUsageRecord(record: UsageRecord, now: EpochMs) {
  const { account_sid, subresource, category, used } = record;
  const { name, count_unit, usage_unit, description } = category;
  const isTotal = name === TOTAL_PRICE;
  const start_date = dateText(record.first);
  const end_date = dateText(record.last);
  const of = (below: string | null, query: Record<string, string>) =>
    `${accountUri(account_sid, `/Usage/Records${below === null ? '' : `/${below}`}`)}?` +
    new URLSearchParams({ Category: name, ...query }).toString();
  const uris = Object.entries(SUBRESOURCES).map(([key, below]) => [key, of(below, {})]);
  return {
    account_sid,
    api_version: API_VERSION,
    as_of: iso8601(now).replace('Z', '+00:00'),
    category: name,
    count: isTotal ? null : String(used.count),
    count_unit,
    description,
    end_date,
    price: plainDecimalOf(used.price_micro),
    price_unit: PRICE_UNIT,
    start_date,
    subresource_uris: Object.fromEntries(uris) as Record<string, string>,
    uri: of(subresource, { StartDate: start_date, EndDate: end_date }),
    usage: plainDecimalOf(isTotal ? used.price_micro : used.usage_micro),
    usage_unit,
  };
}
