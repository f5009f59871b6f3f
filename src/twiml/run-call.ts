import {
  type CallEnd,
  type CallMessage,
  type CallNext,
  type CallRun,
  type CallState,
  TIME_IS_UP,
} from './call-run.ts';
import { Course } from './course.ts';
import { dial } from './dial.ts';
import { gather } from './gather.ts';
import { readReply } from './read-reply.ts';
import { record } from './record.ts';
import { isSpeaking, speak } from './speak.ts';
import { INVALID_URL, type Verb } from './twiml.ts';
import { isRun, VOICE_VERBS, type VoiceVerb } from './verbs.ts';

/** Runs one verb. @returns the next step; null when the next verb follows */
type Runner = (course: Course, verb: Verb, position: number) => CallNext | null;

/** A function for each verb that the list marks as run. */
const RUNNERS: Readonly<Partial<Record<VoiceVerb, Runner>>> = {
  Say: pass,
  Play: pass,
  Pause: pass,
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
 * Runs the verbs of a call until the call ends or needs something from outside. The result depends
 * on the input only. It never throws, and always ends within the time of the call. The new state
 * includes the seconds that passed.
 * @param from the index of the first verb to run: 0 for a new document, later `next.position`
 */
export function runCall(verbs: readonly Verb[], from: number, state: CallState): CallRun {
  const course = new Course(state);
  const next = runVerbs(course, verbs, from);
  // An empty document answers a call and hangs up.
  if (next.kind === 'end') course.answer();
  return { events: course.log.entries(), state: course.state, next };
}

function runVerbs(course: Course, verbs: readonly Verb[], from: number): CallNext {
  if (course.state.is_answered && course.room === 0) return TIME_IS_UP;
  for (let at = from; at < verbs.length; at += 1) {
    const verb = verbs[at];
    const isKnown = verb && isRun(VOICE_VERBS, verb.name);
    const runner = isKnown ? RUNNERS[verb.name as VoiceVerb] : undefined;
    if (verb && !runner) course.log.warn(verb, `${verb.name} is not run here; the call goes on.`);
    const next = verb && runner?.(course, verb, at + 1);
    if (next) return next;
  }
  return { kind: 'end', because: 'end' };
}

function pass(course: Course, verb: Verb): CallEnd | null {
  for (const child of verb.children) {
    if (isSpeaking(child)) course.log.warn(child, `${child.name} cannot stand in ${verb.name}.`);
  }
  return speak(course, verb) ? null : TIME_IS_UP;
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
