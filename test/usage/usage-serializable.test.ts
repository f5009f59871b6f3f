import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verify } from '../../src/verify/verify.ts';
import { ENGINES, loginOf, testApp } from '../support/test-app.ts';
import { asAdministrator } from '../support/test-database.ts';

const BATCHES = 60;
const EVENTS_OF_BATCH = 3;

if (ENGINES.includes('postgres')) {
  test('usage counts once in a database whose transactions fail to serialize', async () => {
    await using maker = await testApp({ engine: 'postgres' });
    const { data, secretKeys } = maker.app.config;
    const url = data.engine === 'postgres' ? data.url : '';
    // An operator can set this for all roles. Processes then meet failures that ask for a repetition.
    await asAdministrator(
      `ALTER DATABASE ${new URL(url).pathname.slice(1)}
         SET default_transaction_isolation = 'serializable'`,
    );
    const config = { data, secretKeys };
    await using one = await testApp({ engine: 'postgres', config });
    await using other = await testApp({ engine: 'postgres', config });
    const accounts = [await one.anAccount(), await one.anAccount()];
    const send = async (app: typeof one, number: number) => {
      const account = accounts[number % accounts.length];
      const events = Array.from({ length: EVENTS_OF_BATCH }, (_, event) => ({
        account_sid: account?.sid,
        category: 'sms',
        price: '0.01',
        key: `${number}.${event}`,
      }));
      for (;;) {
        const reply = await app.control('POST', '/usage', events);
        if (reply.status === 200) return;
        assert.equal(reply.status, 503, reply.text);
        assert.equal(reply.headers['retry-after'], '1');
      }
    };
    const numbers = Array.from({ length: BATCHES }, (_, number) => number);
    // Each batch goes to both processes at the same time.
    await Promise.all(numbers.flatMap((number) => [send(one, number), send(other, number)]));
    for (const account of accounts) {
      const path = `/2010-04-01/Accounts/${account.sid}/Usage/Records/AllTime.json?Category=sms`;
      const { json } = await one.get(path, loginOf(account));
      const events = (BATCHES / accounts.length) * EVENTS_OF_BATCH;
      assert.equal(json.usage_records[0].count, String(events));
    }
    assert.deepEqual((await verify(one.app)).differences, []);
    const repeated = [...one.logLines, ...other.logLines].filter((line) =>
      line.includes('a transaction is run again'),
    );
    assert.ok(repeated.length > 0, 'no transaction failed to serialize');
  });
}
