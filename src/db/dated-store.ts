import { sql } from 'kysely';
import type { Db } from './database.ts';
import { WORLD_TABLES } from './tables/all-tables.ts';
import type { EpochMs } from './tables/columns.ts';
import type { Tables } from './tables/tables.ts';

/** Columns of moments in the past. Columns such as `date_next` may lie in the future. */
const HAPPENED = /^date_(?!next$|expires$)/;

/** Sign-ins go by real time. Only their audit events carry the product's time. */
const SIGN_INS = ['session.started', 'sessions.ended'];

/** The rows of a table that are dated later than a moment. */
export interface DatedLater {
  readonly table: keyof Tables;
  readonly rows: number;
  readonly latest: EpochMs;
}

/**
 * The rows that are dated later than a moment, by table, the latest first. Due dates do not count.
 */
export async function fetchDatedLater(db: Db, moment: EpochMs): Promise<DatedLater[]> {
  const known = await db.introspection.getTables();
  const found: DatedLater[] = [];
  for (const table of WORLD_TABLES) {
    const columns = known.find(({ name }) => name === table)?.columns ?? [];
    const dates = columns.map(({ name }) => name).filter((name) => HAPPENED.test(name));
    if (dates.length === 0) continue;
    const later = await fetchOf(db, table, dates, moment);
    if (later.rows > 0) found.push(later);
  }
  return found.toSorted((one, other) => other.latest - one.latest);
}

async function fetchOf(
  db: Db,
  table: keyof Tables,
  dates: readonly string[],
  moment: EpochMs,
): Promise<DatedLater> {
  const later = dates.map((name) => sql<boolean>`${sql.ref(name)} > ${moment}`);
  const isLater = sql.join(later, sql` or `);
  const counts =
    table === 'audit_events'
      ? sql`action not in (${sql.join(SIGN_INS)}) and (${isLater})`
      : isLater;
  const latest = dates.map((name, index) => sql`max(${sql.ref(name)}) as ${sql.ref(`m${index}`)}`);
  const { rows } = await sql<Record<string, number | null>>`
    select count(*) as n, ${sql.join(latest)} from ${sql.table(table)} where ${counts}
  `.execute(db);
  const { n = 0, ...moments } = rows[0] ?? {};
  const known = Object.values(moments).map(Number);
  return { table, rows: Number(n), latest: Math.max(...known) };
}
