import type { Act } from '../audit/act.ts';
import { type Call, isLive } from './call.ts';
import { optionsOf } from './call-options.ts';
import { fetchChildren, findCallLocked } from './call-store.ts';
import type { CallAct } from './call-task.ts';
import { endCall, hangUp } from './end-call.ts';

/**
 * The legs of one `Dial`. The first answer ends the ringing of the other legs. The ringing times
 * decide which answer is first, not the order of the calls and not the order in which workers reach
 * them.
 */

/** Whether another leg of the same `Dial` is about to answer. */
export async function othersAnswer(act: CallAct, leg: Call): Promise<boolean> {
  const others = await othersOf(act, leg);
  return others !== null && others.some((other) => isAnswering(act, other));
}

function isAnswering({ carrier }: CallAct, leg: Call): boolean {
  return !optionsOf(leg).is_given_up && carrier.ring(leg.to).outcome === 'answered';
}

/**
 * Ends the ringing of all other legs of the same `Dial` when one answers.
 * @returns false when another leg answered before.
 */
export async function endOthers(act: CallAct, leg: Call, due: number): Promise<boolean> {
  const others = await othersOf(act, leg);
  if (others === null || others.some(({ status }) => status === 'in-progress')) return false;
  for (const other of others) {
    // A busy line is known before any answer.
    const isBusy = act.carrier.ring(other.to).outcome === 'busy' && !optionsOf(other).is_given_up;
    if (isBusy) await endCall(act, other, { status: 'busy', seconds: 0 }, due);
    else await hangUp(act, other);
  }
  return true;
}

/**
 * Ends the ringing of all other legs of the same `Dial` when the far end of one on a wire has answered.
 * @returns false when another leg answered before
 */
export async function endOtherLegs(act: Act, leg: Call): Promise<boolean> {
  const others = await othersOf(act, leg);
  if (others === null || others.some(({ status }) => status === 'in-progress')) return false;
  for (const other of others) await hangUp(act, other);
  return true;
}

/**
 * The other legs of the same `Dial`. The dialling call is locked, so that two simultaneous answers
 * take turns. @returns null when the dialling call does not exist.
 */
async function othersOf({ app, tx }: Act, leg: Call): Promise<Call[] | null> {
  if (leg.parent_call_sid === null) return null;
  const parent = await findCallLocked(tx, app.database.engine, leg.parent_call_sid);
  if (!parent) return null;
  const legs = await fetchChildren(tx, parent.account_sid, parent.sid);
  return legs.filter((one) => one.sid !== leg.sid && isLive(one) && !optionsOf(one).is_detached);
}
