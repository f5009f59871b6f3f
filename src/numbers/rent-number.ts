import { z } from 'zod';
import type { App } from '../app.ts';
import type { Act } from '../audit/act.ts';
import { charge } from '../carrier/charge.ts';
import { behindLease, doTask } from '../jobs/do-task.ts';
import { readStep, type Shape, type Steps } from '../jobs/step.ts';
import type { NextStep, Step, Task } from '../jobs/task.ts';
import { DAY_MS, dateText, dayOf, startOf, startOfNext } from '../kit/day.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { IncomingPhoneNumber } from './incoming-phone-number.ts';
import { findNumberBySid } from './incoming-phone-number-store.ts';
import { findStockNumber } from './stock-number-store.ts';

/** The rent of a number is due, `month` calendar months after it was bought. */
interface RentStep extends Step {
  readonly name: 'rent';
  readonly month: number;
}

export const NUMBER_STEPS: Steps<RentStep> = {
  kind: 'number',
  schema: z.object({ name: z.literal('rent'), month: z.number() } satisfies Shape<RentStep>),
};

const CATEGORIES = {
  local: 'phonenumbers-local',
  mobile: 'phonenumbers-mobile',
  'toll-free': 'phonenumbers-tollfree',
} as const satisfies Record<IncomingPhoneNumber['type'], string>;

/**
 * The time so many calendar months of UTC later, on the same day, or on the last day of a shorter
 * month. It always counts from the first date, so that the 31st returns in longer months.
 */
export function monthsAfter(first: EpochMs, months: number): EpochMs {
  const day = dayOf(first);
  let start = startOf('m', day);
  const date = day - start;
  for (let month = 0; month < months; month += 1) start = startOfNext('m', start);
  const last = startOfNext('m', start) - 1;
  return Math.min(start + date, last) * DAY_MS + (first - day * DAY_MS);
}

/** The step for the rent of the month after this one. */
export function nextRent(
  { date_created }: Pick<IncomingPhoneNumber, 'date_created'>,
  month: number,
): NextStep<RentStep> {
  const step = { name: 'rent', month: month + 1 } as const;
  return { step, date_next: monthsAfter(date_created, month + 1) };
}

/**
 * Charges a number for a month, counted from its purchase. Each month is charged once, even if the
 * number has moved to another account.
 * @throws ApiError 403/20403 when a Connect app that buys it would exceed its grant's limit
 */
export async function chargeRent(
  act: Act,
  { sid, account_sid, phone_number, type, date_created }: IncomingPhoneNumber,
  month: number,
): Promise<void> {
  const due = dateText(dayOf(monthsAfter(date_created, month))).slice(0, 'YYYY-MM'.length);
  const key = `${sid}:${due.replace('-', '')}`;
  const price_micro = (await findStockNumber(act.tx, phone_number))?.price_micro ?? undefined;
  await charge(act, { account_sid, category: CATEGORIES[type], count: 1, price_micro, key });
}

/** Charges the month that has begun, and plans the next one, until the number is released. */
export async function rentNumber(app: App, task: Task): Promise<void> {
  const { month } = readStep(NUMBER_STEPS, task.step);
  const resource = {
    hold: behindLease(app, task, (tx) => findNumberBySid(tx, task.sid)),
    grantOf: ({ created_by_grant }: IncomingPhoneNumber) => created_by_grant,
  };
  await doTask(app, task, resource, async (act, number) => {
    await chargeRent(act, number, month);
    return nextRent(number, month);
  });
}
