import { html } from 'hono/html';
import type { Page, PageRequest, Position } from '../db/keyset.ts';
import type { Html } from '../http/pages/page.ts';
import type { Form } from '../http/parameters/form.ts';
import { pageLinks, readPaging } from '../http/parameters/paging.ts';
import { moment } from './widgets.ts';

/** The default number of a list's rows on one page of the console. */
const PAGE_ROWS = 25;
const MAX_PAGE_ROWS = 100;

/**
 * Reads the paging parameters of a page's address. They are those of the API's lists.
 * @throws ApiError 400 for a wrong parameter.
 */
export function readPage(query: Form, rows = PAGE_ROWS): PageRequest {
  const request = readPaging(query);
  const page_size = query.has('PageSize') ? Math.min(request.page_size, MAX_PAGE_ROWS) : rows;
  return { ...request, page_size };
}

/** The links to newer and older rows; null when one page has all rows. */
export function pager(
  path: string,
  query: Form,
  request: PageRequest,
  result: Page<Position>,
): Html | null {
  const { next, previous } = pageLinks(query, request, result, 'page-first');
  if (next === null && previous === null) return null;
  const { searched_to } = result;
  const end = request.from?.direction === 'before' ? '“Newer”' : '“Older”';
  return html`${
    searched_to &&
    html`<p class="muted">
      Searched as far as ${moment(searched_to.date_created)}. ${end} searches further.
    </p>`
  }
  <nav class="pager" aria-label="Pages">
    ${previous === null ? html`<span></span>` : html`<a href="${path}?${previous}" rel="prev">← Newer</a>`}
    ${next === null ? html`<span></span>` : html`<a href="${path}?${next}" rel="next">Older →</a>`}
  </nav>`;
}
