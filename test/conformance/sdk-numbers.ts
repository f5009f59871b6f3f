import assert from 'node:assert/strict';
import { connectLogin, loginOf, type TestApp } from '../support/test-app.ts';
import { assertRefused, sdk, sidsOf } from './sdk-world.ts';

/** Does every operation on numbers through the official SDK, as an app in its subaccount. */
export async function holdsNumbers(app: TestApp, origin: string): Promise<void> {
  const [developer, customer] = [await app.anAccount(), await app.anAccount()];
  const grant = await app.aGrant(await app.aConnectApp(developer), customer);
  const client = sdk(origin, connectLogin(grant, developer));

  const countries = await client.availablePhoneNumbers.list();
  assert.ok(
    ['US', 'CA', 'GB', 'DE', 'FR', 'AU'].every((code) => codesOf(countries).includes(code)),
  );
  const us = client.availablePhoneNumbers('US');
  assert.equal((await us.fetch()).country, 'United States');
  const gb = client.availablePhoneNumbers('GB');
  const offered = {
    local: await us.local.list({ areaCode: 415, limit: 3 }),
    tollFree: await us.tollFree.list({ limit: 2 }),
    mobile: await gb.mobile.list({ limit: 2 }),
  };
  assert.deepEqual(
    Object.values(offered).map(({ length }) => length),
    [3, 2, 2],
  );
  assert.ok(offered.local.every(({ phoneNumber }) => phoneNumber.startsWith('+1415')));
  const others = [gb.national, gb.sharedCost, gb.voip, gb.machineToMachine] as const;
  for (const kind of others as readonly (typeof gb.national)[]) {
    assert.equal((await kind.list({ limit: 1 })).length, 1);
  }
  await assertRefused(client.availablePhoneNumbers('ZZ').fetch(), 404, 20404);

  const { incomingPhoneNumbers } = client;
  const numberOf = (kind: keyof typeof offered) => String(offered[kind][0]?.phoneNumber);
  const local = await incomingPhoneNumbers.local.create({ phoneNumber: numberOf('local') });
  const tollFree = await incomingPhoneNumbers.tollFree.create({
    phoneNumber: numberOf('tollFree'),
  });
  const mobile = await incomingPhoneNumbers.mobile.create({ phoneNumber: numberOf('mobile') });
  const any = await incomingPhoneNumbers.create({ areaCode: '415', friendlyName: 'Any of them' });
  assert.ok(any.phoneNumber.startsWith('+1415'));
  const all = [any.sid, mobile.sid, tollFree.sid, local.sid];
  assert.deepEqual(sidsOf(await incomingPhoneNumbers.list()), all);
  assert.deepEqual(sidsOf(await incomingPhoneNumbers.local.list()), [any.sid, local.sid]);
  assert.deepEqual(sidsOf(await incomingPhoneNumbers.tollFree.list()), [tollFree.sid]);
  assert.deepEqual(sidsOf(await incomingPhoneNumbers.mobile.list()), [mobile.sid]);

  const renamed = await incomingPhoneNumbers(local.sid).update({
    friendlyName: 'Ours',
    voiceUrl: 'https://app.example.com/voice',
  });
  assert.deepEqual((await incomingPhoneNumbers(local.sid).fetch()).toJSON(), renamed.toJSON());
  assert.deepEqual(sidsOf(await incomingPhoneNumbers.list({ friendlyName: 'Ours' })), [local.sid]);
  const [bought] = await client.usage.records.today.list({ category: 'phonenumbers' });
  assert.equal(bought?.count, '4');

  const strangers = sdk(origin, loginOf(await app.anAccount())).incomingPhoneNumbers;
  await assertRefused(strangers.create({ phoneNumber: local.phoneNumber }), 400, 21422);
  await assertRefused(strangers.create({ phoneNumber: '+1' }), 400, 21421);
  assert.equal(await incomingPhoneNumbers(local.sid).remove(), true);
  assert.equal((await strangers.create({ phoneNumber: local.phoneNumber })).origin, 'twilio');
  await assertRefused(incomingPhoneNumbers(local.sid).fetch(), 404, 20404);
}

function codesOf(countries: readonly { readonly countryCode: string }[]): string[] {
  return countries.map(({ countryCode }) => countryCode);
}
