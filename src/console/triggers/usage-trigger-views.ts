import { html } from 'hono/html';
import type { Page, PageRequest } from '../../db/keyset.ts';
import type { AccountCall, Html } from '../../http/pages/page.ts';
import { withoutPassword } from '../../kit/user-info.ts';
import { pager } from '../../pages/pager.ts';
import {
  actionForm,
  code,
  emptyState,
  formToken,
  linkButton,
  moment,
} from '../../pages/widgets.ts';
import type { Sums } from '../../usage/usage-event.ts';
import type { UsageTrigger } from '../../usage/usage-trigger.ts';
import { counted, rows } from '../parts/console-views.ts';
import { changedTriggerFields } from './usage-trigger-form.ts';
import type { ShownFire } from './usage-trigger-page-store.ts';
import {
  conditionText,
  progressOf,
  stateOf,
  sumText,
  type TriggerState,
  windowText,
} from './usage-trigger-words.ts';

/** The views of the triggers of an account and its subaccounts. */

export interface ShownTrigger {
  readonly trigger: UsageTrigger;
  readonly sums: Sums;
  /** The newest fire. Absent when the trigger has not fired, or when the fire was pruned. */
  readonly last: ShownFire | undefined;
  /** The account whose usage the trigger watches. */
  readonly account: string;
  /** The name of the app that made it, and of the app that gave its URL; null: the account. */
  readonly made_by: string | null;
  readonly called_by: string | null;
}

export const triggersPath = (account_sid: string) => `/console/${account_sid}/usage/triggers`;
export const triggerPath = (account_sid: string, { sid }: Pick<UsageTrigger, 'sid'>) =>
  `${triggersPath(account_sid)}/${sid}`;

const WHAT_FOR =
  'A trigger calls a URL when usage reaches a value: once in each day, month or year, or once in all. ' +
  'You and the apps that you authorized can make them.';

export function triggersBody(
  call: AccountCall,
  found: Page<ShownTrigger & { date_created: number; sid: string }>,
  request: PageRequest,
): Html {
  const own = triggersPath(call.account.sid);
  const create = linkButton(`${own}/new`, 'New trigger', 'primary');
  if (found.rows.length === 0 && !found.has_previous) {
    return emptyState('No usage triggers yet', WHAT_FOR, create);
  }
  return html`<div class="head"><p>${WHAT_FOR}</p>${create}</div>
    ${rows(
      'Usage triggers',
      found.rows.map((shown) => ({
        name: html`<a href="${triggerPath(call.account.sid, shown.trigger)}"
            ><bdi>${nameOf(shown.trigger)}</bdi></a
          >
          ${stateTag(shown, call)}`,
        about: html`<p>${conditionText(shown.trigger)}.</p>
          ${progress(shown)} ${lastCallback(shown)}
          <p class="muted">${ofWhom(shown)}</p>`,
      })),
    )}
    ${pager(own, call.query, request, found)}`;
}

export function nameOf({ friendly_name, sid }: UsageTrigger): string {
  return friendly_name ?? sid;
}

const STATES: Readonly<Record<TriggerState, readonly [tone: string, words: string]>> = {
  waiting: ['', 'Waiting'],
  waits: ['good', 'Fired, waits for the next'],
  done: ['good', 'Fired'],
  stopped: ['bad', 'Stopped'],
};

function stateTag({ trigger, last }: ShownTrigger, { app }: AccountCall): Html {
  const [tone, words] = STATES[stateOf(trigger, last?.window, app.now())];
  const next = trigger.recurring === null ? '' : NEXT[trigger.recurring];
  return html`<span class="tag ${tone}">${words === STATES.waits[1] ? `${words} ${next}` : words}</span>`;
}

const NEXT = { daily: 'day', monthly: 'month', yearly: 'year' } as const;

/** A bar of the present value. The figures stand beside it. */
function progress({ trigger, sums }: ShownTrigger): Html {
  const { text, part } = progressOf(trigger, sums);
  const percent = Math.floor(part * 100);
  return html`<p class="meter">
    <progress value="${percent}" max="100" aria-label="Reached"></progress>
    <span>${text}</span>
  </p>`;
}

function ofWhom({ account, made_by }: ShownTrigger): Html {
  const maker = made_by === null ? null : html`, made by the app <bdi>${made_by}</bdi>`;
  return html`Watches <bdi>${account}</bdi>${maker}.`;
}

const CALLBACK_STATES = {
  pending: ['', 'will be tried again'],
  leased: ['', 'being sent'],
  dead: ['bad', 'given up'],
  cancelled: ['quiet', 'cancelled'],
  delivered: ['good', 'delivered'],
} as const;

function lastCallback({ trigger, last }: ShownTrigger): Html {
  if (trigger.date_fired === null) return html`<p class="muted">It has never fired.</p>`;
  if (!last) return html`<p class="muted">Fired ${moment(trigger.date_fired)}.</p>`;
  return html`<p>Fired ${moment(last.date_created)}, callback ${callbackState(last)}</p>`;
}

/** The state of a callback: the last answer, its time, and the time of the next attempt. */
function callbackState({ delivery, last }: ShownFire): Html {
  if (!delivery) return html`<span class="muted">no longer kept</span>`;
  const { state, attempts, date_next, reason } = delivery;
  const [tone, words] =
    state === 'pending' && attempts === 0 ? ['', 'waits to be sent'] : CALLBACK_STATES[state];
  const answer = last && (last.status === null ? last.error : `answered ${last.status}`);
  const why = state === 'dead' || state === 'cancelled' ? (reason ?? answer) : answer;
  return html`<span class="tag ${tone}">${words}</span>
    ${last ? html`${moment(last.date_created)}` : null}
    ${why ? html` · ${why}` : null} ${attempts > 1 ? html` · ${counted(attempts, 'attempt')}` : null}
    ${state === 'pending' && attempts > 0 ? html` · next ${moment(date_next)}` : null}`;
}

/** @param most the limit of listed fires */
export function triggerBody(
  call: AccountCall,
  shown: ShownTrigger,
  fires: readonly ShownFire[],
  most: number,
): Html {
  const { trigger } = shown;
  const own = triggerPath(call.account.sid, trigger);
  return html`<p><a href="${triggersPath(call.account.sid)}">← All usage triggers</a></p>
    <section class="panel">
      <dl class="facts">
        <dt>Fires</dt>
        <dd>${conditionText(trigger)}</dd>
        <dt>State</dt>
        <dd>${stateTag(shown, call)} ${stoppedText(shown)}</dd>
        <dt>Now</dt>
        <dd>${progress(shown)}</dd>
        <dt>Watches</dt>
        <dd><bdi>${shown.account}</bdi> ${code(trigger.account_sid)}</dd>
        <dt>Calls</dt>
        <dd>${calledText(shown)}</dd>
        <dt>Made</dt>
        <dd>${moment(trigger.date_created)} by ${appOr(shown.made_by)}</dd>
        <dt>SID</dt>
        <dd>${code(trigger.sid)}</dd>
      </dl>
    </section>
    ${fireSection(call, shown, fires, most)}
    <section>
      <h2>Settings</h2>
      <p class="muted">The watched usage cannot change. Make another trigger for other usage.</p>
      <form method="post" action="${own}" class="long">
        ${formToken(call)} ${changedTriggerFields(call, shownAddress(trigger), addressHelp(shown))}
        <div class="buttons">
          <button type="submit" class="secondary">Save</button>
          ${linkButton(`${own}/delete`, 'Delete', 'danger')}
        </div>
      </form>
    </section>`;
}

/** Hides the password in an address that an app gave. It belongs to the app alone. */
export function shownAddress<T extends Pick<UsageTrigger, 'callback_url'>>(trigger: T): T {
  const { callback_url } = trigger;
  return { ...trigger, callback_url: callback_url && withoutPassword(callback_url) };
}

function addressHelp({ called_by, trigger }: ShownTrigger): string | undefined {
  if (trigger.callback_url === null) return 'An address arms the trigger again.';
  if (called_by === null) return undefined;
  return `${called_by} gave this address. A new one is called in your name, signed with your auth token.`;
}

function stoppedText({ trigger }: ShownTrigger): Html | null {
  if (trigger.callback_url !== null) return null;
  return html`It belonged to an app that you revoked. Give it an address to call, and it works again.`;
}

function calledText({ trigger, called_by }: ShownTrigger): Html {
  const { callback_url, callback_method } = trigger;
  if (callback_url === null) return html`<span class="none">nothing</span>`;
  const whose = called_by === null ? null : html`, an address of <bdi>${called_by}</bdi>`;
  return html`${callback_method} ${withoutPassword(callback_url)}${whose}`;
}

function appOr(name: string | null): Html {
  return name === null ? html`your account` : html`the app <bdi>${name}</bdi>`;
}

function fireSection(
  call: AccountCall,
  { trigger }: ShownTrigger,
  fires: readonly ShownFire[],
  most: number,
): Html {
  const own = triggerPath(call.account.sid, trigger);
  const log = `/console/${call.account.sid}/audit-log?sid=${trigger.sid}`;
  return html`<section>
    <h2>Past fires</h2>
    ${
      fires.length === 0
        ? html`<p class="muted">It has not fired${trigger.date_fired === null ? '' : ' lately'}.</p>`
        : rows(
            'Fires',
            fires.map((fire) => ({
              name: windowText(fire.window),
              about: html`<p>Reached ${sumText(trigger, fire.value)} · ${moment(fire.date_created)}</p>
                <p>Callback ${callbackState(fire)}</p>`,
              actions:
                trigger.callback_url !== null && isRepeatable(fire)
                  ? actionForm(call, `${own}/callbacks/${fire.delivery_sid}/replay`, 'Send again')
                  : null,
            })),
          )
    }
    ${fires.length < most ? null : html`<p class="muted">The newest ${most} are listed.</p>`}
    <p><a href="${log}">Everything about this trigger in the audit log</a></p>
  </section>`;
}

/** A failed callback can be sent again. A callback that a revoke cancelled cannot. */
function isRepeatable({ delivery }: ShownFire): boolean {
  return delivery?.state === 'dead' || (delivery?.state === 'pending' && delivery.attempts > 0);
}

export function deleteTriggerText(trigger: UsageTrigger): Html {
  return html`<p>${conditionText(trigger)}.</p>
    <p>It no longer fires. A waiting callback is still sent.</p>`;
}
