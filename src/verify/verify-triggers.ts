import type { App } from '../app.ts';
import type { Db } from '../db/database.ts';
import { DAY_MS, dayOf, type Period, startOf } from '../kit/day.ts';
import type { EpochMs } from '../kit/utc.ts';
import { isFireForgotten } from '../usage/prune-fires.ts';
import type { Report } from '../usage/usage-difference.ts';
import { watchedSum, windowOf } from '../usage/usage-trigger.ts';
import { inPages, ROWS_AT_ONCE } from './in-pages.ts';
import {
  type CurrentPeriods,
  listCallbacksToVerify,
  listFireAuditToVerify,
  listFiresToVerify,
  listLinkedDeliveries,
  listTriggersToVerify,
} from './trigger-store.ts';

/** Ended deliveries are kept for at least this time: see `prune-deliveries.ts`. */
const DELIVERY_KEPT_MS = 30 * DAY_MS;

/**
 * Checks I4. Every trigger that has reached its value in the current period has fired in it. For
 * every other trigger, its counters look for triggers before their sum reaches its value. The
 * table's key ensures that a trigger fires once in a window. @returns the number of triggers.
 */
export async function verifyTriggers({ database, now }: App, report: Report): Promise<number> {
  let triggers = 0;
  const list = (db: Db, after: string, limit: number) =>
    listTriggersToVerify(db, periodsAt(now()), after, limit);
  await inPages(database.db, list, (trigger) => {
    triggers += 1;
    if (trigger.callback_url === null || trigger.window !== null) return;
    const { account_sid, sid, threshold } = trigger;
    const { value, looks_at } = watchedNow(trigger);
    if (value >= threshold) {
      const what = `The trigger ${sid} fires at ${threshold}, its sum is ${value}, and it has not fired.`;
      report({ promise: 'I4', account_sid, what });
    } else if (looks_at > threshold) {
      const what = `The trigger ${sid} fires at ${threshold}, and its counter looks again at ${looks_at}.`;
      report({ promise: 'I4', account_sid, what });
    }
  });
  return triggers;
}

/**
 * The sum that a trigger watches, and the value at which its counters look for triggers at the
 * latest: one above the most that they can hold before either looks. A counter without a row is at
 * zero, and the first usage makes the row and looks.
 */
function watchedNow(trigger: Awaited<ReturnType<typeof listTriggersToVerify>>[number]) {
  const watched = watchedSum(trigger);
  let value = 0;
  let most = 0;
  for (const part of ['own', 'below'] as const) {
    const sum = Number(trigger[`${part}_${watched}`] ?? 0);
    value += sum;
    most += Math.max(sum, (trigger[`${part}_next_${watched}`] ?? 0) - 1);
  }
  return { value, looks_at: most + 1 };
}

function periodsAt(now: EpochMs): CurrentPeriods {
  const of = (period: Period) => {
    const start = startOf(period, dayOf(now));
    return { start, window: windowOf({ period, start }) };
  };
  return { d: of('d'), m: of('m'), y: of('y'), a: of('a') };
}

/**
 * Checks I5. Each fire reached its value, and has one callback in the outbox and one event in the
 * audit log. Each of these callbacks and events has its fire. Fires and delivered callbacks are
 * deleted after a while. @returns the number of fires.
 */
export async function verifyFires({ database: { db }, now }: App, report: Report): Promise<number> {
  let fires = 0;
  let page: Awaited<ReturnType<typeof listFiresToVerify>> = [];
  do {
    page = await listFiresToVerify(db, page.at(-1) ?? null, ROWS_AT_ONCE);
    for (const row of page) {
      const fire = `The fire of the trigger ${row.trigger_sid} in ${row.window}`;
      for (const { promise, wrong } of wrongOfFire(row, now())) {
        report({ promise, account_sid: row.account_sid, what: `${fire} ${wrong}.` });
      }
    }
    fires += page.length;
  } while (page.length === ROWS_AT_ONCE);
  await inPages(db, listFireAuditToVerify, (event) => {
    if (event.action !== 'usage_trigger.fired' || Number(event.fires) === 1) return;
    if (Number(event.fires) === 0 && isForgotten(event, now())) return;
    const what = `The audit event ${event.sid} is for ${Number(event.fires)} fires of ${event.target_sid}.`;
    report({ promise: 'I5', account_sid: event.account_sid, what });
  });
  await verifyCallbacks(db, report);
  return fires;
}

function isForgotten(
  event: Awaited<ReturnType<typeof listFireAuditToVerify>>[number],
  now: EpochMs,
): boolean {
  const { window } = JSON.parse(event.detail ?? '{}') as { window?: unknown };
  const { date_created, trigger_sid } = event;
  return (
    typeof window === 'number' &&
    isFireForgotten({ window, date_created }, trigger_sid !== null, now)
  );
}

function* wrongOfFire(
  row: Awaited<ReturnType<typeof listFiresToVerify>>[number],
  now: EpochMs,
): Generator<{ promise: 'I4' | 'I5'; wrong: string }> {
  const { threshold, value, delivery_sid } = row;
  if (threshold !== null && value < threshold) {
    yield { promise: 'I4', wrong: `was at ${value}, below its value of ${threshold}` };
  }
  if (delivery_sid === null) {
    yield { promise: 'I5', wrong: 'has no callback' };
    return;
  }
  if (row.kind === null && row.date_created >= now - DELIVERY_KEPT_MS) {
    yield { promise: 'I5', wrong: `has the callback ${delivery_sid}, which is missing` };
  }
  if (
    row.kind !== null &&
    (row.kind !== 'usage-trigger' || row.delivery_account_sid !== row.account_sid)
  ) {
    yield {
      promise: 'I5',
      wrong: `has the callback ${delivery_sid}, which is for something else`,
    };
  }
  // The oldest events of a log may be deleted after their time.
  const isCut = (row.first_event ?? 1) > 1;
  if (isCut ? Number(row.told) > 1 : Number(row.told) !== 1) {
    yield { promise: 'I5', wrong: `is in the audit log ${Number(row.told)} times` };
  }
}

async function verifyCallbacks(db: Db, report: Report): Promise<void> {
  let page: Awaited<ReturnType<typeof listCallbacksToVerify>> = [];
  do {
    page = await listCallbacksToVerify(db, page.at(-1)?.sid ?? '', ROWS_AT_ONCE);
    const triggers = new Set(page.map(({ payload }) => triggerOf(payload)));
    const sids = page.map(({ sid }) => sid);
    const linked = new Set(await listLinkedDeliveries(db, [...triggers], sids));
    for (const { sid, account_sid } of page) {
      if (linked.has(sid)) continue;
      const what = `The delivery ${sid} is for a fire that does not exist.`;
      report({ promise: 'I5', account_sid, what });
    }
  } while (page.length === ROWS_AT_ONCE);
}

function triggerOf(payload: string): string {
  const { UsageTriggerSid } = JSON.parse(payload) as { UsageTriggerSid?: unknown };
  return typeof UsageTriggerSid === 'string' ? UsageTriggerSid : '';
}
