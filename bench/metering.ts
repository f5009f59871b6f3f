import { randomBytes, randomUUID } from 'node:crypto';
import { createAccount } from '../src/accounts/create-account.ts';
import { type App, openApp } from '../src/app.ts';
import { act } from '../src/audit/act.ts';
import { OPERATOR } from '../src/audit/audit-event.ts';
import { readConfig } from '../src/config.ts';
import { DAY_MS } from '../src/kit/day.ts';
import { openLog } from '../src/kit/log.ts';
import { meterUsage } from '../src/usage/meter-usage.ts';
import type { UsageEvent } from '../src/usage/usage-event.ts';
import type { Login } from './servers.ts';

/** The used categories: one that counts on one level, and one that counts on four. */
export const CATEGORIES = { 1: 'calls-client', 4: 'calls-inbound-tollfree-local' } as const;
export type Levels = keyof typeof CATEGORIES;

/** A way to meter events, by the engine alone or by Tieline. */
export interface Meter {
  readonly name: string;
  /** Resolves when the events are durable. */
  meter(events: readonly UsageEvent[]): Promise<unknown>;
  close(): Promise<void>;
}

/** The age of accounts in days, so that events may have any of the last 35 days. */
const ACCOUNT_DAYS = 40;
const EVENT_DAYS = 35;
const DIGEST = '0'.repeat(64);
const PRICE_MICRO = 4_000;

/** Opens Tieline's data in this process, without a server. */
export function openData(data: string): Promise<App> {
  const secret = { TIELINE_SECRET_KEY: process.env['TIELINE_SECRET_KEY'] };
  const config = readConfig({ data, logLevel: 'warn' }, secret);
  return openApp(config, { log: openLog('warn') });
}

/** Makes main accounts, the first of them with this login. @returns their SIDs */
export async function makeAccounts(app: App, login: Login, count: number): Promise<string[]> {
  const wanted = Array.from({ length: count }, (_, index) => ({
    sid: index === 0 ? login.username : undefined,
    auth_token: index === 0 ? login.password : randomBytes(16).toString('hex'),
    friendly_name: `Measured account ${index + 1}`,
    type: 'Full' as const,
    owner: null,
  }));
  const accounts = await Promise.all(
    wanted.map((one) => act(app, OPERATOR, (doing) => createAccount(doing, one))),
  );
  const date_created = Date.now() - ACCOUNT_DAYS * DAY_MS;
  await app.database.write((tx) => tx.updateTable('accounts').set({ date_created }).execute());
  return accounts.map(({ sid }) => sid);
}

/** A new event with its own key. */
export function newEvent(account_sid: string, levels: Levels, at: number): UsageEvent {
  return {
    root_sid: account_sid,
    account_sid,
    key: randomUUID(),
    category: CATEGORIES[levels],
    at,
    count: 1,
    usage_micro: 1_000_000,
    price_micro: PRICE_MICRO,
    digest: DIGEST,
    reason: null,
    created_by_grant: null,
    date_created: at,
  };
}

/** Tieline's one way to count usage, without HTTP. */
export function deedMeter(name: string, app: App): Meter {
  return {
    name,
    meter: (events) => act(app, OPERATOR, (doing) => meterUsage(doing, events)),
    close: () => app.close(),
  };
}

/** Counts many events of one account, over all days for which usage is accepted. */
export async function fill(app: App, account_sid: string, count: number): Promise<void> {
  const deed = deedMeter('', app);
  const now = Date.now();
  for (let done = 0; done < count; done += FILL_BATCH) {
    const size = Math.min(FILL_BATCH, count - done);
    const events = Array.from({ length: size }, (_, index) =>
      newEvent(account_sid, 1, now - ((done + index) % EVENT_DAYS) * DAY_MS),
    );
    await deed.meter(events);
  }
}

const FILL_BATCH = 2_000;
