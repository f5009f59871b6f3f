import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { aPerson, signedIn, type Visit } from '../support/browser.ts';
import {
  loginOf,
  onEveryEngine,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';
import { DAY, meter } from '../support/usage-triggers.ts';
import { decimalOfCell, figuresOf } from './usage-pages.ts';

const NOON = Date.UTC(2026, 2, 18, 12);
const iso = (ms: number) => new Date(ms).toISOString();
const usageOf = ({ sid }: { readonly sid: string }) => `/console/${sid}/usage`;

type Records = Record<string, string>[];

/** Reads records from the API as the account's own program does. */
async function recordsOf(
  app: TestApp,
  main: TestAccount,
  path: string,
  query: Record<string, string>,
): Promise<Records> {
  const parameters = new URLSearchParams({ PageSize: '1000', ...query }).toString();
  const { json } = await app.get(`${path}.json?${parameters}`, loginOf(main));
  return json.usage_records;
}

const pathOf = (sid: string) => `/2010-04-01/Accounts/${sid}/Usage/Records`;

/** Expects a line for each record of the API that is not empty, and no other lines. */
function assertCategories(page: Visit, records: Records): void {
  const byCategory = new Map(records.map((record) => [record['category'], record]));
  const shown = new Set<string>();
  for (const { name, code, cells } of figuresOf(page, 'By category')) {
    if (name.endsWith('no finer category')) continue;
    const record = byCategory.get(code ?? 'totalprice');
    shown.add(code ?? 'totalprice');
    assert.equal(decimalOfCell(cells.at(-1)), record?.['price'], name);
    if (code === null) continue;
    assert.equal(decimalOfCell(cells[0]), record?.['count'], name);
    assert.equal(decimalOfCell(cells[1]), record?.['usage'], name);
  }
  const isUsed = ({ count, usage, price }: Record<string, string>) =>
    [count, usage, price].some((sum) => sum !== '0' && sum !== null);
  const used = records.filter(isUsed).map(({ category = '' }) => category);
  assert.deepEqual(
    used.filter((category) => !shown.has(category)),
    [],
  );
}

const DATE = { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' } as const;

function assertDays(page: Visit, daily: Records): void {
  const shown = new Map(
    figuresOf(page, 'By day').map(({ name, cells }) => [name, decimalOfCell(cells.at(-1))]),
  );
  shown.delete('Total');
  for (const { start_date = '', price } of daily) {
    const name = new Date(`${start_date}T00:00:00Z`).toLocaleDateString('en-GB', DATE);
    assert.equal(shown.get(name) ?? '0', price, start_date);
    shown.delete(name);
  }
  assert.deepEqual([...shown], []);
}

onEveryEngine('the sums of the usage page', (engine) => {
  test('equal the sums of the API, for every filter', async () => {
    await using app = await testApp({ engine, now: NOON });
    const anEvent = fc.record({
      account: fc.nat(2),
      category: fc.constantFrom('sms', 'sms-outbound', 'sms-inbound-longcode', 'mms', 'lookups'),
      count: fc.nat(50),
      price: fc.integer({ min: 0, max: 3e6 }).map((micro) => (micro / 1e6).toFixed(6)),
      ago: fc.nat(34),
    });
    const events = fc.array(anEvent, { minLength: 1, maxLength: 25 });
    const days = fc.tuple(fc.nat(40), fc.nat(40)).map((ends) => ends.toSorted((a, b) => b - a));
    await fc.assert(
      fc.asyncProperty(events, days, fc.nat(3), async (told, [before = 0, until = 0], which) => {
        const main = await app.anAccount();
        const subs = [await app.aSubaccount(main, 'One'), await app.aSubaccount(main, 'Two')];
        const accounts = [main, ...subs];
        app.advance(45 * DAY);
        const dayAgo = (ago: number) => iso(app.app.now() - ago * DAY);
        for (const { account, ago, ...event } of told) {
          await meter(app, accounts[account] ?? main, { ...event, at: dayAgo(ago) });
        }
        const [from, to] = [dayAgo(before).slice(0, 10), dayAgo(until).slice(0, 10)];
        const one = accounts[which];
        const browser = await signedIn(app, await aPerson(app, main));
        const query = new URLSearchParams({ from, to, account: one?.sid ?? '' }).toString();
        const page = await browser.get(`${usageOf(main)}?${query}`);

        const asked = { StartDate: from, EndDate: to, IncludeSubaccounts: String(!one) };
        const total = { ...asked, Category: 'totalprice' };
        const path = pathOf((one ?? main).sid);
        assertCategories(page, await recordsOf(app, main, path, asked));
        assertDays(page, await recordsOf(app, main, `${path}/Daily`, total));
        for (const { code, cells } of figuresOf(page, 'By app')) {
          if (code === null) continue;
          const own = { ...total, IncludeSubaccounts: 'false' };
          const [record] = await recordsOf(app, main, pathOf(code), own);
          assert.equal(decimalOfCell(cells.at(-1)), record?.['price'], code);
        }
      }),
      { numRuns: 15 },
    );
  });

  test('can be exported for a spreadsheet', async () => {
    await using app = await testApp({ engine, now: NOON });
    const customer = await app.anAccount();
    const browser = await signedIn(app, await aPerson(app, customer));
    await meter(app, customer, { category: 'sms-inbound', count: 3, price: '1.5' });
    const file = await browser.get(`${usageOf(customer)}/export?period=7-days`);
    assert.equal(file.status, 200);
    const name = `usage-${customer.sid}-2026-03-12-2026-03-18.csv`;
    assert.equal(file.headers['content-disposition'], `attachment; filename="${name}"`);
    assert.match(file.headers['content-type'] ?? '', /^text\/csv/);
    const day = '"2026-03-18","2026-03-18"';
    assert.deepEqual(file.text.trim().split('\r\n'), [
      '"StartDate","EndDate","Category","Count","CountUnit","Usage","UsageUnit","Price","PriceUnit"',
      `${day},"sms","3","messages","3","messages","1.5","usd"`,
      `${day},"sms-inbound","3","messages","3","messages","1.5","usd"`,
      `${day},"totalprice",,,"1.5","usd","1.5","usd"`,
    ]);
    const part = await browser.get(
      `${usageOf(customer)}/export?period=7-days&category=sms-inbound`,
    );
    assert.equal(part.text.trim().split('\r\n').length, 2);
  });
});
