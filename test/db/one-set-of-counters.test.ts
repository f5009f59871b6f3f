import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Insertable } from 'kysely';
import { type App, openApp } from '../../src/app.ts';
import type { DataLocation } from '../../src/config.ts';
import { readConfig } from '../../src/config.ts';
import { openDatabase } from '../../src/db/open-database.ts';
import type { Tables } from '../../src/db/tables/tables.ts';
import { dayOf, PERIODS, startOf } from '../../src/kit/day.ts';
import { openLog } from '../../src/kit/log.ts';
import { CATEGORIES } from '../../src/usage/category.ts';
import { meterUsage } from '../../src/usage/meter-usage.ts';
import { readUsage } from '../../src/usage/read-usage.ts';
import { fetchUsage } from '../../src/usage/usage-store.ts';
import { verify } from '../../src/verify/verify.ts';
import { asSystem, ENGINES, START_OF_TIME } from '../support/test-app.ts';
import { emptyFolder, emptyPostgresDatabase } from '../support/test-database.ts';

const log = openLog('silent');
const DAY = 86_400_000;
const sidOf = (digit: string) => `AC${digit.repeat(32)}`;
const MAIN = sidOf('1');
const SUB = sidOf('2');
const ALONE = sidOf('3');
const ONLY_BELOW = sidOf('4');
const BELOW = sidOf('5');
const OWNERS = {
  [MAIN]: MAIN,
  [SUB]: MAIN,
  [ALONE]: ALONE,
  [ONLY_BELOW]: ONLY_BELOW,
  [BELOW]: ONLY_BELOW,
};

/** Usage of yesterday and today: the count and the price of each account. */
const USED = [
  [MAIN, 3, 300, START_OF_TIME - DAY],
  [MAIN, 2, -50, START_OF_TIME],
  [SUB, 5, 700, START_OF_TIME],
  [SUB, 1, 0, START_OF_TIME - DAY],
  [ALONE, 7, 900, START_OF_TIME],
  [BELOW, 4, 0, START_OF_TIME],
] as const;
const CATEGORY = 'sms-outbound-longcode';

/** The counters as earlier versions kept them: `tree` had the main account and its subaccounts. */
function countersOfOld() {
  const counters = new Map<string, Record<string, string | number>>();
  for (const [sid, count, price, at] of USED) {
    const root_sid = OWNERS[sid] as string;
    const places = [
      { root_sid, account_sid: sid, scope: 'own' },
      { root_sid, account_sid: root_sid, scope: 'tree' },
    ];
    for (const place of places) {
      for (const period of PERIODS) {
        for (const category of [...(CATEGORIES.get(CATEGORY)?.levels ?? []), 'totalprice']) {
          const isTotal = category === 'totalprice';
          if (isTotal && price === 0) continue;
          const key = { ...place, period, start: startOf(period, dayOf(at)), category };
          const name = JSON.stringify(key);
          const sum = counters.get(name) ?? { ...key, count: 0, usage_micro: 0, price_micro: 0 };
          counters.set(name, {
            ...sum,
            count: Number(sum['count']) + (isTotal ? 0 : count),
            usage_micro: Number(sum['usage_micro']) + (isTotal ? 0 : count * 1e6),
            price_micro: Number(sum['price_micro']) + price,
            next_count: place.scope === 'tree' ? 1e9 : 0,
            next_usage: 1e9,
            next_price: 1e9,
          });
        }
      }
    }
  }
  return [...counters.values()];
}

/** Makes the data of a version that counted the usage of a main account twice. */
async function makeOld(location: DataLocation): Promise<void> {
  const old = await openDatabase(location, log, { until: '0022c-audit-chain' });
  await old.write(async (tx) => {
    for (const [sid, owner_account_sid] of Object.entries(OWNERS)) {
      const spent = USED.filter(([of]) => OWNERS[of] === sid).reduce((sum, one) => sum + one[2], 0);
      const account = {
        sid,
        owner_account_sid,
        friendly_name: sid,
        status: 'active',
        type: 'Full',
        balance_micro: sid === owner_account_sid ? -spent : 0,
        date_created: START_OF_TIME - 9 * DAY,
        date_updated: START_OF_TIME - 9 * DAY,
      } as Insertable<Tables['accounts']>;
      await tx.insertInto('accounts').values(account).execute();
    }
    const events = USED.map(([account_sid, count, price_micro, at], place) => ({
      root_sid: OWNERS[account_sid] as string,
      account_sid,
      key: `key ${place}`,
      category: CATEGORY,
      at,
      count,
      usage_micro: count * 1e6,
      price_micro,
      digest: '',
      reason: null,
      created_by_grant: null,
      date_created: at,
    }));
    await tx.insertInto('usage_events').values(events).execute();
    const counters = countersOfOld() as unknown as Insertable<Tables['usage_counters']>[];
    await tx.insertInto('usage_counters').values(counters).execute();
    const trigger: Insertable<Tables['usage_triggers']> = {
      sid: `UT${'1'.repeat(32)}`,
      root_sid: MAIN,
      account_sid: MAIN,
      friendly_name: null,
      usage_category: 'sms',
      trigger_by: 'count',
      recurring: null,
      trigger_value: '14',
      threshold: 14,
      callback_url: 'https://hooks.example.com/usage',
      callback_method: 'POST',
      callback_by_grant: null,
      created_by_grant: null,
      date_fired: null,
      date_created: START_OF_TIME,
      date_updated: START_OF_TIME,
    };
    await tx.insertInto('usage_triggers').values(trigger).execute();
  });
  await old.close();
}

for (const engine of ENGINES) {
  const aLocation = engine === 'sqlite' ? emptyFolder : emptyPostgresDatabase;

  suite(`counters of a version that counted main accounts twice (${engine})`, () => {
    test('keep all usage, and the triggers fire at the same event', async () => {
      const { location, drop } = await aLocation();
      try {
        await makeOld(location);
        const config = { ...readConfig({ port: '0' }, {}), data: location };
        const app = await openApp(config, { log, now: () => START_OF_TIME });
        const { db } = app.database;
        assert.deepEqual((await verify(app)).differences, []);
        const of = async (sid: string, scope: 'own' | 'tree') => {
          const asked = {
            root_sid: OWNERS[sid] as string,
            account_sid: sid,
            scope,
            category: 'sms',
          };
          const all = { period: 'a', first: 0, last: 0 } as const;
          const [usage] = await fetchUsage(db, asked, [all]);
          return [usage?.count ?? 0, usage?.usage_micro ?? 0, usage?.price_micro ?? 0];
        };
        assert.deepEqual(await of(MAIN, 'tree'), [11, 11e6, 950]);
        assert.deepEqual(await of(MAIN, 'own'), [5, 5e6, 250]);
        assert.deepEqual(await of(SUB, 'own'), [6, 6e6, 700]);
        assert.deepEqual(await of(ALONE, 'tree'), await of(ALONE, 'own'));
        assert.deepEqual(await of(ONLY_BELOW, 'tree'), [4, 4e6, 0]);
        assert.deepEqual(await of(ONLY_BELOW, 'own'), [0, 0, 0]);
        const scopes = await db
          .selectFrom('usage_counters')
          .select(['account_sid', 'scope'])
          .distinct()
          .orderBy('account_sid')
          .orderBy('scope')
          .execute();
        assert.deepEqual(
          scopes.map(({ account_sid, scope }) => `${account_sid.at(-1)} ${scope}`),
          ['1 own', '1 subaccounts', '2 own', '3 own', '4 subaccounts', '5 own'],
        );
        assert.deepEqual(await firesAfter(app, [SUB, MAIN, SUB, MAIN]), [0, 0, 1, 1]);
        assert.deepEqual((await verify(app)).differences, []);
        await app.close();
      } finally {
        await drop();
      }
    });
  });
}

/** Meters one event after the other. @returns the number of fires after each */
async function firesAfter(app: App, sids: readonly string[]): Promise<number[]> {
  const fires: number[] = [];
  for (const [place, account_sid] of sids.entries()) {
    const told = { account_sid, category: 'sms', price_micro: 0, key: `new ${place}` };
    await asSystem({ app }, async (act) => meterUsage(act, await readUsage(act, [told])));
    fires.push(
      (await app.database.db.selectFrom('usage_trigger_fires').select('value').execute()).length,
    );
  }
  return fires;
}
