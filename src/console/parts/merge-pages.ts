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
  const backwards = from?.direction === 'before';
  const reached = pages.flatMap(({ searched_to }) => searched_to ?? []).toSorted(newestFirst);
  // Rows behind the place where a search of another list stopped may have rows before them.
  const searched_to = backwards ? reached.at(-1) : reached[0];
  const isKnown = (row: Position) =>
    !searched_to || newestFirst(row, searched_to) * (backwards ? -1 : 1) <= 0;
  const all = pages.flatMap(({ rows }) => rows).toSorted(newestFirst);
  const known = all.filter(isKnown);
  const start = from ? 0 : page * page_size;
  const rows = backwards ? known.slice(-page_size) : known.slice(start, start + page_size);
  const isFull = rows.length === page_size && start + rows.length < known.length;
  const rest = searched_to && !isFull ? { searched_to } : {};
  if (backwards) {
    const has_previous = rows.length < all.length || pages.some((one) => one.has_previous);
    return { rows, has_next: true, has_previous, ...rest };
  }
  const has_next = start + rows.length < all.length || pages.some((one) => one.has_next);
  return { rows, has_next, has_previous: from !== null || page > 0, ...rest };
}

function newestFirst(one: Position, other: Position): number {
  if (one.date_created !== other.date_created) return other.date_created - one.date_created;
  return one.sid < other.sid ? 1 : -1;
}
