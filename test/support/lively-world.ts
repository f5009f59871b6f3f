import assert from 'node:assert/strict';
import { loginOf, START_OF_TIME, type TestAccount, type TestApp } from './test-app.ts';

const HOUR = 3_600_000;

/** A customer with a subaccount and a grant, usage of two days, and a trigger that fired. */
export async function aLivelyWorld(app: TestApp) {
  const main = await app.anAccount();
  const sub = await app.aSubaccount(main);
  const developer = await app.anAccount();
  const idle = await app.anAccount();
  const connectApp = await app.aConnectApp(developer);
  const grant = await app.aGrant(connectApp, main);
  await app.aGrant(connectApp, main);
  const trigger = {
    CallbackUrl: 'https://hooks.example.com/usage',
    TriggerValue: '4',
    TriggerBy: 'count',
    UsageCategory: 'sms',
    Recurring: 'monthly',
  };
  const path = `/2010-04-01/Accounts/${main.sid}/Usage/Triggers.json`;
  const made = await app.post(path, loginOf(main), trigger);
  assert.equal(made.status, 201, made.text);
  const later = await app.post(path, loginOf(main), { ...trigger, TriggerValue: '100' });
  assert.equal(later.status, 201, later.text);
  const told = (account: TestAccount, key: string, more: object = {}) => ({
    account_sid: account.sid,
    category: 'sms-outbound-longcode',
    price: '0.0079',
    key,
    ...more,
  });
  await meter(app, [told(main, 'a'), told(sub, 'b', { count: 2, usage: '2.5' })]);
  app.advance(HOUR);
  await meter(app, [
    told(main, 'c', { at: new Date(START_OF_TIME).toISOString() }),
    told(main, 'd'),
    told(main, 'd'),
    { ...told(main, 'e'), price: '-0.005', reason: 'Charged twice.' },
    told(developer, 'f', { category: 'calls-inbound', price: '0' }),
  ]);
  return { main, sub, developer, idle, grant, trigger_sid: made.json.sid as string };
}

export async function meter(app: TestApp, events: readonly object[]): Promise<void> {
  const reply = await app.control('POST', '/usage', events);
  assert.equal(reply.status, 200, reply.text);
}

export type World = Awaited<ReturnType<typeof aLivelyWorld>>;
