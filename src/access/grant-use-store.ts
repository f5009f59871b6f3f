import type { Tx } from '../db/database.ts';
import type { EpochMs } from '../kit/utc.ts';

/** Notes the use of a grant. A grant that no longer exists gets no row. */
export async function upsertGrantUse(
  tx: Tx,
  grant_sid: string,
  date_last_used: EpochMs,
): Promise<void> {
  await tx
    .insertInto('grant_uses')
    .columns(['grant_sid', 'root_sid', 'date_last_used'])
    .expression(
      tx
        .selectFrom('grants')
        .select((build) => ['sid', 'root_sid', build.val(date_last_used).as('date_last_used')])
        .where('sid', '=', grant_sid),
    )
    .onConflict((conflict) =>
      conflict.columns(['grant_sid', 'root_sid']).doUpdateSet({ date_last_used }),
    )
    .execute();
}
