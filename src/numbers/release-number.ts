import type { Act } from '../audit/act.ts';
import { takeBack } from '../jobs/hand-over.ts';
import { orNotFound } from '../kit/api-error.ts';
import { deleteNumber, deleteNumbersOf } from './incoming-phone-number-store.ts';
import { quarantineNumbers } from './stock-number-store.ts';

/**
 * Releases a number. No more rent is due. Any account can buy the number: one of the stock after its
 * quarantine, a simulated one at once. The charged month stays charged.
 * @throws ApiError 404/20404
 */
export async function releaseNumber(act: Act, account_sid: string, sid: string): Promise<void> {
  await quarantineNumbers(act.tx, { account_sid, sid }, act.now);
  orNotFound(await deleteNumber(act.tx, account_sid, sid));
  await takeBack(act, sid);
  act.record({ action: 'incoming_phone_number.deleted', account_sid, target_sid: sid });
}

/** Releases all numbers of an account that is closed. @returns their number */
export async function releaseNumbersOf(act: Act, account_sid: string): Promise<number> {
  await quarantineNumbers(act.tx, { account_sid }, act.now);
  const sids = await deleteNumbersOf(act.tx, account_sid);
  for (const sid of sids) await takeBack(act, sid);
  return sids.length;
}
