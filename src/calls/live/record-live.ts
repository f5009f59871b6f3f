import { laneOf } from '../../access/main-accounts.ts';
import type { App } from '../../app.ts';
import { type Act, act } from '../../audit/act.ts';
import { systemFor } from '../../jobs/do-task.ts';
import { type Call, isLive } from '../call.ts';
import { findCallLocked, lockTask } from '../call-store.ts';
import { fetchLeg } from './leg-store.ts';

/**
 * Records what happened on a leg, in one deed. Everything that follows belongs to the app whose URL
 * controls the call.
 * @param owner the process that must own the leg
 * @returns whether it was recorded; false: the call has ended, or the leg is another process's
 */
export async function recordLive(
  app: App,
  { sid, account_sid }: Pick<Call, 'sid' | 'account_sid'>,
  owner: string,
  deed: (act: Act, call: Call) => Promise<void>,
): Promise<boolean> {
  let held: Call | null = null;
  const { engine } = app.database;
  return act(
    app,
    async (tx) => {
      // The same order of locks as in `change-call.ts`.
      await lockTask(tx, engine, sid);
      const call = await findCallLocked(tx, engine, sid);
      const leg = await fetchLeg(tx, sid);
      held = call && isLive(call) && leg?.owner === owner ? call : null;
      return systemFor(held?.url_by_grant ?? null);
    },
    async (doing) => {
      if (held === null) return false;
      await deed(doing, held);
      return true;
    },
    { lane: await laneOf(app, account_sid) },
  );
}
