import { startTieline } from 'tieline/testing';
import twilio from 'twilio';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

/** A busy machine needs more than the runner's few seconds to start Tieline. */
const START_MS = 60_000;

/** A suite of a user of the test kit, under Vitest. */
let tieline;
beforeAll(async () => {
  tieline = await startTieline();
}, START_MS);
afterAll(() => tieline.close());

test('a day goes by', async () => {
  const { control, customer } = tieline;
  const before = await control.clock.now();
  const { now } = await control.clock.advance('1d');
  expect(now - before).toBeGreaterThanOrEqual(86_400_000);
  const account = await tieline.client(twilio, customer).api.accounts(customer.accountSid).fetch();
  expect(account.friendlyName).toBe('Customer');
});

test('stopped timers stop neither Tieline nor the kit', async () => {
  vi.useFakeTimers();
  try {
    const another = await startTieline();
    const receiver = await another.receiver();
    const late = receiver.waitFor({ never: 'arrives' }, { timeout: 20 });
    await expect(late).rejects.toThrow('Nothing arrived.');
    await expect(another.control.restore('nothing')).rejects.toMatchObject({ status: 404 });
    await another.close();
  } finally {
    vi.useRealTimers();
  }
});
