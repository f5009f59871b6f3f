import { html } from 'hono/html';
import type { Html, PageCall } from '../../http/pages/page.ts';
import { decimalOf } from '../../kit/money.ts';
import { costText, hasEnded } from '../../messages/message.ts';
import { messageErrorText } from '../../messages/message-error.ts';
import type { CarriedMessage } from '../../messages/wire/carried-message-store.ts';
import { code, field } from '../../pages/widgets.ts';
import { PLATFORM } from '../parts/platform-frame.ts';

/** A message that the operator asks for, and what is known of it. */
export interface CarriedLookup {
  readonly sid: string;
  readonly found: CarriedMessage | undefined;
}

/** The form that asks for one message, and what its carrier told of it. Its text is not shown. */
export function carriedSection(call: PageCall, asked: CarriedLookup | null): Html {
  return html`<section>
    <h2>A message at its carrier</h2>
    <form method="get" action="${PLATFORM}/carriers">
      ${field(call, {
        name: 'message',
        label: 'SID of the message',
        value: asked?.sid ?? '',
        placeholder: 'SM…',
        help: 'Shows its carrier, its id there, and the price of the carrier beside the charge of the account. Accounts do not see this price.',
        required: true,
        maxlength: 64,
      })}
      <div class="buttons">
        <button type="submit" class="secondary">Show the message</button>
      </div>
    </form>
    ${asked && (asked.found ? factsOf(asked.found) : nothingOf(asked.sid))}
  </section>`;
}

function nothingOf(sid: string): Html {
  return html`<p class="notice bad" role="status">There is no message ${code(sid)}.</p>`;
}

function factsOf({ message, refs }: CarriedMessage): Html {
  const { status, error_code, price_micro, carrier_cost_currency } = message;
  const cost = costText(message);
  const facts: readonly (readonly [string, Html | string])[] = [
    ['Account', code(message.account_sid)],
    ['State', error_code === null ? status : `${status}: ${messageErrorText(error_code)}`],
    ['Carrier', refs[0]?.carrier ?? 'No carrier has named an id for it'],
    ...refs.map(({ part, parts, ref, state }): readonly [string, Html] => [
      parts === 1 ? 'Id there' : `Part ${part} of ${parts}`,
      html`${ref === '' ? 'no id' : code(ref)}${parts === 1 ? '' : `, ${state}`}`,
    ]),
    [
      'Charge of the account',
      hasEnded(message) && price_micro !== null ? `${decimalOf(price_micro)} USD` : 'Not final yet',
    ],
    [
      'Price of the carrier',
      cost === null ? 'The carrier has told none' : `${cost} ${carrier_cost_currency}`,
    ],
  ];
  return html`<dl class="facts">
    ${facts.map(
      ([name, value]) => html`<dt>${name}</dt>
        <dd>${value}</dd>`,
    )}
  </dl>`;
}
