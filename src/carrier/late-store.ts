import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { EpochMs } from '../kit/utc.ts';

/**
 * Rows whose date is later than their creation by more than this are in an index of their own,
 * which therefore stays small. `db/migrations/0025-indexes-for-filters.ts` has the number too.
 */
const LATE = sql.lit(86_400_000);

/** A span of time. It includes `from` and excludes `until`. */
interface Span {
  readonly from: EpochMs;
  readonly until: EpochMs;
}

/** A list of an account in the order of creation, and another date of its rows. */
interface DatedList {
  readonly table: 'messages' | 'calls';
  readonly account_sid: string;
  readonly column: 'date_sent' | 'start_time' | 'end_time';
}

/**
 * The condition that a date of a row is within a span. It also bounds the creation of the row, as
 * the list goes by that: nothing is sent, begins or ends before it is made, and nothing of the
 * account happened later after its creation than the latest row.
 * @returns null for a span without bounds
 */
export function within(
  { table, account_sid, column }: DatedList,
  { from, until }: Span,
): RawBuilder<SqlBool> | null {
  const date = sql.ref(column);
  const lateness = sql`${date} - date_created`;
  const parts: RawBuilder<SqlBool>[] = [];
  if (from > 0) {
    const latest = sql`select max(${lateness}) from ${sql.table(table)}
      where account_sid = ${account_sid} and ${lateness} > ${LATE}`;
    parts.push(sql<SqlBool>`${date} >= ${from}
      and date_created >= ${from} - coalesce((${latest}), ${LATE})`);
  }
  if (until < Number.MAX_SAFE_INTEGER) {
    parts.push(sql<SqlBool>`${date} < ${until} and date_created < ${until}`);
  }
  return parts.length === 0 ? null : sql<SqlBool>`${sql.join(parts, sql` and `)}`;
}
