import { type RawBuilder, type Selectable, sql } from 'kysely';
import type { Db, Engine, Tx } from './database.ts';
import type { EpochMs } from './tables/columns.ts';
import type { Tables } from './tables/tables.ts';

/** The time after its last sign of life for which a killed process still counts as alive. */
export const COUNTED_MS = 15_000;

type Row = Selectable<Tables['processes']>;

/** A process that may write to this database. */
export interface LiveProcess extends Pick<Row, 'id' | 'host' | 'pid'> {
  /** The names of the keys that it holds, the newest first. */
  readonly key_ids: readonly string[];
  /** The time since its last sign of life. */
  readonly seen_ms_ago: number;
}

export type Sign = Pick<LiveProcess, 'id' | 'host' | 'pid' | 'key_ids'>;

/** The database's time, the same for all its processes. For a file it is the machine's time. */
const NOW: Record<Engine, RawBuilder<EpochMs>> = {
  postgres: sql<EpochMs>`(extract(epoch from clock_timestamp()) * 1000)::bigint`,
  sqlite: sql<EpochMs>`cast(unixepoch('subsec') * 1000 as integer)`,
};

/** Writes a process's sign of life, and deletes processes that no longer count as alive. */
export async function writeSign(tx: Tx, engine: Engine, sign: Sign): Promise<void> {
  const { id, host, pid } = sign;
  const date_seen = NOW[engine];
  const key_ids = JSON.stringify(sign.key_ids);
  await tx
    .insertInto('processes')
    .values({ id, host, pid, key_ids, date_seen })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ date_seen }))
    .execute();
  await tx
    .deleteFrom('processes')
    .where('date_seen', '<=', sql<EpochMs>`${NOW[engine]} - ${COUNTED_MS}`)
    .where('id', '!=', id)
    .execute();
}

/** Deletes a process that has ended. */
export async function deleteProcess(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('processes').where('id', '=', id).execute();
}

/** Deletes all processes. The lock of a folder guarantees that no other process runs on it. */
export async function deleteProcesses(tx: Tx): Promise<void> {
  await tx.deleteFrom('processes').execute();
}

/**
 * The processes that count as alive. A process on a file writes only its first and its last sign,
 * because no other process can run beside it.
 */
export async function listLiveProcesses(db: Db, engine: Engine): Promise<LiveProcess[]> {
  const rows = await db
    .selectFrom('processes')
    .select(['id', 'host', 'pid', 'key_ids', 'date_seen', NOW[engine].as('now')])
    .orderBy('host')
    .orderBy('pid')
    .execute();
  return rows
    .map(({ id, host, pid, key_ids, date_seen, now }) => ({
      id,
      host,
      pid,
      key_ids: JSON.parse(key_ids) as string[],
      seen_ms_ago: Math.max(0, now - date_seen),
    }))
    .filter(({ seen_ms_ago }) => engine === 'sqlite' || seen_ms_ago < COUNTED_MS);
}
