import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listEveryRate, setRateOf } from '../../src/cli/operate/operate-rates.ts';
import { readConfig } from '../../src/config.ts';
import { openLog } from '../../src/kit/log.ts';
import { start } from '../../src/main.ts';
import { RATES } from '../../src/usage/rate-card.ts';
import { verify } from '../../src/verify/verify.ts';
import { aPerson, signedIn } from '../support/browser.ts';
import { ENGINES, onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';
import { freshDatabase } from '../support/test-database.ts';

const PRODUCTION = { mode: 'production', adminToken: 'an-admin-token-of-a-test' } as const;
const headers = { authorization: `Bearer ${PRODUCTION.adminToken}` };
const NONE_SET = /No rates are set: usage counts at price 0\./;

async function tell(app: TestApp, account_sid: string, category: string, key: string) {
  const body = { account_sid, category, key, count: 2 };
  const { status, text } = await app.request('POST', '/_tieline/usage', { headers, body });
  assert.equal(status, 200, text);
  const { price_micro } = await app.app.database.db
    .selectFrom('usage_events')
    .select('price_micro')
    .where('key', '=', key)
    .executeTakeFirstOrThrow();
  return price_micro;
}

onEveryEngine('rates in production', (engine) => {
  test('are the operator’s alone, usage without one has price 0, and all sums are right', async () => {
    await using app = await testApp({ engine, config: PRODUCTION });
    const account = await app.anAccount();
    for (const { category } of RATES) {
      assert.equal(await tell(app, account.sid, category, `early ${category}`), 0, category);
    }
    assert.deepEqual(await listEveryRate(app.app), []);
    await setRateOf(app.app, { category: 'sms', per: 'count', price: '0.5' });
    assert.equal(await tell(app, account.sid, 'sms-outbound', 'sms'), 1_000_000);
    assert.equal(await tell(app, account.sid, 'mms-outbound', 'mms'), 0);
    const { checked, differences } = await verify(app.app);
    assert.deepEqual([checked.events, differences], [RATES.length + 2, []]);
    const { balance_micro } = await app.app.database.db
      .selectFrom('accounts')
      .select('balance_micro')
      .executeTakeFirstOrThrow();
    assert.equal(balance_micro, -1_000_000);
  });

  test('that are missing are named on the page Platform', async () => {
    await using app = await testApp({ engine, config: PRODUCTION });
    const browser = await signedIn(app, await aPerson(app, null, { is_operator: true }));
    const platform = async () => (await browser.get('/console/platform')).text;
    assert.match(await platform(), NONE_SET);
    await setRateOf(app.app, { category: 'sms', per: 'count', price: '0.5' });
    await setRateOf(app.app, { category: 'calls', per: 'usage', price: '1' });
    await setRateOf(app.app, {
      category: 'recordings',
      per: 'usage',
      price: '1',
      from: '2030-01-01',
    });
    assert.match(
      await platform(),
      /No rate is set for calls-client, calls-sip, recordings, [a-z-, ]+, phonenumbers: such usage/,
    );
    for (const { category } of RATES) {
      await setRateOf(app.app, { category, per: 'count', price: '0' });
    }
    assert.doesNotMatch(await platform(), /No rate/);
  });
});

for (const engine of ENGINES) {
  test(`a start in production without rates says so (${engine})`, async () => {
    const { location, drop } = await freshDatabase(engine);
    const secretKeys = [{ id: 'k1', bytes: Buffer.alloc(32, 1) }];
    const settings = { ...readConfig({ port: '0' }, {}), data: location, secretKeys };
    const lines: string[] = [];
    const log = openLog('warn', { lines: { write: (line) => void lines.push(line) } });
    try {
      const config = { ...settings, ...PRODUCTION, publicUrl: 'https://tieline.example.com' };
      const running = await start(config, { log });
      assert.equal(lines.filter((line) => NONE_SET.test(line)).length, 1, lines.join(''));
      for (const { category } of RATES) {
        await setRateOf(running.app, { category, per: 'count', price: '0.01' });
      }
      await running.close();
      lines.length = 0;
      await (await start(config, { log })).close();
      assert.doesNotMatch(lines.join(''), /rate/);
    } finally {
      await drop();
    }
  });
}
