import type { Tx } from '../db/database.ts';
import type { Micro } from '../kit/money.ts';

/** Writes the most that the app of a grant may spend in a month; null for no limit. */
export async function setMonthlyLimit(
  tx: Tx,
  grant_sid: string,
  monthly_limit_micro: Micro | null,
): Promise<void> {
  await tx
    .updateTable('grants')
    .set({ monthly_limit_micro })
    .where('sid', '=', grant_sid)
    .execute();
}
