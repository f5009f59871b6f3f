import type { Call } from '../call.ts';
import { optionsOf } from '../call-options.ts';
import type { LiveStep } from '../call-step.ts';
import { fetchCall } from '../call-store.ts';
import {
  type CallAct,
  type CallTask,
  type NextCallStep,
  recordStep,
  WATCH_MS,
} from '../call-task.ts';
import { endCall } from '../end-call.ts';
import { type Begun, beginLive, findWire } from './begin-live.ts';
import { fetchLeg } from './leg-store.ts';
import { legsOf } from './own-legs.ts';

/**
 * Dials a call over the wire that its carrier has.
 * @returns whether the call has a wire; false: it is simulated
 */
export async function startLive(doing: CallTask): Promise<boolean> {
  const { app, task } = doing;
  const { db } = app.database;
  const call = await fetchCall(db, task.account_sid, task.sid);
  const wire = call && (await findWire(app, db, call));
  if (!wire) return false;
  const legs = legsOf(app);
  await legs.giveSign();
  const made: { begun: Begun | null } = { begun: null };
  const isRecorded = await recordStep(doing, async (act, calling) => {
    made.begun = await beginLive(act, calling, wire);
    return made.begun?.next ?? null;
  });
  if (!isRecorded || !made.begun) return true;
  const { time_limit: max_seconds } = optionsOf(call);
  const { carrier, way } = wire;
  const { paid_seconds } = made.begun;
  legs.dial(carrier, { call, max_seconds, way, paid_seconds, dialler: null });
  return true;
}

/**
 * Checks a call on a wire after a long time. A call without a leg ends: a backup has calls, and not
 * the legs of the server that it was made from.
 */
export async function watchLive(act: CallAct, call: Call, step: LiveStep): Promise<NextCallStep> {
  if (await fetchLeg(act.tx, call.sid)) return { step, date_next: act.now + WATCH_MS };
  const status = step.answered_at === null ? 'failed' : 'completed';
  const message = 'No server has this call on its line, so it has ended.';
  const entries = [{ kind: 'note', detail: { message } }] as const;
  await endCall(act, call, { status, seconds: 0, entries });
  return null;
}
