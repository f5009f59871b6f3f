import { type Call, isLive } from './call.ts';
import { optionsOf } from './call-options.ts';
import { fetchChildren, findCallLocked } from './call-store.ts';
import type { CallAct } from './call-task.ts';
import { endCall, hangUp } from './end-call.ts';

/**
 * The legs of one `Dial`: who answers first ends the ringing of the others. That goes by how long
 * each of them rings, whatever the order in which they are called, and not by which of them is
 * carried on first.
 */

/** Whether somebody else whom the same `Dial` calls is about to answer. */
export async function othersAnswer(act: CallAct, leg: Call): Promise<boolean> {
  const others = await othersOf(act, leg);
  return others !== null && others.some((other) => isAnswering(act, other));
}

function isAnswering({ carrier }: CallAct, leg: Call): boolean {
  return !optionsOf(leg).is_given_up && carrier.ring(leg.to).outcome === 'answered';
}

/**
 * Ends the ringing of everybody else whom the same `Dial` calls, as somebody answers.
 * @returns false when another one has answered before.
 */
export async function endOthers(act: CallAct, leg: Call, due: number): Promise<boolean> {
  const others = await othersOf(act, leg);
  if (others === null || others.some(({ status }) => status === 'in-progress')) return false;
  for (const other of others) {
    // That a line is busy is known before anybody answers.
    const isBusy = act.carrier.ring(other.to).outcome === 'busy' && !optionsOf(other).is_given_up;
    if (isBusy) await endCall(act, other, { status: 'busy', seconds: 0 }, due);
    else await hangUp(act, other);
  }
  return true;
}

/**
 * The other legs that the same `Dial` is calling. The call that dials is held, so that two who
 * answer at once do so in turn. @returns null when that is not there.
 */
async function othersOf({ app, tx }: CallAct, leg: Call): Promise<Call[] | null> {
  if (leg.parent_call_sid === null) return null;
  const parent = await findCallLocked(tx, app.database.engine, leg.parent_call_sid);
  if (!parent) return null;
  const legs = await fetchChildren(tx, parent.account_sid, parent.sid);
  return legs.filter((one) => one.sid !== leg.sid && isLive(one) && !optionsOf(one).is_detached);
}
