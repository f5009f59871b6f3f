import { sql } from 'kysely';
import type { Db } from '../db/database.ts';
import type { EpochMs } from '../kit/utc.ts';

/**
 * Rows that are looked at. The index of what waits leads to them, so that this costs the same
 * however many wait and however many have ended.
 */
const MAX_ROWS = 5_000;

/** What waits in the outbox. */
export interface WaitingSample {
  /** Never tried so far. */
  readonly fresh: number;
  /** Tried in vain, and to be tried again. */
  readonly failing: number;
  /** When the oldest was made. */
  readonly oldest: EpochMs | null;
  /** Since when the one that is due for longest has been; null: none is. */
  readonly due: EpochMs | null;
}

export async function sampleWaiting(db: Db, now: EpochMs): Promise<WaitingSample> {
  const { rows } = await sql<WaitingSample>`
    select
      cast(coalesce(sum(case when attempts <= 1 and (state = 'leased' or attempts = 0) then 1 else 0 end), 0) as integer) as fresh,
      cast(coalesce(sum(case when attempts > 1 or (state <> 'leased' and attempts = 1) then 1 else 0 end), 0) as integer) as failing,
      min(date_created) as oldest,
      min(case when state <> 'leased' and date_next <= ${now} then date_next end) as due
    from (
      select attempts, state, date_created, date_next from deliveries
      where date_next is not null limit ${MAX_ROWS}
    ) as waiting`.execute(db);
  return rows[0] ?? { fresh: 0, failing: 0, oldest: null, due: null };
}
