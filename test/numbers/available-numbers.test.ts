import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertRefused, sdk } from '../conformance/sdk-world.ts';
import {
  connectLogin,
  loginOf,
  onEveryEngine,
  type Reply,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

interface Offered {
  readonly phone_number: string;
  readonly locality: string | null;
  readonly region: string | null;
}

/** The interface that the SDK's seven lists share. */
interface Lister {
  list(options?: { limit: number }): Promise<{ isoCountry: string }[]>;
}

const listOf = ({ sid }: { sid: string }, below = '') =>
  `/2010-04-01/Accounts/${sid}/AvailablePhoneNumbers${below}.json`;

async function ask(
  app: TestApp,
  account: TestAccount,
  kind: string,
  filters: Record<string, string>,
): Promise<Reply> {
  const query = new URLSearchParams(filters).toString();
  return app.get(`${listOf(account, `/${kind}`)}?${query}`, loginOf(account));
}

async function offered(...asked: Parameters<typeof ask>): Promise<Offered[]> {
  const reply = await ask(...asked);
  assert.equal(reply.status, 200, reply.text);
  return reply.json.available_phone_numbers;
}

/** The one value of a field in all numbers of an answer. */
function onlyOf<Name extends keyof Offered>(numbers: Offered[], name: Name): Offered[Name] {
  const [value, ...more] = new Set(numbers.map((one) => one[name]));
  assert.deepEqual(more, [], name);
  assert.ok(value !== undefined, 'no number was offered');
  return value;
}

onEveryEngine('numbers on offer', (engine) => {
  test('are found by the official SDK in every country and of every kind', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const client = sdk(await app.listen(), loginOf(account));
    const countries = await client.availablePhoneNumbers.list();
    assert.deepEqual(
      countries.map(({ countryCode }) => countryCode),
      ['US', 'CA', 'GB', 'DE', 'FR', 'AU'],
    );
    for (const { countryCode, country, subresourceUris, uri } of countries) {
      const here = client.availablePhoneNumbers(countryCode);
      const fetched = await here.fetch();
      assert.deepEqual([fetched.country, fetched.uri], [country, uri]);
      assert.deepEqual(fetched.subresourceUris, subresourceUris);
      const lists = {
        local: here.local,
        toll_free: here.tollFree,
        mobile: here.mobile,
        national: here.national,
        shared_cost: here.sharedCost,
        voip: here.voip,
        machine_to_machine: here.machineToMachine,
      };
      for (const [kind, list] of Object.entries(lists) as [string, Lister][]) {
        if (!(kind in subresourceUris)) {
          await assertRefused(list.list(), 404, 20404);
          continue;
        }
        const numbers = await list.list();
        assert.equal(numbers.length, 30);
        assert.ok(numbers.every(({ isoCountry }) => isoCountry === countryCode));
        assert.equal((await list.list({ limit: 3 })).length, 3);
      }
    }
    await assertRefused(client.availablePhoneNumbers('ZZ').fetch(), 404, 20404);
    await assertRefused(client.availablePhoneNumbers('us').local.list(), 404, 20404);
    const [number] = await client.availablePhoneNumbers('US').local.list({ areaCode: 415 });
    assert.match(number?.phoneNumber ?? '', /^\+1415/);
    assert.match(number?.friendlyName ?? '', /^\(415\) \d{3}-\d{4}$/);
    const capabilities = { voice: true, sms: true, mms: true, fax: true, SMS: true, MMS: true };
    assert.deepEqual(number?.capabilities, capabilities);
    const { locality, region, postalCode, lata, latitude } = number ?? {};
    assert.deepEqual([locality, region, postalCode], ['San Francisco', 'CA', '94103']);
    assert.deepEqual([lata, latitude], ['722', '37.774900']);
  });

  test('come without pages, in the requested number', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const sizes = [
      ['', 30],
      ['?PageSize=1', 1],
      ['?PageSize=1000', 1_000],
      ['?PageSize=5000', 1_000],
    ] as const;
    for (const [query, count] of sizes) {
      const uri = `${listOf(account, '/US/Local')}${query}`;
      const { json } = await app.get(uri, loginOf(account));
      assert.deepEqual(Object.keys(json).toSorted(), ['available_phone_numbers', 'uri']);
      assert.equal(json.uri, uri);
      assert.equal(json.available_phone_numbers.length, count);
    }
    const again = () => offered(app, account, 'US/Local', {});
    assert.deepEqual(await again(), await again(), 'the same numbers on the same data');
    for (const PageSize of ['0', '-1', 'x']) {
      assert.equal((await ask(app, account, 'US/Local', { PageSize })).status, 400);
    }
    const xml = await app.get(
      `${listOf(account, '/US/Local').slice(0, -5)}?PageSize=1`,
      loginOf(account),
    );
    assert.match(xml.text, /<AvailablePhoneNumbers uri="[^"]*\/US\/Local\?PageSize=1"><Avail/);
    assert.match(xml.text, /<Voice>true<\/Voice><Fax>true<\/Fax><SMS>true<\/SMS><MMS>true<\/MMS>/);
  });

  test('are filtered by place', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const find = (filters: Record<string, string>, kind = 'US/Local') =>
      offered(app, account, kind, filters);
    assert.equal(onlyOf(await find({ AreaCode: '212' }), 'locality'), 'New York');
    assert.equal(onlyOf(await find({ InLocality: 'new york' }), 'region'), 'NY');
    assert.equal(onlyOf(await find({ InLocality: 'NewYork' }), 'region'), 'NY');
    assert.equal(onlyOf(await find({ InRegion: 'WA' }), 'region'), 'WA');
    assert.equal(onlyOf(await find({ InPostalCode: '02108' }), 'locality'), 'Boston');
    assert.equal(onlyOf(await find({ InPostalCode: '+16175551234' }), 'locality'), 'Boston');
    assert.equal(onlyOf(await find({ InLata: '358' }), 'locality'), 'Chicago');
    const bay = { InLata: '722', InRateCenter: 'OKLD MN-PD' };
    assert.equal(onlyOf(await find(bay), 'locality'), 'Oakland');
    assert.equal(onlyOf(await find({ AreaCode: '800' }, 'US/TollFree'), 'locality'), null);
    assert.equal(onlyOf(await find({ InLocality: 'Munich' }, 'DE/Local'), 'region'), 'Bavaria');
    assert.equal(
      onlyOf(await find({ InRegion: 'Ile-de-France' }, 'FR/Local'), 'locality'),
      'Paris',
    );

    const around = async (filters: Record<string, string>) => {
      const numbers = await find({ ...filters, PageSize: '200' });
      return [...new Set(numbers.map(({ locality }) => String(locality)))].toSorted();
    };
    const near = { NearNumber: '+14155551234' };
    assert.deepEqual(await around(near), ['Oakland', 'San Francisco']);
    assert.deepEqual(await around({ ...near, Distance: '5' }), ['San Francisco']);
    const wide = ['Oakland', 'Palo Alto', 'San Francisco', 'San Jose'];
    assert.deepEqual(await around({ ...near, Distance: '50' }), wide);
    assert.deepEqual(await around({ NearLatLong: '37.78,-122.42', Distance: '50' }), wide);
    assert.deepEqual(await around({ NearLatLong: ' -33.9 , 151.2 ', Distance: '500' }), []);

    for (const none of [
      { AreaCode: '415', InRegion: 'NY' },
      { AreaCode: '299' },
      { InLocality: 'Atlantis' },
      { InPostalCode: '00000' },
    ]) {
      assert.deepEqual(await find(none as Record<string, string>), []);
    }
  });

  test('are filtered by capabilities and by requirements', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const count = async (kind: string, filters: Record<string, string>) =>
      (await offered(app, account, kind, filters)).length;
    const cases: [string, Record<string, string>, number][] = [
      ['US/Local', { SmsEnabled: 'true', MmsEnabled: 'true', VoiceEnabled: 'true' }, 30],
      ['US/Local', { SmsEnabled: 'false' }, 0],
      ['US/Local', { FaxEnabled: 'true' }, 30],
      ['CA/Local', { FaxEnabled: 'true' }, 0],
      ['GB/Mobile', { MmsEnabled: 'true' }, 0],
      ['GB/Mobile', { MmsEnabled: 'false' }, 30],
      ['DE/Local', {}, 30],
      ['DE/Local', { ExcludeLocalAddressRequired: 'true' }, 0],
      ['DE/Local', { ExcludeForeignAddressRequired: 'true' }, 30],
      ['DE/Mobile', { ExcludeLocalAddressRequired: 'true' }, 30],
      ['DE/Mobile', { ExcludeAllAddressRequired: 'true' }, 0],
      ['FR/National', { ExcludeForeignAddressRequired: 'true' }, 0],
      ['US/Local', { ExcludeAllAddressRequired: 'true', Beta: 'false' }, 30],
    ];
    for (const [kind, filters, expected] of cases) {
      assert.equal(await count(kind, filters), expected, `${kind} ${JSON.stringify(filters)}`);
    }
  });

  test('are found by their digits and letters', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const cases: [string, RegExp][] = [
      ['510555****', /510555\d{4}/],
      ['STORM', /78676/],
      ['+1415', /^\+1415/],
      [' 1415', /^\+1415/],
      ['777$', /777$/],
      ['+1%99$', /^\+1\d*99$/],
    ];
    for (const [Contains, pattern] of cases) {
      const numbers = await offered(app, account, 'US/Local', { Contains });
      assert.equal(numbers.length, 30, Contains);
      for (const { phone_number } of numbers) assert.match(phone_number, pattern);
    }
    const [mobile] = await offered(app, account, 'DE/Mobile', { Contains: '+49151' });
    assert.match(mobile?.phone_number ?? '', /^\+49151/);
  });

  test('are refused with the name of an unreadable parameter', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const wrong: [string, Record<string, string>, RegExp][] = [
      ['US', { AreaCode: '41' }, /^AreaCode must be from/],
      ['US', { AreaCode: 'abc' }, /^AreaCode must be a whole number/],
      ['GB', { AreaCode: '415' }, /^AreaCode is for numbers of the US and Canada only/],
      ['FR', { NearLatLong: '48,2' }, /^NearLatLong is for/],
      ['US', { Contains: '1' }, /^Contains must be/],
      ['US', { Contains: '**' }, /^Contains must be/],
      ['US', { Contains: '4+1' }, /^Contains must be/],
      ['US', { Contains: '1'.repeat(100) }, /^Contains must be at most/],
      ['US', { SmsEnabled: 'perhaps' }, /^SmsEnabled must be true or false/],
      ['US', { NearNumber: 'here' }, /^NearNumber must be a phone number/],
      ['US', { NearLatLong: '91,0' }, /^NearLatLong must be/],
      ['US', { NearLatLong: '1;2' }, /^NearLatLong must be/],
      ['US', { Distance: '25' }, /^Distance needs/],
      ['US', { Distance: '501', NearNumber: '+14155551234' }, /^Distance must be from/],
      ['US', { InRateCenter: 'CHICAGO' }, /^InRateCenter needs InLata/],
      ['US', { InPostalCode: '+1' }, /^InPostalCode must be a phone number/],
      ['US', { InLocality: 'x'.repeat(101) }, /^InLocality must be at most/],
    ];
    for (const [country, filters, message] of wrong) {
      const { status, json } = await ask(app, account, `${country}/Local`, filters);
      assert.deepEqual([status, json.code], [400, 20001], JSON.stringify(filters));
      assert.match(json.message, message);
    }
    const empty = { Contains: '', InLocality: '', NearNumber: '' };
    assert.equal((await offered(app, account, 'US/Local', empty)).length, 30);
  });

  test('are held by no account, and released numbers come back', async () => {
    await using app = await testApp({ engine });
    const [owner, customer] = [await app.anAccount(), await app.anAccount()];
    const grant = await app.aGrant(await app.aConnectApp(owner), customer);
    const guest = { ...customer, sid: grant.subaccount_sid, auth_token: owner.auth_token };
    assert.deepEqual(loginOf(guest), connectLogin(grant, owner));
    const narrow = { Contains: '+1415555123*' };
    const onOffer = async (account: TestAccount) =>
      (await offered(app, account, 'US/Local', narrow)).map(({ phone_number }) => phone_number);
    const all = await onOffer(customer);
    assert.equal(all.length, 10);
    const sids: string[] = [];
    for (const [index, PhoneNumber] of all.entries()) {
      const buyer = index % 2 === 0 ? guest : owner;
      const list = `/2010-04-01/Accounts/${buyer.sid}/IncomingPhoneNumbers.json`;
      const { status, json } = await app.post(list, loginOf(buyer), { PhoneNumber });
      assert.equal(status, 201);
      sids.push(json.sid);
      for (const account of [customer, guest, owner]) {
        assert.deepEqual(await onOffer(account), all.slice(index + 1));
      }
    }
    const released = `/2010-04-01/Accounts/${guest.sid}/IncomingPhoneNumbers/${sids[4]}.json`;
    const deleted = await app.request('DELETE', released, { login: loginOf(guest) });
    assert.equal(deleted.status, 204);
    assert.deepEqual(await onOffer(owner), [all[4]]);
  });
});
