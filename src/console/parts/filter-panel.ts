import { html } from 'hono/html';
import type { Html } from '../../http/pages/page.ts';
import { emptyState } from '../../pages/widgets.ts';

/** The filter of a list. */
interface Filter {
  /** The path of the list. */
  readonly own: string;
  /** Whether the list is filtered. The panel of a filtered list is open. */
  readonly is_on: boolean;
  readonly fields: Html;
  /** The text that opens the panel, and the text of its button. */
  readonly summary?: Html | string;
  readonly submit?: string;
}

/** The form above a list that filters it. */
export function filterPanel({ own, is_on, fields, summary, submit = 'Filter' }: Filter): Html {
  const tag = is_on ? html` <span class="tag">on</span>` : null;
  return html`<details class="filter" ${is_on ? html`open` : null}>
    <summary>${summary ?? html`Filter${tag}`}</summary>
    <form method="get" action="${own}">
      <div class="fields">${fields}</div>
      <div class="buttons">
        <button type="submit" class="secondary">${submit}</button>
        ${showEverything(own)}
      </div>
    </form>
  </details>`;
}

/** The replacement for a list whose filter leaves nothing of it. */
export function nothingMatches(own: string, advice: string): Html {
  return emptyState('Nothing matches', advice, showEverything(own));
}

export function showEverything(own: string): Html {
  return html`<a href="${own}">Show everything</a>`;
}
