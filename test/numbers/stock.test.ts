import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineUpOf, setLineUp } from '../../src/carriers/line-up.ts';
import { inboundOf } from '../../src/messages/wire/come-in.ts';
import { QUARANTINE_MS } from '../../src/numbers/stock-number.ts';
import { post, send } from '../support/messages.ts';
import {
  loginOf,
  onEveryEngine,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

const adminToken = 'an-admin-token-of-a-test';
const PRODUCTION = { mode: 'production', publicUrl: 'http://localhost', adminToken } as const;

const FILE = `number,country,kind,capabilities,carrier,price
+14155550100,US,local,sms mms voice,simulated,1.25
+14155550177,US,local,voice,simulated,
+493012345678,DE,local,sms voice,simulated,
12345,US,local,sms,simulated,
`;

/** Calls the control API as the operator. */
async function operate(app: TestApp, body: object) {
  const headers = { authorization: `Bearer ${adminToken}` };
  return app.request('POST', '/_tieline/numbers', { headers, body });
}

const offered = async (app: TestApp, account: TestAccount, path: string) => {
  const url = `/2010-04-01/Accounts/${account.sid}/AvailablePhoneNumbers${path}`;
  const { status, json } = await app.get(url, loginOf(account));
  const numbers = (json.available_phone_numbers ?? []) as { phone_number: string }[];
  return { status, json, numbers: numbers.map(({ phone_number }) => phone_number) };
};

const buy = (app: TestApp, account: TestAccount, form: Record<string, string>, below = '') =>
  app.post(
    `/2010-04-01/Accounts/${account.sid}/IncomingPhoneNumbers${below}.json`,
    loginOf(account),
    form,
  );

onEveryEngine('the stock of numbers', (engine) => {
  test('is filled by a file, once, after a dry run that changes nothing', async () => {
    await using app = await testApp({ engine, config: PRODUCTION });
    const all = { added: 4, changed: 0, unchanged: 0, refused: [] };
    const dry = await operate(app, { csv: FILE, dry_run: true });
    assert.deepEqual(dry.json, { dry_run: true, ...all });
    assert.deepEqual((await operate(app, { csv: FILE })).json, { dry_run: false, ...all });
    const again = await operate(app, { csv: FILE });
    assert.deepEqual(again.json, { dry_run: false, ...all, added: 0, unchanged: 4 });
    const changed = await operate(app, { csv: FILE.replace('1.25', '2') });
    assert.deepEqual([changed.json.changed, changed.json.unchanged], [1, 3]);
  });

  test('names each number that it refuses, with its place and the rule, and takes the others', async () => {
    await using app = await testApp({ engine, config: PRODUCTION });
    const csv = [
      'number,country,kind,capabilities,carrier,price',
      '+14155550100,US,local,sms,simulated,1',
      'nobody,US,local,sms,simulated,1',
      '+14155550101,XX,local,sms,simulated,1',
      '+14155550102,DE,local,sms,simulated,1',
      '+14155550103,US,pager,sms,simulated,1',
      '+14155550104,US,local,fax,simulated,1',
      '+14155550105,US,local,,simulated,1',
      '+14155550106,US,local,sms,nobody,1',
      '+14155550107,US,local,sms,simulated,-1',
      '"+1 (415) 555-0100",US,local,sms,simulated,1',
      '+14155550108',
    ].join('\r\n');
    const { json } = await operate(app, { csv: `\uFEFF${csv}` });
    assert.equal(json.added, 1);
    const places = json.refused.map(({ place, field }: Record<string, string>) => [place, field]);
    assert.deepEqual(places, [
      ['line 3', 'number'],
      ['line 4', 'country'],
      ['line 5', 'country'],
      ['line 6', 'kind'],
      ['line 7', 'capabilities'],
      ['line 8', 'capabilities'],
      ['line 9', 'carrier'],
      ['line 10', 'price'],
      ['line 11', 'number'],
      ['line 12', 'country'],
    ]);
    assert.match(json.refused[2].rule, /numbers there begin with \+49$/);
    assert.match(json.refused[8].rule, /line 2 has it too/);
    const list = { number: '+14155550100', country: 'US', kind: 'local', carrier: 'nobody' };
    const one = await operate(app, { numbers: [{ ...list, capabilities: 'sms' }] });
    assert.deepEqual(
      [one.json.refused[0].place, one.json.refused[0].field],
      ['numbers[0]', 'carrier'],
    );
    for (const [body, sentence] of [
      [{}, /^csv or numbers must be given, and not both\.$/],
      [{ csv: 'a,b\n' }, /^The first line of the file must be number,country/],
      [{ csv: '' }, /^The first line of the file must be/],
      [{ csv: `${FILE}"` }, /^The file is not CSV: /],
      [{ numbers: [{}] }, /^numbers\[0\]\.number must/],
    ] as const) {
      const { status, json: answer } = await operate(app, body);
      assert.equal(status, 400, JSON.stringify(answer));
      assert.match(answer.error, sentence);
    }
  });

  test('is all that is on offer in production, by country, type, digits and capabilities', async () => {
    await using app = await testApp({ engine, config: PRODUCTION });
    const account = await app.anAccount();
    const none = await offered(app, account, '.json');
    assert.deepEqual(none.json.countries, []);
    assert.equal((await offered(app, account, '/US/Local.json')).status, 404);
    assert.equal((await buy(app, account, { PhoneNumber: '+14155550100' })).json.code, 21422);
    assert.equal((await buy(app, account, { AreaCode: '415' })).json.code, 21452);
    await operate(app, { csv: FILE });
    const { json } = await offered(app, account, '.json');
    const countries = json.countries.map((one: Record<string, unknown>) => [
      one['country_code'],
      one['country'],
      Object.keys(one['subresource_uris'] as object),
    ]);
    assert.deepEqual(countries, [
      ['DE', 'Germany', ['local']],
      ['US', 'United States', ['local']],
    ]);
    for (const [path, numbers] of [
      ['/US/Local.json', ['+14155550100', '+14155550177']],
      ['/US/Local.json?SmsEnabled=true', ['+14155550100']],
      ['/US/Local.json?VoiceEnabled=true&SmsEnabled=false', ['+14155550177']],
      ['/US/Local.json?Contains=0177', ['+14155550177']],
      ['/US/Local.json?Contains=%2B1415*55', ['+14155550100', '+14155550177']],
      ['/US/Local.json?Contains=00%24', ['+14155550100']],
      ['/US/Local.json?AreaCode=415&PageSize=1', ['+14155550100']],
      ['/US/Local.json?AreaCode=416', []],
      ['/US/Local.json?InRegion=CA&Contains=0100', ['+14155550100']],
      ['/US/Local.json?InRegion=NY', []],
      ['/DE/Local.json', ['+493012345678']],
    ] as const) {
      assert.deepEqual((await offered(app, account, path)).numbers, numbers, path);
    }
    assert.equal((await offered(app, account, '/US/TollFree.json')).status, 404);
    assert.equal((await offered(app, account, '/FR/Local.json')).status, 404);
  });

  test('sells a number with its capabilities at its price, and has it again after a quarantine', async () => {
    await using app = await testApp({ engine, config: PRODUCTION });
    const [account, other] = [await app.anAccount(), await app.anAccount()];
    await operate(app, { csv: FILE });
    const mobile = await buy(app, account, { PhoneNumber: '+14155550177' }, '/Mobile');
    assert.equal(mobile.json.code, 21422);
    const bought = await buy(app, account, { PhoneNumber: '+14155550177' });
    assert.equal(bought.status, 201, bought.text);
    const { capabilities, type, carrier } = bought.json;
    assert.deepEqual([capabilities.sms, capabilities.voice, type], [false, true, 'local']);
    assert.equal(carrier, undefined, 'customers do not see the carrier');
    const first = await buy(app, account, { AreaCode: '415' });
    assert.equal(first.json.phone_number, '+14155550100');
    const usage = await app.get(
      `/2010-04-01/Accounts/${account.sid}/Usage/Records.json?Category=phonenumbers-local`,
      loginOf(account),
    );
    const [{ count, price }] = usage.json.usage_records;
    assert.deepEqual([count, Number(price)], ['2', 1.25]);
    assert.equal((await buy(app, other, { PhoneNumber: '+14155550100' })).json.code, 21422);
    assert.deepEqual((await offered(app, other, '/DE/Local.json')).numbers, ['+493012345678']);

    const path = `/2010-04-01/Accounts/${account.sid}/IncomingPhoneNumbers/${first.json.sid}.json`;
    const released = await app.request('DELETE', path, { login: loginOf(account) });
    assert.equal(released.status, 204);
    assert.equal((await buy(app, other, { PhoneNumber: '+14155550100' })).json.code, 21422);
    app.advance(QUARANTINE_MS);
    const later = await buy(app, other, { PhoneNumber: '+14155550100' });
    assert.equal(later.status, 201, later.text);
  });

  test('links a number to its carrier, which a later file can change', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const lineUp = lineUpOf(app.app);
    const simulated = lineUp.plan.carriers.get('simulated');
    assert.ok(simulated);
    const carriers = new Map([
      ...lineUp.plan.carriers,
      ['mno', { ...simulated, name: 'mno' }] as const,
    ]);
    setLineUp(app.app, { ...lineUp, plan: { ...lineUp.plan, carriers } });
    const line = 'number,country,kind,capabilities,carrier\n+14155550100,US,local,sms,';
    await app.control('POST', '/numbers', { csv: `${line}mno` });
    await buy(app, account, { PhoneNumber: '+14155550100' });
    const routeOf = async () => {
      const { json } = await app.control('GET', '/route?to=%2B4930123456&from=%2B14155550100');
      return json.targets.map(({ target, because }: Record<string, string>) => [target, because]);
    };
    const because = 'the stock has the number +14155550100 from it';
    assert.deepEqual(await routeOf(), [
      ['mno', because],
      ['mno', because],
    ]);
    await send(app, account, { From: '+14155550100' });

    setLineUp(app.app, lineUp);
    const gone = 'the number +14155550100 is of mno, which the file has not';
    assert.deepEqual(await routeOf(), [
      [null, gone],
      [null, gone],
    ]);
    assert.equal((await post(app, account, { From: '+14155550100' })).json.code, 21612);
    await app.control('POST', '/numbers', { csv: `${line}simulated` });
    assert.deepEqual((await routeOf())[1], ['simulated', because]);
  });

  test('has short codes, which an account buys, sends from and gets messages at', async () => {
    await using app = await testApp({ engine });
    const [account, other] = [await app.anAccount(), await app.anAccount()];
    await app.control('POST', '/numbers', { csv: FILE });
    const bought = await buy(app, account, { PhoneNumber: '12345' });
    assert.deepEqual([bought.status, bought.json.phone_number], [201, '12345']);
    const sent = await send(app, account, { From: '12345' });
    assert.equal(sent['from'], '12345');
    assert.equal((await post(app, other, { From: '12345' })).json.code, 21606);
    const message = { id: '1', from: '+493012345678', to: '12345', body: 'Hi', media: [] };
    assert.equal(await inboundOf(app.app).message('mno', message), 'kept');
    const { json } = await app.get(
      `/2010-04-01/Accounts/${account.sid}/Messages.json?To=12345`,
      loginOf(account),
    );
    assert.deepEqual([json.messages[0].to, json.messages[0].body], ['12345', 'Hi']);
  });
});
