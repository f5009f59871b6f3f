import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertRefused, sdk, sidsOf } from '../conformance/sdk-world.ts';
import { listAuditEvents } from '../support/audit-log.ts';
import {
  connectLogin,
  loginOf,
  onEveryEngine,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

const listOf = ({ sid }: { sid: string }, below = '') =>
  `/2010-04-01/Accounts/${sid}/IncomingPhoneNumbers${below}.json`;

/** The SID of a kind of thing that the product does not have. */
const foreign = (prefix: string) => prefix + '0'.repeat(31) + 7;

async function assertCode(
  app: TestApp,
  account: TestAccount,
  [form, code, message, below]: readonly [Record<string, string>, number, RegExp, string?],
): Promise<void> {
  const { status, json } = await app.post(listOf(account, below), loginOf(account), form);
  assert.deepEqual([status, json.code], [400, code], JSON.stringify([form, json]));
  assert.match(json.message, message);
}

onEveryEngine('a phone number', (engine) => {
  test('is bought, found, set up and released by the official SDK', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const client = sdk(await app.listen(), loginOf(account));
    const numbers = client.incomingPhoneNumbers;
    const [offered] = await client.availablePhoneNumbers('US').local.list({ limit: 1 });
    const phoneNumber = offered?.phoneNumber ?? '';
    const made = await numbers.create({ phoneNumber });
    const now = new Date(app.app.now() - (app.app.now() % 1_000));
    const nothing = {
      addressSid: null,
      bundleSid: null,
      emergencyAddressSid: null,
      identitySid: null,
      smsApplicationSid: null,
      smsFallbackUrl: null,
      smsUrl: null,
      statusCallback: null,
      trunkSid: null,
      voiceApplicationSid: null,
      voiceFallbackUrl: null,
      voiceUrl: null,
    };
    assert.deepEqual(made.toJSON(), {
      ...nothing,
      accountSid: account.sid,
      addressRequirements: 'none',
      apiVersion: '2010-04-01',
      beta: false,
      capabilities: { voice: true, sms: true, mms: true, fax: true, SMS: true, MMS: true },
      dateCreated: now,
      dateUpdated: now,
      emergencyAddressStatus: 'unregistered',
      emergencyStatus: 'Inactive',
      friendlyName: offered?.friendlyName,
      origin: 'twilio',
      phoneNumber,
      sid: made.sid,
      smsFallbackMethod: 'POST',
      smsMethod: 'POST',
      status: 'in-use',
      statusCallbackMethod: 'POST',
      type: 'local',
      uri: listOf(account, `/${made.sid}`),
      voiceCallerIdLookup: false,
      voiceFallbackMethod: 'POST',
      voiceMethod: 'POST',
      voiceReceiveMode: 'voice',
    });
    const settings = {
      friendlyName: 'Front desk',
      smsUrl: 'https://user:secret@example.com/sms',
      smsMethod: 'GET',
      smsFallbackUrl: 'https://example.com/sms-fallback',
      smsFallbackMethod: 'GET',
      statusCallback: 'https://example.com/status',
      statusCallbackMethod: 'GET',
      voiceUrl: 'https://example.com/voice',
      voiceMethod: 'GET',
      voiceFallbackUrl: 'https://example.com/voice-fallback',
      voiceFallbackMethod: 'GET',
      voiceCallerIdLookup: true,
      voiceReceiveMode: 'fax',
      emergencyStatus: 'Active',
      emergencyAddressSid: foreign('AD'),
      addressSid: foreign('AD'),
      bundleSid: foreign('BU'),
      identitySid: foreign('RI'),
      smsApplicationSid: foreign('AP'),
      trunkSid: foreign('TK'),
      apiVersion: '2010-04-01',
    } as const;
    app.advance(60_000);
    const changed = await numbers(made.sid).update(settings);
    for (const [name, value] of Object.entries(settings)) {
      assert.equal(changed[name as keyof typeof changed], value, name);
    }
    assert.equal(changed.emergencyAddressStatus, 'registered');
    assert.equal(changed.dateUpdated.getTime(), now.getTime() + 60_000);
    // A trunk and an application replace each other. An empty value clears a field.
    const voiceApplicationSid = foreign('AP');
    const again = await numbers(made.sid).update({ voiceApplicationSid, smsUrl: '' });
    assert.deepEqual([again.trunkSid, again.smsUrl], [null, null]);
    const { trunkSid } = settings;
    const back = await numbers(made.sid).update({ trunkSid });
    assert.deepEqual([back.trunkSid, back.voiceApplicationSid], [trunkSid, null]);
    assert.deepEqual((await numbers(made.sid).fetch()).toJSON(), back.toJSON());

    const log = JSON.stringify(await listAuditEvents(app.app.database.db, account.sid, 10));
    assert.match(log, /incoming_phone_number\.updated.*incoming_phone_number\.created/);
    assert.ok(!log.includes('secret'), 'the log keeps no password');
    assert.equal(await numbers(made.sid).remove(), true);
    await assertRefused(numbers(made.sid).fetch(), 404, 20404);
    await assertRefused(numbers(made.sid).update({}), 404, 20404);
    await assertRefused(numbers(made.sid).remove(), 404, 20404);
    assert.equal(
      (await numbers.create({ phoneNumber, smsUrl: 'https://example.com' })).smsMethod,
      'POST',
    );
  });

  test('has a type, and each type has a list', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const client = sdk(await app.listen(), loginOf(account));
    const numbers = client.incomingPhoneNumbers;
    const local = await numbers.create({ areaCode: '415', friendlyName: 'One' });
    assert.match(local.phoneNumber, /^\+1415/);
    const other = await numbers.local.create({ phoneNumber: '+493023456789' });
    const mobile = await numbers.mobile.create({ phoneNumber: '+447400123456' });
    const free = await numbers.tollFree.create({ phoneNumber: '+18002345678' });
    const canadian = await numbers.create({ phoneNumber: '+18552345678', friendlyName: 'One' });
    const all = [canadian, free, mobile, other, local];
    assert.deepEqual(
      (await numbers.list()).map(({ type }) => type),
      ['toll-free', 'toll-free', 'mobile', 'local', 'local'],
    );
    assert.equal(other.friendlyName, '+493023456789');
    assert.equal(other.addressRequirements, 'local');
    assert.deepEqual(mobile.capabilities.sms, true);
    assert.deepEqual(sidsOf(await numbers.list()), sidsOf(all));
    assert.deepEqual(sidsOf(await numbers.local.list()), [other.sid, local.sid]);
    assert.deepEqual(sidsOf(await numbers.mobile.list()), [mobile.sid]);
    assert.deepEqual(sidsOf(await numbers.tollFree.list()), [canadian.sid, free.sid]);
    assert.deepEqual(sidsOf(await numbers.list({ pageSize: 2 })), sidsOf(all));

    const found = async (filter: Parameters<typeof numbers.list>[0]) =>
      sidsOf(await numbers.list(filter));
    assert.deepEqual(await found({ friendlyName: 'One' }), [canadian.sid, local.sid]);
    assert.deepEqual(await found({ phoneNumber: '2345678' }), [canadian.sid, free.sid, other.sid]);
    assert.deepEqual(await found({ phoneNumber: '+1800' }), [free.sid]);
    assert.deepEqual(await found({ phoneNumber: '+18**234' }), [canadian.sid, free.sid]);
    assert.deepEqual(await found({ phoneNumber: '8002', friendlyName: 'One' }), []);
    assert.deepEqual(await found({ origin: 'hosted' }), []);
    assert.deepEqual(await found({ origin: 'twilio', beta: false }), sidsOf(all));
    const local1 = await numbers.local.list({ phoneNumber: '+1' });
    assert.deepEqual(sidsOf(local1), [local.sid]);
    for (const filter of ['PhoneNumber=%25', 'PhoneNumber=1_2', 'Origin=elsewhere', 'Beta=2']) {
      const { status, json } = await app.get(`${listOf(account)}?${filter}`, loginOf(account));
      assert.deepEqual([status, json.code], [400, 20001]);
      assert.match(json.message, /^(PhoneNumber|Origin|Beta) must be/);
    }
    const typed = await app.request('DELETE', listOf(account, '/Local'), {
      login: loginOf(account),
    });
    assert.deepEqual([typed.status, typed.headers['allow']], [405, 'GET, POST']);
  });

  test("is refused with Twilio's error codes", async () => {
    await using app = await testApp({ engine });
    const [account, other] = [await app.anAccount(), await app.anAccount()];
    const PhoneNumber = '+14155551234';
    const taken = await app.post(listOf(other), loginOf(other), { PhoneNumber });
    assert.equal(taken.status, 201);
    const cases: (readonly [Record<string, string>, number, RegExp, string?])[] = [
      [{}, 20001, /^PhoneNumber or AreaCode is required/],
      [{ PhoneNumber: 'a pigeon' }, 21421, /a pigeon is not a valid number/],
      [{ PhoneNumber: '+15555551234' }, 21421, /is not a valid number/],
      [{ PhoneNumber: '5551234' }, 21421, /is not a valid number/],
      [{ PhoneNumber: '+1415555' }, 21421, /is not a valid number/],
      [{ PhoneNumber: '+٤٤٧٤٠٠١٢٣٤٥٦' }, 21421, /is not a valid number/],
      [{ PhoneNumber }, 21422, /\+14155551234 is not available/],
      [{ PhoneNumber: ' 1 (415) 555-1234' }, 21422, /is not available/],
      [{ PhoneNumber: '(415) 555-1234' }, 21422, /is not available/],
      [{ PhoneNumber: '+81312345678' }, 21422, /\+81312345678 is not available/],
      [{ AreaCode: '299' }, 21452, /AreaCode 299/],
      [{ AreaCode: '800' }, 21452, /AreaCode 800/],
      [{ AreaCode: '41' }, 20001, /^AreaCode must be an area code of three digits/],
      [{ PhoneNumber: '' }, 20001, /^PhoneNumber must not be empty/],
      [{}, 20001, /^PhoneNumber is required/, '/Local'],
      [{ AreaCode: '415' }, 20001, /^PhoneNumber is required/, '/Local'],
      [{ PhoneNumber: '+447400123456' }, 21422, /as a local number/, '/Local'],
      [{ PhoneNumber: '+14155551235' }, 21422, /as a mobile number/, '/Mobile'],
      [{ PhoneNumber: '+14155551235' }, 21422, /as a toll-free number/, '/TollFree'],
      [{ PhoneNumber, FriendlyName: 'x'.repeat(65) }, 20001, /^FriendlyName must be at most 64/],
      [{ PhoneNumber, SmsUrl: 'ftp://example.com' }, 20001, /^SmsUrl must be an absolute/],
      [{ PhoneNumber, VoiceMethod: 'PUT' }, 20001, /^VoiceMethod must be GET or POST/],
      [{ PhoneNumber, AddressSid: 'AC1' }, 20001, /^AddressSid must be a SID/],
      [{ PhoneNumber, EmergencyStatus: 'On' }, 20001, /^EmergencyStatus must be Active or Inac/],
      [{ PhoneNumber, VoiceReceiveMode: 'x' }, 20001, /^VoiceReceiveMode must be voice or fax/],
      [{ PhoneNumber, ApiVersion: '1999' }, 20001, /^ApiVersion must be 2010-04-01/],
    ];
    for (const one of cases) await assertCode(app, account, one);
    const { json } = await app.get(listOf(account), loginOf(account));
    assert.deepEqual(json.incoming_phone_numbers, []);
    const usage = `/2010-04-01/Accounts/${account.sid}/Usage/Records.json?Category=phonenumbers`;
    const records = await app.get(usage, loginOf(account));
    assert.equal(records.json.usage_records[0].count, '0', 'and nothing was charged');
  });

  test('is bought by a Connect app for its customer, who pays', async () => {
    await using app = await testApp({ engine });
    const [owner, customer] = [await app.anAccount(), await app.anAccount()];
    const grant = await app.aGrant(await app.aConnectApp(owner), customer);
    const origin = await app.listen();
    const guest = sdk(origin, connectLogin(grant, owner));
    const made = await guest.incomingPhoneNumbers.create({
      areaCode: '512',
      voiceUrl: 'https://app.example.com/voice',
    });
    assert.equal(made.accountSid, grant.subaccount_sid);
    const row = await app.app.database.db
      .selectFrom('incoming_phone_numbers')
      .selectAll()
      .executeTakeFirstOrThrow();
    assert.equal(row.created_by_grant, grant.sid);
    assert.deepEqual(JSON.parse(row.url_grants), { voice_url: grant.sid });
    const [record] = await sdk(origin, loginOf(customer)).usage.records.list({
      category: 'phonenumbers-local',
    });
    assert.deepEqual([record?.count, record?.price], ['1', '1.15']);
    const balance = `/2010-04-01/Accounts/${customer.sid}/Balance.json`;
    assert.equal((await app.get(balance, loginOf(customer))).json.balance, '998.85');

    // An app cannot buy with get-all alone or in a foreign account.
    const reader = await app.aConnectApp(owner, { permissions: ['get-all'] });
    const read = await app.aGrant(reader, customer);
    const looking = sdk(origin, connectLogin(read, owner)).incomingPhoneNumbers;
    assert.deepEqual(await looking.list(), []);
    await assertRefused(looking.create({ areaCode: '512' }), 403, 20403);
    const form = { PhoneNumber: '+14155551234' };
    const above = await app.post(listOf(customer), connectLogin(grant, owner), form);
    assert.equal(above.status, 403);
    await assertRefused(looking(made.sid).fetch(), 404, 20404);
  });

  test('is not sold below the floor of a balance or past the limit of a grant', async () => {
    await using app = await testApp({ engine });
    const [owner, customer] = [await app.anAccount(), await app.anAccount()];
    const grant = await app.aGrant(await app.aConnectApp(owner), customer);
    const { database } = app.app;
    const guest = connectLogin(grant, owner);
    const limit = (monthly_limit_micro: number | null) =>
      database.write((tx) => tx.updateTable('grants').set({ monthly_limit_micro }).execute());
    const buy = (login = guest, sid = grant.subaccount_sid) =>
      app.post(listOf({ sid }), login, { AreaCode: '415' });
    await limit(2_000_000);
    assert.equal((await buy()).status, 201);
    const refused = await buy();
    assert.equal(refused.status, 403);
    assert.match(refused.headers['tieline-reason'] ?? '', /limit="2/);
    await limit(null);
    const floor = { balance_floor: '999.00' };
    await app.control('POST', `/accounts/${customer.sid}/limits`, floor);
    assert.equal((await buy()).status, 403);
    assert.equal((await buy(loginOf(customer), customer.sid)).status, 403);
    const held = await database.db.selectFrom('incoming_phone_numbers').select('sid').execute();
    assert.equal(held.length, 1);
  });
});
