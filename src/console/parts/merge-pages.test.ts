import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Page, PageRequest, Position } from '../../db/keyset.ts';
import { mergePages } from './merge-pages.ts';

const isAfter = (one: Position, other: Position) =>
  one.date_created < other.date_created ||
  (one.date_created === other.date_created && one.sid < other.sid);

/** A list as a store answers it: newest first, forward or back from a position. */
function listOf(rows: readonly Position[]) {
  const sorted = rows.toSorted((one, other) => (isAfter(one, other) ? 1 : -1));
  return async ({ page, page_size, from }: PageRequest): Promise<Page<Position>> => {
    if (from?.direction === 'before') {
      const newer = sorted.filter((row) => isAfter(from.position, row));
      const shown = newer.slice(-page_size);
      return { rows: shown, has_next: true, has_previous: shown.length < newer.length };
    }
    const rest = from ? sorted.filter((row) => isAfter(row, from.position)) : sorted;
    const start = from ? 0 : page * page_size;
    const shown = rest.slice(start, start + page_size);
    const has_next = start + shown.length < rest.length;
    return { rows: shown, has_next, has_previous: from !== null || page > 0 };
  };
}

test('pages over several lists equal the pages of one list that holds all rows', async () => {
  const row = fc.record({ date_created: fc.nat(5), list: fc.nat(3) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 30 }),
      fc.integer({ min: 1, max: 7 }),
      async (drawn, page_size) => {
        const rows = drawn.map((one, at) => ({ ...one, sid: `SM${String(at).padStart(3, '0')}` }));
        const lists = [0, 1, 2, 3].map((list) => listOf(rows.filter((one) => one.list === list)));
        const whole = listOf(rows);
        const positions = rows.flatMap((position) => [
          { direction: 'after', position } as const,
          { direction: 'before', position } as const,
        ]);
        const requests: PageRequest[] = [
          ...[0, 1, 2].map((page) => ({ page, page_size, from: null })),
          ...positions.map((from) => ({ page: 1, page_size, from })),
        ];
        for (const request of requests) {
          assert.deepEqual(await mergePages(request, lists), await whole(request));
        }
      },
    ),
    { numRuns: 60 },
  );
});
