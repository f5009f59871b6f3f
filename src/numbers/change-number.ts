import type { Act } from '../audit/act.ts';
import { demandRoom } from '../db/limit.ts';
import { handOver, takeBack } from '../jobs/hand-over.ts';
import { readStep } from '../jobs/step.ts';
import { fetchTask } from '../jobs/task-store.ts';
import { orNotFound } from '../kit/api-error.ts';
import { type IncomingPhoneNumber, MAX_NUMBERS, urlGrantsAfter } from './incoming-phone-number.ts';
import {
  countNumbers,
  lockNumber,
  type NumberChanges,
  updateNumber,
} from './incoming-phone-number-store.ts';
import { NUMBER_STEPS } from './rent-number.ts';

/**
 * Changes the settings of a number. A voice application replaces a trunk, and a trunk replaces a
 * voice application.
 * @throws ApiError 404/20404
 */
export async function changeNumber(
  { app, tx, now, actor, record }: Act,
  account_sid: string,
  sid: string,
  given: Omit<NumberChanges, 'account_sid' | 'url_grants'>,
): Promise<IncomingPhoneNumber> {
  const before = orNotFound(await lockNumber(tx, app.database.engine, account_sid, sid));
  if (Object.keys(given).length === 0) return before;
  const changed = orNotFound(
    await updateNumber(tx, account_sid, sid, {
      ...given,
      ...urlGrantsAfter(before, given, actor.grant_sid),
      date_updated: now,
    }),
  );
  const detail = { ...given };
  record({ action: 'incoming_phone_number.updated', account_sid, target_sid: sid, detail });
  return changed;
}

/**
 * Gives a number with all its settings to another account of the same customer, which pays the rent
 * from then on. The caller must be allowed to write in both accounts.
 * @throws ApiError 404/20404; 400/20001 when the other account has the most numbers it may have
 */
export async function moveNumber(
  act: Act,
  { account_sid, sid }: Pick<IncomingPhoneNumber, 'account_sid' | 'sid'>,
  to: string,
): Promise<IncomingPhoneNumber> {
  const { app, tx, now, record } = act;
  await demandRoom(tx, app.database.engine, {
    account_sid: to,
    max: MAX_NUMBERS,
    rule: `AccountSid has ${MAX_NUMBERS} phone numbers already, which is as many as it may have`,
    count: () => countNumbers(tx, to),
  });
  const moved = orNotFound(
    await updateNumber(tx, account_sid, sid, { account_sid: to, date_updated: now }),
  );
  const task = await fetchTask(tx, sid);
  if (task) {
    const { date_next, root_sid } = task;
    const step = readStep(NUMBER_STEPS, task.step);
    await takeBack(act, sid);
    await handOver(act, { sid, account_sid: to, root_sid, kind: 'number' }, { step, date_next });
  }
  const detail = { from: account_sid, to };
  for (const one of [account_sid, to]) {
    record({ action: 'incoming_phone_number.moved', account_sid: one, target_sid: sid, detail });
  }
  return moved;
}
