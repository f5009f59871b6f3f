import fc from 'fast-check';
import { CATEGORIES } from '../../src/usage/category.ts';

export const DAY = 86_400_000;
/** Two seconds before the end of a day, a month and a year. The next year is a leap year. */
export const START = Date.UTC(2027, 11, 31, 23, 59, 58);
/** The last millisecond of 28 February of the leap year. */
export const LEAP = Date.UTC(2028, 1, 28, 23, 59, 59, 999);

type Field = 'count' | 'usage' | 'price';
type Recurring = 'daily' | 'monthly' | 'yearly' | 'alltime';

export interface Told {
  readonly account: number;
  readonly category: string;
  readonly count: number;
  readonly usage: number;
  readonly price: number;
  /** Milliseconds from now, negative for the past. */
  readonly at: number;
  readonly is_correction: boolean;
}

export type Step =
  | { readonly kind: 'use'; readonly batch: readonly Told[] }
  | { readonly kind: 'repeat' }
  | {
      readonly kind: 'create';
      readonly account: number;
      readonly category: string;
      readonly field: Field;
      readonly recurring: Recurring;
      readonly micro: number;
      readonly is_offset: boolean;
    }
  | { readonly kind: 'delete'; readonly which: number }
  | { readonly kind: 'turn'; readonly of: 'day' | 'month' | 'year' | 'leap'; readonly by: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'restart' };

/** Mostly days, so that daily triggers recur. */
const TURNS = ['day', 'day', 'day', 'day', 'day', 'month', 'month', 'year', 'leap'] as const;

const micro = (max: number) =>
  fc.integer({ min: 0, max: max * 4 }).map((quarter) => quarter * 250_000);
const told: fc.Arbitrary<Told> = fc.record({
  account: fc.nat(2),
  category: fc.constantFrom('sms-inbound-longcode', 'sms-outbound', 'sms', 'sms', 'calls-inbound'),
  count: fc.nat(3),
  usage: micro(3),
  price: micro(2),
  at: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: -34 * DAY, max: 0 }) },
    { weight: 1, arbitrary: fc.constantFrom(-DAY, -1, 1, 2_000, 2_001, 300_000) },
  ),
  is_correction: fc.integer({ min: 0, max: 9 }).map((one) => one === 0),
});
const create = fc
  .record({
    kind: fc.constant('create' as const),
    account: fc.constantFrom(0, 0, 0, 1, 2),
    category: fc.constantFrom('sms', 'sms', 'sms-inbound', 'totalprice', 'calls'),
    field: fc.constantFrom<Field>('count', 'usage', 'price'),
    recurring: fc.constantFrom<Recurring>('daily', 'monthly', 'yearly', 'alltime'),
    micro: fc.integer({ min: 1, max: 20 }).map((quarter) => quarter * 250_000),
    is_offset: fc.boolean(),
  })
  // Nothing is counted in `totalprice`, and a trigger for that is refused.
  .filter(({ category, field }) => category !== 'totalprice' || field !== 'count');
/** Makes a trigger on a sum that many triggers watch, so that triggers have close neighbours. */
const createInCrowd = fc
  .tuple(create, fc.constantFrom<Recurring>('daily', 'alltime'), fc.integer({ min: 1, max: 30 }))
  .map(([one, recurring, count]) => {
    const crowd = { account: 0, category: 'sms', field: 'count' as const, recurring };
    return { ...one, ...crowd, micro: count * 1_000_000 };
  });
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('use' as const),
      batch: fc.array(told, { minLength: 1, maxLength: 8 }),
    }),
  },
  { weight: 4, arbitrary: create },
  { weight: 4, arbitrary: createInCrowd },
  { weight: 1, arbitrary: fc.constant({ kind: 'repeat' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), which: fc.nat(9) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('turn' as const),
      of: fc.constantFrom(...TURNS),
      by: fc.constantFrom(-1, 0, 1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(3 * DAY) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
);

interface ModelTrigger {
  readonly sid: string;
  readonly account: number;
  readonly category: string;
  readonly field: Field;
  readonly recurring: Recurring;
  readonly micro: number;
  is_deleted: boolean;
}

type Used = Pick<Told, 'account' | 'category' | 'count' | 'usage' | 'price'> & {
  readonly day: string;
};

/** The number of letters of `2028-02-29` that name the window. */
export const LETTERS: Readonly<Record<Recurring, number>> = {
  daily: 10,
  monthly: 7,
  yearly: 4,
  alltime: 0,
};

export const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** All recorded usage and the expected fires, computed anew after each change. */
export class Model {
  readonly used: Used[] = [];
  readonly triggers: ModelTrigger[] = [];
  readonly fires = new Set<string>();

  /** The value in millionths, also of counts. */
  valueIn(
    { account, category, field, recurring }: Omit<ModelTrigger, 'sid' | 'micro' | 'is_deleted'>,
    window: string,
  ): number {
    let sum = 0;
    for (const event of this.used) {
      if (account !== 0 && event.account !== account) continue;
      if (event.day.slice(0, LETTERS[recurring]) !== window) continue;
      if (category === 'totalprice') sum += event.price;
      else if (CATEGORIES.get(event.category)?.levels.includes(category)) {
        sum += field === 'count' ? event.count * 1e6 : event[field];
      }
    }
    return sum;
  }

  /** Computes the fires. A past window does not fire. */
  fire(now: number): void {
    for (const trigger of this.triggers) {
      if (trigger.is_deleted) continue;
      const letters = LETTERS[trigger.recurring];
      const windows = new Set(this.used.map(({ day }) => day.slice(0, letters)));
      for (const window of windows) {
        if (window < dayOf(now).slice(0, letters)) continue;
        if (this.valueIn(trigger, window) < trigger.micro) continue;
        this.fires.add(`${trigger.sid} ${Number(window.replaceAll('-', ''))}`);
      }
    }
  }
}
