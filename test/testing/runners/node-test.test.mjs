import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTieline } from 'tieline/testing';
import twilio from 'twilio';

/** A suite of a user of the test kit, under node:test. */
let tieline;
before(async () => {
  tieline = await startTieline();
});
after(() => tieline.close());

test('an app acts for its customer until the customer revokes it', async () => {
  const { control, customer, developer, connectApp } = tieline;
  const { account_sid } = await control.authorize({
    connect_app_sid: connectApp.sid,
    account_sid: customer.accountSid,
  });
  const acting = tieline.client(twilio, {
    accountSid: account_sid,
    authToken: developer.authToken,
  });
  const account = await acting.api.accounts(account_sid).fetch();
  assert.equal(account.status, 'active');
  await control.deauthorize({ connect_app_sid: connectApp.sid, account_sid: customer.accountSid });
  await assert.rejects(acting.api.accounts(account_sid).fetch(), { status: 401 });
});

test('an arriving message is passed on with a signature', async () => {
  const receiver = await tieline.receiver();
  const client = tieline.client(twilio, tieline.customer);
  const [number] = await client.incomingPhoneNumbers.list({ limit: 1 });
  await client.incomingPhoneNumbers(number.sid).update({ smsUrl: `${receiver.url}/sms` });
  await tieline.control.receiveMessage({
    to: number.phoneNumber,
    from: '+14155550123',
    body: 'Hello',
  });
  const request = await receiver.waitFor({ Body: 'Hello' });
  assert.equal(request.verified, true);
});
