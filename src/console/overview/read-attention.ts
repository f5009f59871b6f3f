import { html } from 'hono/html';
import { type AccountCall, isolated } from '../../http/pages/page.ts';
import { DAY_MS, type Day, dayOf, startOf, startOfNext } from '../../kit/day.ts';
import type { Micro } from '../../kit/money.ts';
import { readPermissions } from '../../kit/permission.ts';
import { moment } from '../../pages/widgets.ts';
import { usageName } from '../../usage/usage-event.ts';
import { fetchWholeUsage } from '../../usage/usage-store.ts';
import { periodOf, type UsageTrigger, watchedUsage } from '../../usage/usage-trigger.ts';
import { listAttempts } from '../../webhooks/delivery-store.ts';
import { type Delivery, describeAttempt } from '../../webhooks/webhook.ts';
import type { Attention } from '../parts/attention.ts';
import { counted } from '../parts/console-views.ts';
import { moneyText } from '../parts/money-words.ts';
import { listUndeliveredOfTree } from '../parts/undelivered-store.ts';
import { partsOf } from '../parts/usage-words.ts';
import { listTriggersOfTree } from '../triggers/usage-trigger-page-store.ts';
import { progressOf, sumText } from '../triggers/usage-trigger-words.ts';
import type { Figures } from './overview-figures.ts';
import { type ActingApp, fetchTokenDate, type GrantedSet } from './overview-store.ts';

/** The things of one account that need attention. They are facts of the moment; none is stored. */

/** The part of a limit or of a trigger's value from which on the overview names it. */
const NEAR = 0.8;
/** The most rows of each kind that are read. */
export const MAX_READ = 100;
/** The time for which a webhook that was given up stays on the overview. */
const DEAD_MS = 7 * DAY_MS;
const LOW_DAYS = 7;
const TOKEN_DAYS = 365;

export interface Known {
  readonly acting: readonly ActingApp[];
  /** The spending of this month, by the grants' subaccounts. */
  readonly spent: ReadonlyMap<string, Micro>;
  readonly own: readonly GrantedSet[];
  readonly figures: Figures;
  /** The webhooks to the servers of the own apps that failed. */
  readonly undelivered: readonly Delivery[];
}

export async function readAttention(call: AccountCall, known: Known): Promise<Attention[]> {
  const { db, account, app } = call;
  const now = app.now();
  const today = dayOf(now);
  const [undelivered, triggers, token] = await Promise.all([
    listUndeliveredOfTree(db, account.sid, MAX_READ),
    nearTriggers(call, today),
    fetchTokenDate(db, account.sid),
  ]);
  const home = `/console/${account.sid}`;
  const isRecent = (one: Delivery) => one.date_next !== null || now - one.date_updated < DEAD_MS;
  const others = known.undelivered.filter((one) => !isRevoke(one) && isRecent(one));
  return [
    ...missedRevokes(home, known),
    ...(await failingHosts(call, [...others, ...undelivered.filter(isRecent)])),
    ...balanceLow(call, known.figures),
    ...known.acting.flatMap((one) => nearLimit(home, one, known.spent, today)),
    ...triggers,
    ...known.acting.flatMap((one) => asksForMore(home, one)),
    ...notApproved(home, known.own),
    ...(token !== null && now - token > TOKEN_DAYS * DAY_MS ? [oldToken(home, token)] : []),
  ];
}

/** Whether a delivery tells an app that its customer revoked it. */
export function isRevoke({ kind }: Delivery): boolean {
  return kind === 'deauthorize';
}

function missedRevokes(home: string, { own, undelivered }: Known): Attention[] {
  const missed = undelivered.filter(isRevoke);
  const names = new Map(own.map((one) => [one.connect_app_sid, one.friendly_name]));
  return [...Map.groupBy(missed, ({ connect_app_sid }) => connect_app_sid ?? '')].map(
    ([sid, list]) => ({
      tone: 'bad',
      title: html`The server of ${isolated(names.get(sid) ?? '')} has not acknowledged
      ${list.length === 1 ? 'a revoke' : `${numberOf(list)} revokes`}`,
      text: 'It may still show these customers as connected. Its requests are refused already.',
      href: `${home}/connect-apps/${sid}/callbacks`,
      label: 'See what failed',
    }),
  );
}

function numberOf(list: readonly unknown[]): string {
  return list.length >= MAX_READ ? `${MAX_READ} or more` : String(list.length);
}

/** One thing for each server, with the reason of its last attempt. */
async function failingHosts(
  { db, account }: AccountCall,
  deliveries: readonly Delivery[],
): Promise<Attention[]> {
  const hosts = [...Map.groupBy(deliveries, ({ host }) => host)];
  const newest = hosts.map(([, list]) => list.reduce((a, b) => (b.sid > a.sid ? b : a)));
  const attempts = await listAttempts(
    db,
    newest.map(({ sid }) => sid),
  );
  const last = new Map(attempts.map((attempt) => [attempt.delivery_sid, attempt]));
  return hosts.map(([host, list], at): Attention => {
    const attempt = last.get(newest[at]?.sid ?? '');
    const next = list.flatMap(({ date_next }) => date_next ?? []).toSorted((a, b) => a - b)[0];
    return {
      tone: 'bad',
      title: html`${list.length === 1 ? 'A webhook' : `${numberOf(list)} webhooks`} to
      ${isolated(host)} ${list.length === 1 ? 'was' : 'were'} not delivered`,
      text: html`${attempt && describeAttempt(attempt)}
      ${next === undefined ? 'They are not tried again by themselves.' : html`The next try is on ${moment(next)}.`}`,
      href: `/console/${account.sid}/webhooks?host=${encodeURIComponent(host)}`,
      label: 'See what failed',
    };
  });
}

function balanceLow({ account }: AccountCall, { lasts_days }: Figures): Attention[] {
  const { sid, balance_micro, balance_floor_micro: floor } = account;
  const href = `/console/${sid}/balance`;
  const label = 'See the balance';
  if (floor !== null && balance_micro < floor) {
    return [
      {
        tone: 'bad',
        title: 'The balance is below its floor',
        text: 'Apps write nothing here, and nothing is sent. Reading goes on. Ask the operator for a credit.',
        href,
        label,
      },
    ];
  }
  if (lasts_days === null || lasts_days >= LOW_DAYS) return [];
  return [
    {
      tone: 'warn',
      title: `The balance lasts about ${counted(lasts_days, 'day')} at this pace`,
      text: `It is ${moneyText(balance_micro)}. Ask the operator for a credit before it is used up.`,
      href,
      label,
    },
  ];
}

function nearLimit(
  home: string,
  app: ActingApp,
  spent: ReadonlyMap<string, Micro>,
  today: Day,
): Attention[] {
  const { friendly_name, monthly_limit_micro: limit } = app;
  const sum = spent.get(app.subaccount_sid) ?? 0;
  if (limit === null || sum < limit * NEAR) return [];
  const { month } = partsOf(today);
  const next = partsOf(startOfNext('m', today));
  const isReached = sum >= limit;
  return [
    {
      tone: isReached ? 'bad' : 'warn',
      title: html`${isolated(friendly_name)} has spent ${moneyText(sum)} of its ${moneyText(limit)} for
      ${month}`,
      text: isReached
        ? `Its messages and calls are refused until 1 ${next.month}. Nothing else of yours stops.`
        : `At ${moneyText(limit)} its messages and calls are refused until 1 ${next.month}. Nothing else of yours stops.`,
      href: `${home}/authorized-apps/${app.connect_app_sid}`,
      label: 'Change the limit',
    },
  ];
}

/** The triggers that fired today, or whose value is near. */
async function nearTriggers({ db, account }: AccountCall, today: Day): Promise<Attention[]> {
  const newest = { page: 0, page_size: MAX_READ, from: null };
  const { rows } = await listTriggersOfTree(db, account.sid, newest);
  const waiting = rows.filter(({ recurring, date_fired, callback_url }) =>
    callback_url === null
      ? false
      : recurring !== null || date_fired === null || dayOf(date_fired) === today,
  );
  const keyOf = (trigger: UsageTrigger) => watchedUsage(trigger, startOf(periodOf(trigger), today));
  const usage = await fetchWholeUsage(db, waiting.map(keyOf));
  const sums = new Map(usage.map((one) => [usageName(one), one]));
  return waiting.flatMap((trigger): Attention[] => {
    const found = sums.get(usageName(keyOf(trigger)));
    const firedToday = trigger.date_fired !== null && dayOf(trigger.date_fired) === today;
    if (!firedToday && !found) return [];
    const { text, part } = progressOf(
      trigger,
      found ?? { count: 0, usage_micro: 0, price_micro: 0 },
    );
    if (!firedToday && (part < NEAR || part >= 1)) return [];
    const name = trigger.friendly_name
      ? html`The usage trigger ${isolated(trigger.friendly_name)}`
      : 'A usage trigger';
    return [
      {
        tone: 'warn',
        title: firedToday
          ? html`${name} fired today at ${sumText(trigger, trigger.threshold)}`
          : html`${name} is at ${text}`,
        text: firedToday
          ? html`It called ${isolated(hostOf(trigger.callback_url))}.`
          : html`It will call ${isolated(hostOf(trigger.callback_url))}. Nothing stops by that.`,
        href: `/console/${account.sid}/usage/triggers/${trigger.sid}`,
        label: 'See the trigger',
      },
    ];
  });
}

function hostOf(url: string | null): string {
  return URL.parse(url ?? '')?.host ?? 'its address';
}

/** A permission that the app asks for since, and that this customer has not granted. */
function asksForMore(home: string, app: ActingApp): Attention[] {
  const granted = readPermissions(app.granted);
  const wanted = readPermissions(app.asked).filter((one) => !granted.includes(one));
  if (wanted.length === 0) return [];
  return [
    {
      tone: 'ask',
      title: html`${isolated(app.friendly_name)} asks for one more permission`,
      text: 'Until you authorize it again, it goes on with what it has.',
      href: `${home}/authorized-apps/${app.connect_app_sid}`,
      label: 'See the permission',
    },
  ];
}

/** The customers of own apps who have not granted what the app asks for now. */
function notApproved(home: string, own: readonly GrantedSet[]): Attention[] {
  const behind = own.filter(({ asked, granted }) => {
    if (granted === null) return false;
    const has = readPermissions(granted);
    return readPermissions(asked).some((one) => !has.includes(one));
  });
  return [...Map.groupBy(behind, ({ connect_app_sid }) => connect_app_sid)].map(([sid, sets]) => {
    const customers = sets.reduce((sum, set) => sum + set.customers, 0);
    return {
      tone: 'ask',
      title: html`${counted(customers, 'customer')} of ${isolated(sets[0]?.friendly_name ?? '')} must
      authorize it again`,
      text: 'It asks for more than they granted. Until they answer, its requests for that are refused.',
      href: `${home}/connect-apps/${sid}/customers?show=fewer`,
      label: 'See the customers',
    };
  });
}

function oldToken(home: string, since: number): Attention {
  return {
    tone: 'ask',
    title: 'The auth token is older than a year',
    text: html`It is in use since ${moment(since)}. Programs can change to a second token without a pause.`,
    href: `${home}/tokens`,
    label: 'Replace the token',
  };
}
