import assert from 'node:assert/strict';
import type twilio from 'twilio';
import { setting, step } from './step.ts';

/** Reads the usage of the customer's account and makes a trigger on it. */
export async function usage(customer: twilio.Twilio): Promise<void> {
  const mark = setting('SCENARIO_MARK');
  const category = 'sms-outbound';
  await step('ListUsageRecord', async () => {
    const found = await customer.usage.records.list({ pageSize: 100 });
    const categories = new Set(found.map(({ category }) => category));
    assert.ok(categories.size > 300 && categories.has('totalprice'));
  });
  await step('ListUsageRecord category', async () => {
    const [record] = await customer.usage.records.list({ category });
    assert.equal(record?.count, '5');
  });
  await step('ListUsageRecordDaily', async () => {
    const [today] = await customer.usage.records.daily.list({ category, limit: 1 });
    assert.equal(today?.count, '5');
  });
  let trigger = '';
  await step('CreateUsageTrigger', async () => {
    const made = await customer.usage.triggers.create({
      usageCategory: 'calls',
      triggerValue: '1000',
      callbackUrl: 'https://example.com/usage',
      friendlyName: 'first',
    });
    assert.equal(made.triggerValue, '1000');
    trigger = made.sid;
  });
  await step('FetchUsageTrigger', async () => {
    assert.equal((await customer.usage.triggers(trigger).fetch()).friendlyName, 'first');
  });
  await step('UpdateUsageTrigger', async () => {
    const changed = await customer.usage.triggers(trigger).update({ friendlyName: mark });
    assert.equal(changed.friendlyName, mark);
  });
  await step('ListUsageTrigger', async () => {
    const found = await customer.usage.triggers.list();
    assert.deepEqual(
      found.map(({ sid }) => sid),
      [trigger],
    );
  });
  await step('DeleteUsageTrigger', async () => {
    assert.equal(await customer.usage.triggers(trigger).remove(), true);
  });
}
