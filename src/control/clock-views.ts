import { html } from 'hono/html';
import type { DatedLater } from '../db/dated-store.ts';
import type { Html, PersonCall } from '../http/pages/page.ts';
import { lengthText } from '../kit/clock.ts';
import { type EpochMs, iso8601 } from '../kit/utc.ts';
import { CLOCK_PAGE } from '../pages/navigation.ts';
import { actionForm, field, formToken, moment, table } from '../pages/widgets.ts';

export interface ShownClock {
  readonly real: EpochMs;
  /** Rows that are dated later than real time. */
  readonly later: readonly DatedLater[];
  readonly may_move: boolean;
}

export function clockBody(call: PersonCall, shown: ShownClock): Html {
  const { clock } = call.app;
  return html`<p>
      Dates, usage, triggers, retries and the simulated carrier go by this clock, for all accounts of
      this development server. Signing in goes by real time.
    </p>
    <section class="panel">
      <dl class="facts">
        <dt>Here it is</dt>
        <dd>${moment(clock.now())}</dd>
        <dt>Real time</dt>
        <dd>${moment(shown.real)}</dd>
        <dt>Ahead</dt>
        <dd>${clock.isMoved ? lengthText(clock.ahead_ms) : 'The clock goes by real time.'}</dd>
      </dl>
    </section>
    ${shown.may_move ? moves(call, shown) : ELSEWHERE}`;
}

const ELSEWHERE = html`<p class="notice info">
  A browser on this server's machine or an operator can move the clock.
</p>`;

function moves(call: PersonCall, shown: ShownClock): Html {
  const now = iso8601(call.app.clock.now());
  return html`<section>
      <h2>New time</h2>
      ${mover(call, { name: 'advance', label: 'By', value: '1d', help: 'For example 1d, 2h, 30m, 15s or 500ms.' })}
      ${mover(call, { name: 'set', label: 'To', value: now, help: 'A date and time with a time zone.' })}
    </section>
    ${call.app.clock.isMoved ? stepBack(call, shown) : null}`;
}

function mover(
  call: PersonCall,
  spec: {
    readonly name: string;
    readonly label: string;
    readonly value: string;
    readonly help: string;
  },
): Html {
  return html`<form method="post" action="${CLOCK_PAGE}">
    ${formToken(call)}
    ${field(call, { ...spec, required: true, maxlength: 40, autocomplete: 'off' })}
    <div class="buttons">
      <button type="submit" class="secondary">Move ${spec.label.toLowerCase()} this</button>
    </div>
  </form>`;
}

function stepBack(call: PersonCall, { later }: ShownClock): Html {
  return html`<section>
    <h2>Return to real time</h2>
    ${
      later.length === 0
        ? html`<p>Nothing is dated later than real time, so the clock can return to real time.</p>
            ${actionForm(call, CLOCK_PAGE, 'Put it back', { tone: 'primary', hidden: { in_step: 'yes' } })}`
        : html`<p>
              The clock cannot return while these rows have a later date than real time. A reset makes
              a fresh world: <code>POST /_tieline/reset</code>.
            </p>
            ${table(
              ['Table', 'Rows', 'The latest'],
              later.map(({ table: name, rows, latest }) => [
                html`<code>${name}</code>`,
                rows.toLocaleString('en'),
                moment(latest),
              ]),
              'Rows with a later date than real time',
            )}`
    }
  </section>`;
}
