import { html } from 'hono/html';
import type { Html } from '../../http/pages/page.ts';
import { counted } from './console-views.ts';

/** One thing that somebody should see to, with the one thing to do about it. */
export interface Attention {
  readonly tone: 'bad' | 'warn' | 'ask';
  /** The fact, in one sentence without a full stop. */
  readonly title: Html | string;
  /** The consequences: what stops, and what goes on. */
  readonly text: Html | string;
  readonly href: string;
  /** The text of the link, a verb with its object. */
  readonly label: string;
}

const ORDER = { bad: 0, warn: 1, ask: 2 } as const;

/** The worst things first. */
function byUrgency(things: readonly Attention[]): Attention[] {
  return things.toSorted((one, other) => ORDER[one.tone] - ORDER[other.tone]);
}

const MARKS = { bad: '!', warn: '!', ask: '?' } as const;
/** The most things that the panel shows. */
const MAX_SHOWN = 6;

/** The panel of the things that need attention. Without any, one line says so. */
export function attentionPanel(things: readonly Attention[]): Html {
  if (things.length === 0) {
    return html`<p class="quiet-line">
      <span class="mark good" aria-hidden="true">✓</span> Nothing needs you.
    </p>`;
  }
  const shown = byUrgency(things).slice(0, MAX_SHOWN);
  const more = things.length - shown.length;
  return html`<section class="panel flush" aria-labelledby="needs">
    <div class="panel-head">
      <h2 id="needs">Needs attention</h2>
      <span class="muted small">${counted(things.length, 'thing')}</span>
    </div>
    <ul class="rows plain-rows">
      ${shown.map(
        ({ tone, title, text, href, label }) =>
          html`<li>
            <span class="mark ${tone}" aria-hidden="true">${MARKS[tone]}</span>
            <div class="about">
              <h3>${title}</h3>
              <p>${text}</p>
            </div>
            <a class="button secondary" href="${href}">${label}</a>
          </li>`,
      )}
    </ul>
    ${more === 0 ? null : html`<p class="panel-foot muted small">${more} more.</p>`}
  </section>`;
}
