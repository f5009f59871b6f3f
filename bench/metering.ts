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

/** What is used: of a category that counts once, and of one that counts on four levels. */
export const CATEGORIES = { 1: 'calls-client', 4: 'calls-inbound-tollfree-local' } as const;
export type Levels = keyof typeof CATEGORIES;

/** What the engine does for some events, and what Tieline does. */
export interface Meter {
  readonly name: string;
  /** Resolves when they are durable. */
  meter(events: readonly UsageEvent[]): Promise<unknown>;
  close(): Promise<void>;
}

/** Days that accounts have been there for, so that events may be of any of the last 35. */
const ACCOUNT_DAYS = 40;
const EVENT_DAYS = 35;
const DIGEST = '0'.repeat(64);
const PRICE_MICRO = 4_000;

/** Opens Tieline's data in this process, where no server has it. */
export function openData(data: string): Promise<App> {
  const secret = { TIELINE_SECRET_KEY: process.env['TIELINE_SECRET_KEY'] };
  const config = readConfig({ data, logLevel: 'warn' }, secret);
  return openApp(config, { log: openLog('warn') });
}

/** Makes main accounts, the first of them with this login; their SIDs. */
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

/** A row of the ledger that nothing else is like. */
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

/** Counts many events of one account, spread over the days that usage is taken for. */
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
