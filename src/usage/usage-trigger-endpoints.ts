import { fetchAccount } from '../accounts/account-store.ts';
import type { Db } from '../db/database.ts';
import {
  createEndpoint,
  deleteEndpoint,
  fetchEndpoint,
  listEndpoint,
  updateEndpoint,
} from '../http/endpoint.ts';
import { FRIENDLY_NAME_LENGTH, fields, httpMethod, oneOf } from '../http/parameters/fields.ts';
import { clearableName } from '../http/parameters/name-fields.ts';
import { badParameter, orNotFound } from '../kit/api-error.ts';
import { dayOf, startOf } from '../kit/day.ts';
import type { EpochMs } from '../kit/utc.ts';
import { changeUsageTrigger } from './change-usage-trigger.ts';
import { createUsageTrigger } from './create-usage-trigger.ts';
import { NO_SUMS, type Sums, usageName, wholeUsage } from './usage-event.ts';
import { fetchUsage } from './usage-store.ts';
import {
  periodOf,
  presentUsageTrigger,
  TRIGGER_FIELDS,
  USAGE_TRIGGER,
  type UsageTrigger,
  watchedUsage,
} from './usage-trigger.ts';
import { calledUrl, category, recurring, value } from './usage-trigger-fields.ts';
import {
  deleteTrigger,
  fetchTrigger,
  fetchWatchedCounters,
  listTriggers,
} from './usage-trigger-store.ts';

const LIST = '/2010-04-01/Accounts/:AccountSid/Usage/Triggers' as const;
const INSTANCE = `${LIST}/:Sid` as const;

/**
 * The sums that triggers of one account watch, in the present periods, with one query for all of
 * them.
 */
async function currentSums(
  db: Db,
  triggers: readonly UsageTrigger[],
  now: EpochMs,
): Promise<(trigger: UsageTrigger) => Sums> {
  const [first] = triggers;
  if (!first) return () => NO_SUMS;
  const { root_sid, account_sid } = first;
  const categories = new Set(triggers.map(({ usage_category }) => usage_category));
  const ranges = [...new Set(triggers.map(periodOf))].map((period) => {
    const start = startOf(period, dayOf(now));
    return { period, first: start, last: start };
  });
  const only = categories.size === 1 ? first.usage_category : null;
  const of = { root_sid, account_sid, scope: 'tree', category: only } as const;
  const usage = await fetchUsage(db, of, ranges);
  const sums = new Map(usage.map((one) => [usageName(one), one]));
  return (trigger) => {
    const start = startOf(periodOf(trigger), dayOf(now));
    return sums.get(usageName(watchedUsage(trigger, start))) ?? NO_SUMS;
  };
}

export const usageTriggerEndpoints = [
  listEndpoint({
    id: 'ListUsageTrigger',
    summary: 'The usage triggers of the account',
    path: LIST,
    operation: 'resource.read',
    input: fields({
      Recurring: recurring.optional(),
      TriggerBy: oneOf(TRIGGER_FIELDS).optional(),
      UsageCategory: category.optional(),
    }),
    resource: USAGE_TRIGGER,
    async handle({ app, db, account_sid, input }, page) {
      const found = await listTriggers(db, account_sid, input, page);
      const sumsOf = await currentSums(db, found.rows, app.now());
      return { ...found, rows: found.rows.map((row) => ({ ...row, sums: sumsOf(row) })) };
    },
    present: ({ sums, ...trigger }) => presentUsageTrigger(trigger, sums),
  }),

  createEndpoint({
    id: 'CreateUsageTrigger',
    summary: 'Makes a usage trigger, which calls a URL when usage reaches a value',
    path: LIST,
    operation: 'resource.write',
    input: fields({
      CallbackUrl: calledUrl,
      TriggerValue: value,
      UsageCategory: category,
      CallbackMethod: httpMethod.optional(),
      FriendlyName: clearableName(FRIENDLY_NAME_LENGTH).optional(),
      Recurring: recurring.optional(),
      TriggerBy: oneOf(TRIGGER_FIELDS).optional(),
    }),
    resource: USAGE_TRIGGER,
    async handle(call) {
      const { tx, account_sid, input: given } = call;
      const account = orNotFound(await fetchAccount(tx, account_sid));
      const { trigger_value } = given;
      if (trigger_value === null) throw badParameter('TriggerValue', 'must be a positive number');
      const { sums, ...trigger } = await createUsageTrigger(call, account, {
        usage_category: given.usage_category,
        trigger_by: given.trigger_by ?? 'usage',
        recurring: given.recurring ?? null,
        callback_url: given.callback_url,
        callback_method: given.callback_method ?? 'POST',
        friendly_name: given.friendly_name ?? null,
        trigger_value,
      });
      return presentUsageTrigger(trigger, sums);
    },
  }),

  fetchEndpoint({
    id: 'FetchUsageTrigger',
    summary: 'One usage trigger',
    path: INSTANCE,
    operation: 'resource.read',
    resource: USAGE_TRIGGER,
    async find({ app, db, account_sid, path }) {
      const [trigger, counters] = await Promise.all([
        fetchTrigger(db, account_sid, path.Sid),
        fetchWatchedCounters(db, { account_sid, sid: path.Sid }, dayOf(app.now())),
      ]);
      return trigger && { trigger, sums: wholeUsage(counters)[0] ?? NO_SUMS };
    },
    present: ({ trigger, sums }) => presentUsageTrigger(trigger, sums),
  }),

  updateEndpoint({
    id: 'UpdateUsageTrigger',
    summary: 'Changes the name or the callback of a usage trigger, but not the watched usage',
    path: INSTANCE,
    operation: 'resource.write',
    input: fields({
      CallbackUrl: calledUrl.optional(),
      CallbackMethod: httpMethod.optional(),
      FriendlyName: clearableName(FRIENDLY_NAME_LENGTH).optional(),
    }),
    resource: USAGE_TRIGGER,
    async handle(call) {
      const { tx, now, account_sid, path, input } = call;
      const trigger = await changeUsageTrigger(call, account_sid, path.Sid, input);
      const sumsOf = await currentSums(tx, [trigger], now);
      return presentUsageTrigger(trigger, sumsOf(trigger));
    },
  }),

  deleteEndpoint({
    id: 'DeleteUsageTrigger',
    summary: 'Deletes a usage trigger. Callbacks of earlier fires are still sent',
    path: INSTANCE,
    operation: 'resource.write',
    resource: USAGE_TRIGGER,
    async handle({ tx, account_sid, path, record }) {
      orNotFound(await deleteTrigger(tx, account_sid, path.Sid));
      record({ action: 'usage_trigger.deleted', account_sid, target_sid: path.Sid });
    },
  }),
];
