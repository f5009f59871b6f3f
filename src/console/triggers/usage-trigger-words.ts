import { dayOf, readDate, startOf } from '../../kit/day.ts';
import type { EpochMs } from '../../kit/utc.ts';
import { CATEGORIES } from '../../usage/category.ts';
import type { Sums } from '../../usage/usage-event.ts';
import { periodOf, type UsageTrigger, watchedSum, windowOf } from '../../usage/usage-trigger.ts';
import {
  amountText,
  categoryText,
  dayText,
  inThousands,
  partsOf,
  priceText,
} from '../parts/usage-words.ts';

/** Usage triggers in sentences. */

type Watching = Pick<UsageTrigger, 'usage_category' | 'trigger_by' | 'recurring'>;

/** The choices of how often a trigger fires. */
export const RECURRENCE_WORDS = {
  daily: 'Each day',
  monthly: 'Each month',
  yearly: 'Each year',
  alltime: 'Once, over all time',
} as const;

const EACH = { daily: 'Each day', monthly: 'Each month', yearly: 'Each year' } as const;

/** `Each month, when the price of All usage reaches 100.00 USD`. */
export function conditionText(trigger: Watching & Pick<UsageTrigger, 'trigger_value'>): string {
  const when = trigger.recurring === null ? 'Once' : EACH[trigger.recurring];
  const value = unitText(trigger, valueText(trigger));
  return `${when}, when the ${watchedText(trigger)} reaches ${value}`;
}

/** `price of all usage`, `count of SMS Outbound`. */
function watchedText(trigger: Watching): string {
  const category = CATEGORIES.get(trigger.usage_category);
  const name = category ? categoryText(category) : trigger.usage_category;
  const sum = { price_micro: 'price', usage_micro: 'usage', count: 'count' }[watchedSum(trigger)];
  return `${sum} of ${name === 'All usage' ? 'all usage' : name}`;
}

function valueText(trigger: Watching & Pick<UsageTrigger, 'trigger_value'>): string {
  const value = inThousands(trigger.trigger_value);
  if (watchedSum(trigger) !== 'price_micro') return value;
  const [whole = '', fraction = ''] = value.split('.');
  return `${whole}.${fraction.padEnd(2, '0')}`;
}

function unitText(trigger: Watching, amount: string): string {
  const category = CATEGORIES.get(trigger.usage_category);
  const sum = watchedSum(trigger);
  if (sum === 'price_micro') return `${amount} USD`;
  const unit = (sum === 'count' ? category?.count_unit : category?.usage_unit) ?? '';
  return unit === '' ? amount : `${amount} ${amount === '1' ? unit.replace(/s$/, '') : unit}`;
}

/** A sum that a trigger watches, in the unit of its threshold: `42.50 USD`, `1,200 messages`. */
export function sumText(trigger: Watching, sum: number): string {
  const watched = watchedSum(trigger);
  if (watched === 'price_micro') return unitText(trigger, priceText(sum));
  return unitText(trigger, watched === 'count' ? inThousands(String(sum)) : amountText(sum));
}

/** The present value of a trigger: `42.50 of 100.00 USD`, and the fraction from 0 to 1. */
export function progressOf(trigger: UsageTrigger, sums: Sums): { text: string; part: number } {
  const sum = sums[watchedSum(trigger)];
  const reached = sumText(trigger, sum).replace(/ \D+$/, '');
  return {
    text: `${reached} of ${unitText(trigger, valueText(trigger))}`,
    part: Math.min(1, Math.max(0, sum / trigger.threshold)),
  };
}

/** The present state of a trigger. `waits`: it has fired and fires again in the next window. */
export type TriggerState = 'waiting' | 'waits' | 'done' | 'stopped';

/** @param window the newest window in which the trigger fired */
export function stateOf(
  trigger: UsageTrigger,
  window: number | undefined,
  now: EpochMs,
): TriggerState {
  if (trigger.callback_url === null) return 'stopped';
  if (trigger.recurring === null) return trigger.date_fired === null ? 'waiting' : 'done';
  const period = periodOf(trigger);
  const current = windowOf({ period, start: startOf(period, dayOf(now)) });
  return window !== undefined && window >= current ? 'waits' : 'waiting';
}

/** The period of a window: `20260318` is 18 March 2026, `202603` March 2026, 0 all time. */
export function windowText(window: number): string {
  const digits = String(window);
  if (digits.length < 6) return window === 0 ? 'All time' : digits;
  const date = `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6, 8) || '01'}`;
  const day = readDate(date);
  if (day === null) return digits;
  const { month, year } = partsOf(day);
  return digits.length === 8 ? dayText(day) : `${month} ${year}`;
}
