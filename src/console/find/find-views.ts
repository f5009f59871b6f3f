import { html } from 'hono/html';
import { type Html, isolated } from '../../http/pages/page.ts';
import { rows } from '../parts/console-views.ts';
import type { Hits } from './find-things.ts';

/** The page of a search. */

const ADVICE = html`<p class="muted">
  Search for a whole SID, a phone number in any form, an e-mail address, or a part of a name. The
  lists of messages and calls have filters of their own.
</p>`;

export function findBody(text: string, found: readonly Hits[]): Html {
  if (text === '') return ADVICE;
  if (found.length === 0) {
    return html`<p>Nothing that you may see is called “${isolated(text)}”.</p>
      ${ADVICE}`;
  }
  return html`${found.map(
    ({ kind, hits, has_more }) =>
      html`<section>
        <h2>${kind}</h2>
        ${rows(
          kind,
          hits.map(({ name, href, account }) => ({
            name: html`<a href="${href}">${isolated(name)}</a>`,
            about: account === null ? '' : html`<p class="muted">In ${isolated(account)}</p>`,
          })),
        )}
        ${has_more ? html`<p class="muted">There are more. Search for more of the name.</p>` : null}
      </section>`,
  )}`;
}
