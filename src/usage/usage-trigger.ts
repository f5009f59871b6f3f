import type { Selectable } from 'kysely';
import { z } from 'zod';
import { accountUri } from '../accounts/account.ts';
import type { UsageTriggersTable } from '../db/tables/usage-tables.ts';
import { dates2010, method, resource, rfc2822Date, sid, url } from '../http/answers/resource.ts';
import { type Day, dateText, dayOf, type Period } from '../kit/day.ts';
import { MICRO_PER_UNIT, type Micro, plainDecimalOf, readDecimal } from '../kit/money.ts';
import { urlOfGrant } from '../kit/user-info.ts';
import { type EpochMs, rfc2822 } from '../kit/utc.ts';
import { TOTAL_PRICE } from './category.ts';
import type { Sums, UsageKey } from './usage-event.ts';

/**
 * A usage trigger calls a URL when a sum of its account reaches a value: once in each day, month or
 * year, or once in all time. A trigger without a URL is stopped.
 */
export type UsageTrigger = Selectable<UsageTriggersTable>;

/** The most triggers of one account, as documented. Triggers that have fired for good count too. */
export const MAX_TRIGGERS = 1_000;

export const RECURRENCES = ['daily', 'monthly', 'yearly', 'alltime'] as const;
export const TRIGGER_FIELDS = ['count', 'usage', 'price'] as const;

const API_VERSION = '2010-04-01';

/** `UsageTrigger`: docs/contract/usage.md, "Usage triggers". */
export const USAGE_TRIGGER = resource('UsageTrigger', 'usage_triggers', {
  account_sid: sid('AC'),
  api_version: z.string(),
  callback_method: method,
  callback_url: url.nullable(),
  current_value: z.string(),
  date_created: rfc2822Date,
  date_fired: rfc2822Date.nullable(),
  date_updated: rfc2822Date,
  friendly_name: z.string().nullable(),
  recurring: z.enum(RECURRENCES).nullable(),
  sid: sid('UT'),
  trigger_by: z.enum(TRIGGER_FIELDS),
  trigger_value: z.string(),
  uri: z.string(),
  usage_category: z.string(),
  usage_record_uri: z.string(),
});

/**
 * The representation of a trigger.
 * @param sums the watched usage of the present period
 */
export function presentUsageTrigger(trigger: UsageTrigger, sums: Sums) {
  const { account_sid, date_fired } = trigger;
  return {
    account_sid,
    api_version: API_VERSION,
    callback_method: trigger.callback_method,
    callback_url: urlOfGrant(trigger.callback_url, trigger.callback_by_grant),
    current_value: currentValueOf(trigger, sums),
    ...dates2010(trigger),
    date_fired: date_fired === null ? null : rfc2822(date_fired),
    friendly_name: trigger.friendly_name,
    recurring: trigger.recurring,
    sid: trigger.sid,
    trigger_by: trigger.trigger_by,
    trigger_value: trigger.trigger_value,
    uri: accountUri(account_sid, `/Usage/Triggers/${trigger.sid}`),
    usage_category: trigger.usage_category,
    usage_record_uri: usageRecordUriOf(trigger),
  };
}

const LISTS = { daily: '/Today', monthly: '/ThisMonth', yearly: '' } as const;

/** The URI of the watched record. A yearly trigger has the URI of the root list, as documented. */
function usageRecordUriOf(
  trigger: Pick<UsageTrigger, 'account_sid' | 'recurring' | 'usage_category'>,
): string {
  const below = trigger.recurring === null ? '' : LISTS[trigger.recurring];
  const query = new URLSearchParams({ Category: trigger.usage_category }).toString();
  return `${accountUri(trigger.account_sid, `/Usage/Records${below}`)}?${query}`;
}

const PERIODS_OF = { daily: 'd', monthly: 'm', yearly: 'y' } as const;

/** The kind of period that the trigger watches. It fires once in each. */
export function periodOf({ recurring }: Pick<UsageTrigger, 'recurring'>): Period {
  return recurring === null ? 'a' : PERIODS_OF[recurring];
}

/** The usage that a trigger watches. A main account's usage includes its subaccounts. */
export function watchedUsage(
  trigger: Pick<UsageTrigger, 'root_sid' | 'account_sid' | 'recurring' | 'usage_category'>,
  start: Day,
): UsageKey {
  const { root_sid, account_sid, usage_category: category } = trigger;
  return { root_sid, account_sid, period: periodOf(trigger), start, category };
}

type Watching = Pick<UsageTrigger, 'trigger_by' | 'usage_category'>;

/** The sum that a trigger watches. The usage of `totalprice` is its price, as in its record. */
export function watchedSum({ trigger_by, usage_category }: Watching): keyof Sums {
  if (trigger_by === 'count') return 'count';
  return trigger_by === 'price' || usage_category === TOTAL_PRICE ? 'price_micro' : 'usage_micro';
}

/** The watched sum in the API's form. */
export function currentValueOf(trigger: Watching, sums: Sums): string {
  const watched = watchedSum(trigger);
  return watched === 'count' ? String(sums.count) : plainDecimalOf(sums[watched]);
}

/** A `TriggerValue` from a caller. */
export interface GivenValue {
  readonly micro: Micro;
  /** Whether the value is added to the sum at the moment when the trigger is made. */
  readonly is_offset: boolean;
}

/** A positive number, or an offset with a plus sign. */
export const TRIGGER_VALUE = /^[+ ]?(?!0+(?:\.0+)?$)\d{1,9}(?:\.\d{1,6})?$/;

/**
 * Reads `100.5` or `+30`. An unescaped plus sign arrives as a space, and is read as a plus sign.
 * @returns null for anything but a positive number
 */
export function readTriggerValue(text: string): GivenValue | null {
  if (!TRIGGER_VALUE.test(text)) return null;
  const is_offset = /^[+ ]/.test(text);
  const micro = readDecimal(is_offset ? text.slice(1) : text);
  return micro === null || micro <= 0 ? null : { micro, is_offset };
}

/**
 * Resolves a given value into `trigger_value`, in the API's form, and `threshold`, in the unit of
 * the watched sum. Counts are whole numbers, so a count reaches 2.5 at 3.
 * @returns null when an offset from a negative sum gives no positive value
 */
export function settleValue(
  { micro, is_offset }: GivenValue,
  trigger: Watching,
  sums: Sums,
): Pick<UsageTrigger, 'trigger_value' | 'threshold'> | null {
  const watched = watchedSum(trigger);
  const perUnit = watched === 'count' ? BigInt(MICRO_PER_UNIT) : 1n;
  const total = BigInt(micro) + (is_offset ? BigInt(sums[watched]) * perUnit : 0n);
  if (total <= 0n) return null;
  const whole = total / BigInt(MICRO_PER_UNIT);
  const fraction = plainDecimalOf(Number(total % BigInt(MICRO_PER_UNIT))).slice(1);
  const threshold = Number((total + perUnit - 1n) / perUnit);
  return { trigger_value: `${whole}${fraction}`, threshold };
}

/** The number of digits of a date that name a window of this kind of period. */
const WINDOW_DIGITS: Readonly<Record<Period, number>> = { d: 8, m: 6, y: 4, a: 0 };

/** A period as a number: 20260318, 202603, 2026, or 0 for all of time. */
export function windowOf({ period, start }: Pick<UsageKey, 'period' | 'start'>): number {
  return Number(dateText(start).replaceAll('-', '').slice(0, WINDOW_DIGITS[period]));
}

/** docs/contract/usage.md, "Trigger callback". @param start of the window */
export function callbackParameters(
  trigger: UsageTrigger,
  { sums, start, now }: { sums: Sums; start: Day; now: EpochMs },
): Record<string, string> {
  const { account_sid, sid: trigger_sid } = trigger;
  // Early usage may make two windows of a trigger fire on the same day. The first day of the later
  // window gives the two callbacks different tokens.
  const date = dateText(Math.max(start, dayOf(now)));
  return {
    AccountSid: account_sid,
    UsageTriggerSid: trigger_sid,
    DateFired: rfc2822(now),
    Recurring: trigger.recurring ?? '',
    UsageCategory: trigger.usage_category,
    TriggerBy: trigger.trigger_by,
    TriggerValue: trigger.trigger_value,
    CurrentValue: currentValueOf(trigger, sums),
    UsageRecordUri: usageRecordUriOf(trigger),
    IdempotencyToken: `${account_sid}-FIRES-${trigger_sid}-${date}`,
  };
}
