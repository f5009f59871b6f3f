import type { Page, PageRequest, Position } from '../../db/keyset.ts';

/**
 * One page of the rows of several lists. Each list has its own index and gives no more rows than
 * the page shows, so the query reads no further rows.
 */
export async function mergePages<Row extends Position>(
  request: PageRequest,
  lists: readonly ((request: PageRequest) => Promise<Page<Row>>)[],
): Promise<Page<Row>> {
  const { from, page, page_size } = request;
  const of = from ? request : { page: 0, page_size: (page + 1) * page_size, from };
  const pages = await Promise.all(lists.map((list) => list(of)));
  const all = pages.flatMap(({ rows }) => rows).toSorted(newestFirst);
  if (from?.direction === 'before') {
    const rows = all.slice(-page_size);
    const has_previous = rows.length < all.length || pages.some((one) => one.has_previous);
    return { rows, has_next: true, has_previous };
  }
  const start = from ? 0 : page * page_size;
  const rows = all.slice(start, start + page_size);
  const has_next = start + rows.length < all.length || pages.some((one) => one.has_next);
  return { rows, has_next, has_previous: from !== null || page > 0 };
}

function newestFirst(one: Position, other: Position): number {
  if (one.date_created !== other.date_created) return other.date_created - one.date_created;
  return one.sid < other.sid ? 1 : -1;
}
