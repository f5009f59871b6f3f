import { sql } from 'kysely';
import type { Db } from '../db/database.ts';
import type { EpochMs } from '../kit/utc.ts';

/**
 * The most rows that a sample reads. The index of waiting deliveries leads to them, so the cost
 * does not grow with the number of deliveries.
 */
const MAX_ROWS = 5_000;

/** A sample of the deliveries that wait in the outbox. */
export interface WaitingSample {
  /** The number of deliveries without an attempt. */
  readonly fresh: number;
  /** The number of deliveries whose attempts failed and that will be tried again. */
  readonly failing: number;
  /** The time when the oldest was made. */
  readonly oldest: EpochMs | null;
  /** The earliest due time; null: no delivery is due. */
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
