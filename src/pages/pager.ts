import { html } from 'hono/html';
import type { Page, PageRequest, Position } from '../db/keyset.ts';
import type { Html } from '../http/pages/page.ts';
import type { Form } from '../http/parameters/form.ts';
import { pageLinks, readPaging } from '../http/parameters/paging.ts';

/** Rows of a list on one page of the console, where the list does not say otherwise. */
const PAGE_ROWS = 25;
const MAX_PAGE_ROWS = 100;

/**
 * Which rows a page's address asks for: the parameters of the API's lists.
 * @throws ApiError 400 for one that is broken.
 */
export function readPage(query: Form, rows = PAGE_ROWS): PageRequest {
  const request = readPaging(query);
  const page_size = query.has('PageSize') ? Math.min(request.page_size, MAX_PAGE_ROWS) : rows;
  return { ...request, page_size };
}

/** The ways to the newer and the older rows; null where one page holds them all. */
export function pager(
  path: string,
  query: Form,
  request: PageRequest,
  result: Page<Position>,
): Html | null {
  const { next, previous } = pageLinks(query, request, result, 'page-first');
  if (next === null && previous === null) return null;
  return html`<nav class="pager" aria-label="Pages">
    ${previous === null ? html`<span></span>` : html`<a href="${path}?${previous}" rel="prev">← Newer</a>`}
    ${next === null ? html`<span></span>` : html`<a href="${path}?${next}" rel="next">Older →</a>`}
  </nav>`;
}
