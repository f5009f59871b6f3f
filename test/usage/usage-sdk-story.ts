import assert from 'node:assert/strict';
import type twilio from 'twilio';
import { CATEGORIES } from '../../src/usage/category.ts';
import { readOfficial } from '../conformance/official.ts';
import { sdk } from '../conformance/sdk-world.ts';
import { hasShared } from '../conformance/shared.ts';
import { type Login, loginOf, type TestAccount, type TestApp } from '../support/test-app.ts';

export const BEGIN = Date.UTC(2026, 11, 30, 12);
export const NOW = Date.UTC(2028, 2, 2, 12);
const CREATED = '2026-12-30';
export const TODAY = '2028-03-02';
export const DAY = 86_400_000;

const official = hasShared ? readOfficial() : null;

/** The official SDK. Each answer is compared with the official description. */
export function checkedSdk(origin: string, login: Login, account_sid?: string): twilio.Twilio {
  const client = sdk(origin, login, account_sid);
  const http = client.httpClient;
  const send = http.request.bind(http);
  http.request = async (sent) => {
    const answer = await send(sent);
    const { statusCode, body } = answer;
    if (statusCode === 200 || statusCode === 201) {
      official?.assertFits(
        operationOf(sent.method, sent.uri),
        statusCode,
        typeof body === 'string' ? JSON.parse(body) : body,
      );
    }
    return answer;
  };
  return client;
}

function operationOf(method: string, uri: string): string {
  const [, resource, below = ''] =
    /\/Usage\/(Records|Triggers)(?:\/(\w+))?\.json/.exec(new URL(uri).pathname) ?? [];
  if (resource === 'Records') return `ListUsageRecord${below}`;
  if (below === '')
    return method.toLowerCase() === 'get' ? 'ListUsageTrigger' : 'CreateUsageTrigger';
  return method.toLowerCase() === 'get' ? 'FetchUsageTrigger' : 'UpdateUsageTrigger';
}

type Who = 'main' | 'sub' | 'other';

interface Used {
  readonly day: string;
  readonly who: Who;
  readonly category: string;
  readonly count: number;
  readonly usage: number;
  /** The price in millionths. */
  readonly price: number;
}

const used = (
  day: string,
  who: Who,
  category: string,
  [count, usage, price]: readonly [number, number, number],
): Used => ({ day, who, category, count, usage, price });

/** The usage in the order of days: a whole year, the leap day, the ends of months and years. */
const USED: readonly Used[] = [
  used('2026-12-30', 'main', 'sms-inbound-longcode', [3, 3, 23_700]),
  used('2026-12-31', 'sub', 'sms-outbound', [1, 1, 1]),
  used('2027-01-01', 'other', 'sms', [7, 7, 100_000]),
  used('2027-06-15', 'sub', 'calls-inbound', [1, 60, 510_000]),
  used('2027-12-31', 'main', 'sms-inbound', [2, 2, 15_800]),
  used('2028-01-31', 'main', 'calls-inbound-local', [2, 3, 17_000]),
  used('2028-02-28', 'sub', 'sms-inbound', [1, 1, 7_900]),
  used('2028-02-29', 'sub', 'sms-inbound-shortcode', [10, 10, 99_999]),
  used('2028-02-29', 'main', 'sms-outbound', [4, 4, 0]),
  used('2028-03-01', 'other', 'sms-inbound', [5, 5, 39_500]),
  used('2028-03-02', 'sub', 'sms-outbound', [6, 6, 47_400]),
];

/** A customer with an app's subaccount and another, and their usage of fourteen months. */
export async function aStory(app: TestApp) {
  const [developer, main] = [await app.anAccount(), await app.anAccount()];
  const grant = await app.aGrant(await app.aConnectApp(developer), main);
  const other = await app.aSubaccount(main);
  const sids = { main: main.sid, sub: grant.subaccount_sid, other: other.sid };
  let now = BEGIN;
  for (const [key, { day, who, category, count, usage, price }] of USED.entries()) {
    const noon = Date.parse(`${day}T12:00:00Z`);
    app.advance(noon - now);
    now = noon;
    const event = {
      account_sid: sids[who],
      category,
      count,
      usage,
      price: price / 1e6,
      key: `${key}`,
    };
    const { status, text } = await app.control('POST', '/usage', event);
    assert.equal(status, 200, text);
  }
  assert.equal(now, NOW);
  return { origin: await app.listen(), developer, main, other, grant, sids };
}

export type Story = Awaited<ReturnType<typeof aStory>>;

export const LISTS = {
  records: '',
  allTime: 'AllTime',
  daily: 'Daily',
  lastMonth: 'LastMonth',
  monthly: 'Monthly',
  thisMonth: 'ThisMonth',
  today: 'Today',
  yearly: 'Yearly',
  yesterday: 'Yesterday',
} as const;
export type List = keyof typeof LISTS;

/** The SDK's list of this name. All nine have the same parameters. */
export function listOf(client: twilio.Twilio, name: List) {
  const { records } = client.usage;
  return (name === 'records' ? records : records[name]) as typeof records;
}

export const dateOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** The first and the last day of each row, as dates in the records. */
export function periodsOf(name: List, start: string, end: string): [string, string][] {
  const letters = { daily: 10, monthly: 7, yearly: 4 }[name as string];
  if (letters !== undefined) {
    const periods = new Map<string, [string, string]>();
    for (let day = Date.parse(start); day <= Date.parse(end); day += DAY) {
      const date = dateOf(day);
      const known = periods.get(date.slice(0, letters));
      periods.set(date.slice(0, letters), [known?.[0] ?? date, date]);
    }
    return [...periods.values()].toReversed();
  }
  const fixed: Partial<Record<List, [string, string]>> = {
    today: [TODAY, TODAY],
    yesterday: ['2028-03-01', '2028-03-01'],
    thisMonth: ['2028-03-01', '2028-03-31'],
    lastMonth: ['2028-02-01', '2028-02-29'],
  };
  return [fixed[name] ?? [start, end]];
}

const decimal = (micro: number) => String(micro / 1e6);

/** The account whose records are read, and the accounts whose usage they hold. */
interface Reader {
  readonly account_sid: string;
  readonly whose: readonly Who[];
}

/** A record in the form of the SDK, added up from the usage of its days. */
export function recordOf(
  name: List,
  { account_sid, whose }: Reader,
  category: string,
  [start, end]: readonly [string, string],
) {
  const isTotal = category === 'totalprice';
  const counted = USED.filter(
    (one) =>
      whose.includes(one.who) &&
      one.day >= start &&
      one.day <= end &&
      (isTotal || CATEGORIES.get(one.category)?.levels.includes(category)),
  );
  const sum = (field: 'count' | 'usage' | 'price') =>
    counted.reduce((total, one) => total + one[field], 0);
  const { count_unit, usage_unit, description } = CATEGORIES.get(category) ?? {};
  const path = `/2010-04-01/Accounts/${account_sid}/Usage/Records`;
  const below = LISTS[name] === '' ? '' : `/${LISTS[name]}`;
  const uris = Object.values(LISTS)
    .filter((list) => list !== '')
    .map((list) => [
      list.replaceAll(/(?<=[a-z])([A-Z])/g, '_$1').toLowerCase(),
      `${path}/${list}.json?Category=${category}`,
    ]);
  return {
    accountSid: account_sid,
    apiVersion: '2010-04-01',
    asOf: '2028-03-02T12:00:00+00:00',
    category,
    count: isTotal ? null : String(sum('count')),
    countUnit: count_unit,
    description,
    endDate: new Date(end),
    price: decimal(sum('price')),
    priceUnit: 'usd',
    startDate: new Date(start),
    subresourceUris: Object.fromEntries(uris),
    uri: `${path}${below}.json?Category=${category}&StartDate=${start}&EndDate=${end}`,
    usage: isTotal ? decimal(sum('price')) : String(sum('usage')),
    usageUnit: usage_unit,
  };
}

export const EVERYBODY: readonly Who[] = ['main', 'sub', 'other'];

/** Expects every list, for some categories, to match the model. */
export async function assertRecords(
  client: twilio.Twilio,
  reader: Reader,
  given: Record<string, unknown> = {},
  [start, end]: readonly [string, string] = [CREATED, TODAY],
): Promise<void> {
  for (const name of Object.keys(LISTS) as List[]) {
    for (const category of ['sms', 'sms-inbound', 'calls', 'totalprice', 'mms']) {
      const found = await listOf(client, name).list({ category, ...given });
      const expected = periodsOf(name, start, end).map((days) =>
        recordOf(name, reader, category, days),
      );
      assert.deepEqual(
        found.map((record) => record.toJSON()),
        expected,
        `${name} ${category} ${JSON.stringify(given)}`,
      );
    }
  }
}

export async function tokenOf(app: TestApp, sid: string, owner: TestAccount): Promise<string> {
  const { json } = await app.get(`/2010-04-01/Accounts/${sid}.json`, loginOf(owner));
  return json.auth_token;
}
