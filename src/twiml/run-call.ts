import { type Outcome } from '../carriers/line-act.ts';
import { type Cursor, isLineAct } from './acts.ts';
import type { CallRun, CallState } from './call-run.ts';
import { Course } from './course.ts';
import { foresee } from './foresee.ts';
import { advance } from './next-act.ts';
import type { Verb } from './twiml.ts';

/**
 * Runs the verbs of a call that no wire carries until the call ends or needs something from
 * outside. The outcome of each act on the line is foreseen, so no time passes meanwhile. The result
 * depends on the input only. It never throws, and always ends within the time of the call. The new
 * state includes the seconds that passed.
 * @param from the index of the first verb to run: 0 for a new document, later `next.position`
 */
export function runCall(verbs: readonly Verb[], from: number, state: CallState): CallRun {
  const course = new Course(state);
  let at: { cursor: Cursor; outcome: Outcome | null } = {
    cursor: { verb: from, waiting: null },
    outcome: null,
  };
  for (;;) {
    const { act, cursor } = advance(course, verbs, at);
    if (!isLineAct(act)) return { events: course.log.entries(), state: course.state, next: act };
    const { outcome, inputs } = foresee(act, course.state);
    course.leaveInputs(inputs);
    at = { cursor, outcome };
  }
}
