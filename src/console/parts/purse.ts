import { html } from 'hono/html';
import type { Grant } from '../../authorizations/grant.ts';
import type { Html } from '../../http/pages/page.ts';
import type { Micro } from '../../kit/money.ts';
import { money } from './money-words.ts';

/** The part of a limit from which on both sides should look at it. */
const NEAR = 0.8;

/** Whether the spending of a month has reached a limit, or is near it. */
export function purseState(limit: Micro | null, spent: Micro): 'over' | 'near' | '' {
  if (limit === null) return '';
  if (spent >= limit) return 'over';
  return spent >= limit * NEAR ? 'near' : '';
}

/** The spending of an app in a month, beside its limit. */
export function purse(
  {
    friendly_name,
    monthly_limit_micro: limit,
  }: Pick<Grant, 'monthly_limit_micro'> & { readonly friendly_name: string },
  spent: Micro,
): Html {
  if (limit === null) {
    return html`<div class="purse"><small>${money(spent)}, no limit</small></div>`;
  }
  return html`<div class="purse">
    <progress class="${purseState(limit, spent)}" max="${limit}" value="${Math.max(0, Math.min(spent, limit))}"
      aria-label="${friendly_name}: spent of its limit"></progress>
    <small>${money(spent)} of ${money(limit)}</small>
  </div>`;
}
