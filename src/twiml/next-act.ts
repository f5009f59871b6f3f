import type { Outcome } from '../carriers/line-act.ts';
import type { Advance, CallAct, Cursor, LineAct } from './acts.ts';
import { isLineAct } from './acts.ts';
import {
  type CallEnd,
  type CallMessage,
  type CallNext,
  type CallState,
  TIME_IS_UP,
} from './call-run.ts';
import { Course } from './course.ts';
import { dial } from './dial.ts';
import { gather, gathered } from './gather.ts';
import { readReply } from './read-reply.ts';
import { record, recorded } from './record.ts';
import { speak, spoken } from './speak.ts';
import { INVALID_URL, type Verb } from './twiml.ts';
import { isRun, VOICE_VERBS, type VoiceVerb } from './verbs.ts';

/** Begins one verb. @returns its act; null when the next verb follows */
type Runner = (course: Course, verb: Verb, position: number) => CallAct | null;

/** A function for each verb that the list marks as run. */
const RUNNERS: Readonly<Partial<Record<VoiceVerb, Runner>>> = {
  Say: speak,
  Play: speak,
  Pause: speak,
  Gather: gather,
  Record: record,
  Dial: dial,
  Hangup: hangUp,
  Reject: reject,
  Redirect: redirect,
  Message: message,
  Sms: message,
};

/**
 * Gives the next act of a call. An act on the line takes time: the far end performs it, and the next
 * call of this function takes its outcome. The result depends on the input only, and all of it can
 * be stored as JSON. The function never throws.
 *
 * @param cursor `FIRST_VERB`, or `verb: position` after a dial, a message or a recording, or the
 * cursor that came with an act on the line
 * @param outcome the outcome of the act that the cursor waits for; null when it waits for none
 */
export function nextAct(
  verbs: readonly Verb[],
  cursor: Cursor,
  state: CallState,
  outcome: Outcome | null,
): Advance {
  const course = new Course(state);
  const next = advance(course, verbs, { cursor, outcome });
  return { ...next, state: course.state, events: course.log.entries() };
}

/** Does the same with a course that several acts share. */
export function advance(
  course: Course,
  verbs: readonly Verb[],
  { cursor, outcome }: { readonly cursor: Cursor; readonly outcome: Outcome | null },
): Pick<Advance, 'act' | 'cursor'> {
  const { verb: position, waiting } = cursor;
  const verb = verbs[position - 1];
  const act =
    (waiting && outcome && verb && finish(course, verb, { waiting, outcome, position })) ??
    begin(course, verbs, { from: position, isFirst: waiting === null });
  // An empty document answers a call and hangs up.
  if (act.act.kind === 'end') course.answer();
  return act;
}

interface Finished {
  readonly waiting: LineAct;
  readonly outcome: Outcome;
  readonly position: number;
}

/** Ends an act on the line. @returns what follows; null when the next verb follows */
function finish(
  course: Course,
  verb: Verb,
  { waiting, outcome, position }: Finished,
): Pick<Advance, 'act' | 'cursor'> | null {
  const next = ending(course, verb, { waiting, outcome, position });
  return next && { act: next, cursor: { verb: position, waiting: null } };
}

function ending(
  course: Course,
  verb: Verb,
  { waiting, outcome, position }: Finished,
): CallNext | null {
  switch (waiting.kind) {
    case 'speak':
      return spoken(course, verb, outcome);
    case 'gather':
      return gathered(course, verb, { act: waiting, outcome });
    case 'recording':
      return recorded(course, verb, { act: waiting, outcome, position });
  }
}

/** Begins the verbs in order until one of them has an act. */
function begin(
  course: Course,
  verbs: readonly Verb[],
  { from, isFirst }: { readonly from: number; readonly isFirst: boolean },
): Pick<Advance, 'act' | 'cursor'> {
  const end = (act: CallNext, verb: number) => ({ act, cursor: { verb, waiting: null } });
  if (isFirst && course.state.is_answered && course.room === 0) return end(TIME_IS_UP, from);
  for (let at = from; at < verbs.length; at += 1) {
    const verb = verbs[at];
    const isKnown = verb && isRun(VOICE_VERBS, verb.name);
    const runner = isKnown ? RUNNERS[verb.name as VoiceVerb] : undefined;
    if (verb && !runner) course.log.warn(verb, `${verb.name} is not run here; the call goes on.`);
    const act = verb && runner?.(course, verb, at + 1);
    if (act) return { act, cursor: { verb: at + 1, waiting: isLineAct(act) ? act : null } };
  }
  return end({ kind: 'end', because: 'end' }, verbs.length);
}
function hangUp(course: Course, verb: Verb): CallEnd {
  course.read(verb, []);
  course.log.ran(verb);
  return { kind: 'end', because: 'hangup' };
}

function reject(course: Course, verb: Verb): CallNext {
  const reader = course.read(verb, ['reason']);
  const reason = reader.oneOf('reason', ['rejected', 'busy'], 'rejected');
  course.log.ran(verb);
  if (!course.state.is_answered) return { kind: 'reject', reason };
  reader.warn('hangs up, because the call was answered already.');
  return { kind: 'end', because: 'hangup' };
}

function redirect(course: Course, verb: Verb): CallNext {
  const reader = course.read(verb, ['method']);
  const method = reader.method();
  const url = verb.text === '' ? course.base_url : reader.resolve(verb.text);
  course.log.ran(verb);
  if (url !== null) return course.request(url, method);
  course.log.warn(verb, 'Redirect must hold a URL of http or https.', INVALID_URL);
  return { kind: 'end', because: 'error' };
}

function message(course: Course, verb: Verb, position: number): CallMessage | null {
  const reply = readReply(verb, course.base_url, course.log);
  return reply && { kind: 'message', position, ...reply };
}
