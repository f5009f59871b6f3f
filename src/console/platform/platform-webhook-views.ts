import { html } from 'hono/html';
import type { Html, PersonCall } from '../../http/pages/page.ts';
import { actionForm, code, emptyState, moment } from '../../pages/widgets.ts';
import type { Undelivered } from '../../webhooks/list-undelivered.ts';
import { isTwimlKind } from '../../webhooks/webhook.ts';
import { counted, rows } from '../parts/console-views.ts';
import { PLATFORM, platformTabs } from '../parts/platform-frame.ts';

/** The operators' view of the undelivered webhooks of every account. */
export function webhooksBody(
  call: PersonCall,
  {
    failing,
    dead,
  }: { readonly failing: readonly Undelivered[]; readonly dead: readonly Undelivered[] },
  most: number,
): Html {
  if (failing.length === 0 && dead.length === 0) {
    return html`${platformTabs('webhooks')}
      ${emptyState(
        'Every webhook has arrived',
        'Webhooks that fail are listed here with the reason, from the first failure on. You can send them again.',
      )}`;
  }
  return html`${platformTabs('webhooks')}
    ${part(call, {
      title: 'Failing webhooks',
      text: 'The server sends these again by itself. The next one is first.',
      shown: failing,
      most,
    })}
    ${part(call, {
      title: 'Dead webhooks',
      text: 'Every attempt of these failed, and the server no longer sends them. The newest is first.',
      shown: dead,
      most,
    })}`;
}

interface Part {
  readonly title: string;
  readonly text: string;
  readonly shown: readonly Undelivered[];
  readonly most: number;
}

function part(call: PersonCall, { title, text, shown, most }: Part): Html | null {
  if (shown.length === 0) return null;
  return html`<section>
    <h2>${title}</h2>
    <p class="muted">${text}${shown.length < most ? '' : ` There may be more than these ${most}.`}</p>
    ${rows(
      title,
      shown.map((delivery) => deliveryRow(call, delivery)),
    )}
  </section>`;
}

function deliveryRow(call: PersonCall, delivery: Undelivered) {
  const { sid, kind, host, method, why, attempts, account_sid, date_next, date_updated } = delivery;
  const isOver = isTwimlKind(kind);
  return {
    name: html`${kind} <span class="muted">${method} ${host}</span>`,
    about: html`<p>${why}</p>
      <p class="muted">
        ${code(sid)}<br />About <a href="${PLATFORM}/accounts/${account_sid}">${code(account_sid)}</a>,
        ${counted(attempts, 'attempt')}${date_next === null ? html`, the last ${moment(date_updated)}` : html`, the next ${moment(date_next)}`}.
      </p>`,
    // Nothing waits for the TwiML any more, so a repeated request has no use.
    ...(!isOver && {
      actions: actionForm(call, `${PLATFORM}/webhooks/${sid}/replay`, 'Send again'),
    }),
  };
}
