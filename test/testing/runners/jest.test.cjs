const { TielineError, startTieline } = require('tieline/testing');
const twilio = require('twilio');

/** A busy machine needs more than the runner's few seconds to start Tieline. */
const START_MS = 60_000;

/** A suite of a user of the test kit, under Jest, in CommonJS. */
/* global afterAll, beforeAll, expect, test */
let tieline;
beforeAll(async () => {
  tieline = await startTieline();
}, START_MS);
afterAll(() => tieline.close());

test('the world begins with a developer, a customer and an app', async () => {
  const client = tieline.client(twilio);
  const [app] = await client.connectApps.list();
  expect(app.sid).toBe(tieline.connectApp.sid);
  expect(tieline.environment().TWILIO_ACCOUNT_SID).toBe(tieline.accountSid);
});

test('a refusal is an error with its status', async () => {
  const refused = tieline.control.upgradeAccount(`AC${'0'.repeat(32)}`);
  await expect(refused).rejects.toThrow(TielineError);
  await expect(refused).rejects.toMatchObject({ status: 404 });
});
