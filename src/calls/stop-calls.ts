import type { Act } from '../audit/act.ts';
import { isLive } from './call.ts';
import { optionsOf } from './call-options.ts';
import { fetchLiveCalls, findCallLocked, updateCallRow } from './call-store.ts';
import { hangUp } from './end-call.ts';

/** The number of stopped calls. */
export interface StoppedCalls {
  readonly ended: number;
  /** Calls of others that go on. The app gets no more callbacks about them. */
  readonly muted: number;
}

/**
 * Ends the calls that an app has made or that its URLs control, when its grant ends. No callback
 * reports their end.
 */
export async function stopCallsOfGrant(
  act: Act,
  account_sid: string,
  grant_sid: string,
): Promise<StoppedCalls> {
  const stopped = { ended: 0, muted: 0 };
  for (const { sid } of await fetchLiveCalls(act.tx, account_sid)) {
    const call = await findCallLocked(act.tx, act.app.database.engine, sid);
    // A call that another one dialled has ended with it.
    if (!call || !isLive(call)) continue;
    const isTold = optionsOf(call).callback_by_grant === grant_sid;
    const now = isTold ? await updateCallRow(act.tx, call, { status_callback: null }) : call;
    if (call.created_by_grant === grant_sid || call.url_by_grant === grant_sid) {
      await hangUp(act, now);
      stopped.ended += 1;
    } else if (isTold) stopped.muted += 1;
  }
  return stopped;
}

/** Ends all calls of an account before it is closed. @returns their number. */
export async function endCallsOfAccount(act: Act, account_sid: string): Promise<number> {
  let ended = 0;
  for (const { sid } of await fetchLiveCalls(act.tx, account_sid)) {
    const call = await findCallLocked(act.tx, act.app.database.engine, sid);
    if (!call || !isLive(call)) continue;
    await hangUp(act, call);
    ended += 1;
  }
  return ended;
}
