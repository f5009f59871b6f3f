import { fetchAccount } from '../../accounts/account-store.ts';
import type { Db } from '../../db/database.ts';
import {
  type AccountCall,
  accountPage,
  heading,
  type Page,
  seeOther,
  view,
} from '../../http/pages/page.ts';
import { readFields } from '../../http/parameters/fields.ts';
import { singleValue } from '../../http/parameters/form.ts';
import { badParameter, conflict, NotFound, orNotFound } from '../../kit/api-error.ts';
import { dayOf, startOf } from '../../kit/day.ts';
import { readPage } from '../../pages/pager.ts';
import type { Option } from '../../pages/widgets.ts';
import { changeUsageTrigger } from '../../usage/change-usage-trigger.ts';
import { createUsageTrigger } from '../../usage/create-usage-trigger.ts';
import { NO_SUMS, usageName } from '../../usage/usage-event.ts';
import { fetchWholeUsage } from '../../usage/usage-store.ts';
import { periodOf, type UsageTrigger, watchedUsage } from '../../usage/usage-trigger.ts';
import { deleteTrigger } from '../../usage/usage-trigger-store.ts';
import { replayDelivery } from '../../webhooks/replay-delivery.ts';
import { fetchAppsOfSubaccounts, fetchNames } from '../parts/account-list-store.ts';
import { confirmView, formBody } from '../parts/console-views.ts';
import { offeredSubaccounts } from '../parts/usage-accounts.ts';
import { CHANGED_TRIGGER, NEW_TRIGGER, newTriggerFields } from './usage-trigger-form.ts';
import {
  fetchAppsOfGrants,
  fetchCallback,
  fetchLastFires,
  fetchTriggerOfTree,
  listFires,
  listTriggersOfTree,
} from './usage-trigger-page-store.ts';
import {
  deleteTriggerText,
  nameOf,
  type ShownTrigger,
  shownAddress,
  triggerBody,
  triggerPath,
  triggersBody,
  triggersPath,
} from './usage-trigger-views.ts';

/** The pages of usage triggers: the watched usage, its present value, the state of callbacks. */

const LIST = '/console/:AccountSid/usage/triggers';
const INSTANCE = `${LIST}/:TriggerSid` as const;
const section = 'usage-triggers';
/** The most fires on a trigger's page, the newest. The audit log has all of them. */
const MAX_FIRES = 50;

const triggersPage = accountPage({
  id: 'UsageTriggers',
  path: LIST,
  async show(call) {
    const { db, account, query } = call;
    const request = readPage(query);
    const found = await listTriggersOfTree(db, account.sid, request);
    const shown = await describe(call, found.rows);
    const rows = shown.map((one) => {
      const { date_created, sid } = one.trigger;
      return { ...one, date_created, sid };
    });
    const body = triggersBody(call, { ...found, rows }, request);
    return view({ title: 'Usage Triggers', section, body });
  },
});

/** Reads what a page shows of some triggers, in the same number of queries for any number. */
async function describe(
  { app, db, account }: AccountCall,
  triggers: readonly UsageTrigger[],
): Promise<ShownTrigger[]> {
  const today = dayOf(app.now());
  const keys = triggers.map((one) => watchedUsage(one, startOf(periodOf(one), today)));
  const grants = triggers.flatMap(({ created_by_grant, callback_by_grant }) => [
    ...(created_by_grant === null ? [] : [created_by_grant]),
    ...(callback_by_grant === null ? [] : [callback_by_grant]),
  ]);
  const accounts = [...new Set(triggers.map(({ account_sid }) => account_sid))];
  const [usage, fires, makers, apps, names] = await Promise.all([
    fetchWholeUsage(db, keys),
    fetchLastFires(
      db,
      triggers.map(({ sid }) => sid),
    ),
    fetchAppsOfGrants(db, [...new Set(grants)]),
    fetchAppsOfSubaccounts(db, accounts),
    fetchNames(db, accounts),
  ]);
  const sums = new Map(usage.map((one) => [usageName(one), one]));
  const appOf = (grant: string | null) =>
    grant === null ? null : (makers.get(grant)?.friendly_name ?? null);
  const whose = (sid: string) =>
    sid === account.sid
      ? 'your account with all its subaccounts'
      : (apps.get(sid)?.friendly_name ?? names.get(sid) ?? sid);
  const nameOfUsage = (trigger: UsageTrigger) =>
    usageName(watchedUsage(trigger, startOf(periodOf(trigger), today)));
  return triggers.map((trigger) => ({
    trigger,
    sums: sums.get(nameOfUsage(trigger)) ?? NO_SUMS,
    last: fires.get(trigger.sid),
    account: whose(trigger.account_sid),
    made_by: appOf(trigger.created_by_grant),
    called_by: appOf(trigger.callback_by_grant),
  }));
}

const newTriggerPage = accountPage({
  id: 'NewUsageTrigger',
  path: `${LIST}/new`,
  async show(call) {
    const own = triggersPath(call.account.sid);
    // The page of usage links here with the watched usage filled in.
    const filled = call.problem ? call : { ...call, form: call.query };
    return view({
      title: 'New usage trigger',
      section,
      body: formBody(filled, {
        action: `${own}/new`,
        fields: newTriggerFields(filled, await watchableAccounts(call)),
        label: 'Create trigger',
        back: own,
      }),
    });
  },
  async submit(call) {
    const given = readFields(NEW_TRIGGER, call.form);
    const { trigger_value, callback_url, recurring } = given;
    if (trigger_value === null) throw badParameter('TriggerValue', 'must be a positive number');
    const made = await call.change(async (act) => {
      const account = await fetchAccount(act.tx, given.account_sid);
      if (account?.owner_account_sid !== call.account.sid || account.status !== 'active') {
        throw badParameter('AccountSid', 'must be one of the list');
      }
      return createUsageTrigger(act, account, {
        usage_category: given.usage_category,
        trigger_by: given.trigger_by,
        recurring: recurring === 'alltime' ? null : recurring,
        callback_url,
        callback_method: given.callback_method,
        friendly_name: given.friendly_name ?? null,
        trigger_value,
      });
    });
    return seeOther(triggerPath(call.account.sid, made), { notice: 'The trigger is armed.' });
  },
});

async function watchableAccounts({ db, account }: AccountCall): Promise<Option[]> {
  const offered = await offeredSubaccounts(db, account.sid);
  return [
    { value: account.sid, label: 'Your account with all its subaccounts' },
    ...offered
      .filter(({ status }) => status === 'active')
      .map(({ sid, name }) => ({ value: sid, label: name })),
  ];
}

/** A trigger of the account or of one of its subaccounts. @throws ApiError 404 */
async function demandTrigger(
  db: Db,
  { account, path }: AccountCall<'TriggerSid'>,
): Promise<UsageTrigger> {
  return orNotFound(await fetchTriggerOfTree(db, account.sid, path.TriggerSid));
}

const triggerPage = accountPage({
  id: 'UsageTrigger',
  path: INSTANCE,
  async show(call) {
    const trigger = await demandTrigger(call.db, call);
    const [[shown], fires] = await Promise.all([
      describe(call, [trigger]),
      listFires(call.db, trigger.sid, MAX_FIRES),
    ]);
    if (!shown) throw new NotFound();
    const body = triggerBody(call, shown, fires, MAX_FIRES);
    return view({ title: heading`${nameOf(trigger)}`, section, body });
  },
  async submit(call) {
    const shown = shownAddress(await demandTrigger(call.db, call)).callback_url;
    // A change of the name alone leaves the address with the app that gave it.
    const isSame = (singleValue(call.form, 'CallbackUrl') ?? '') === (shown ?? '');
    const { callback_url, ...given } = readFields(CHANGED_TRIGGER, call.form);
    if (!isSame && callback_url === null) throw badParameter('CallbackUrl', 'must not be empty');
    const changed = await call.change(async (act) => {
      const { account_sid, sid } = await demandTrigger(act.tx, call);
      return changeUsageTrigger(act, account_sid, sid, {
        ...given,
        ...(!isSame && { callback_url }),
      });
    });
    return seeOther(triggerPath(call.account.sid, changed), { notice: 'The trigger is saved.' });
  },
});

const deleteTriggerPage = accountPage({
  id: 'DeleteUsageTrigger',
  path: `${INSTANCE}/delete`,
  async show(call) {
    const trigger = await demandTrigger(call.db, call);
    const own = triggerPath(call.account.sid, trigger);
    return confirmView(call, {
      title: heading`Delete ${nameOf(trigger)}?`,
      section,
      text: deleteTriggerText(trigger),
      action: `${own}/delete`,
      label: 'Delete',
      back: own,
    });
  },
  async submit(call) {
    await call.change(async (act) => {
      const { account_sid, sid } = await demandTrigger(act.tx, call);
      await deleteTrigger(act.tx, account_sid, sid);
      act.record({ action: 'usage_trigger.deleted', account_sid, target_sid: sid });
    });
    return seeOther(triggersPath(call.account.sid), { notice: 'The trigger is deleted.' });
  },
});

/** `Send again` sends the same callback once more, now. */
const replayPage = accountPage({
  id: 'ReplayUsageTriggerCallback',
  path: `${INSTANCE}/callbacks/:DeliverySid/replay`,
  async submit(call) {
    const trigger = await demandTrigger(call.db, call);
    await call.change(async (act) => {
      const delivery = orNotFound(await fetchCallback(act.tx, trigger.sid, call.path.DeliverySid));
      const { created_by_grant } = delivery;
      const grants = created_by_grant === null ? [] : [created_by_grant];
      const app = (await fetchAppsOfGrants(act.tx, grants)).get(created_by_grant ?? '');
      // A revoke cancels waiting callbacks. A callback that was given up before must not go out either.
      if (app && app.date_revoked !== null) {
        throw conflict(`${app.friendly_name} is revoked, so nothing is sent to it any more.`);
      }
      await replayDelivery(act, delivery);
    });
    const notice = 'The callback is being sent again.';
    return seeOther(triggerPath(call.account.sid, trigger), { notice });
  },
});

export const usageTriggerPages: readonly Page[] = [
  triggersPage,
  newTriggerPage,
  triggerPage,
  deleteTriggerPage,
  replayPage,
];
