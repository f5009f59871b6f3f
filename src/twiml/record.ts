import { type Outcome } from '../carriers/line-act.ts';
import { HUNG_UP, type RecordingAct } from './acts.ts';
import { type CallNext, MAX_SECONDS, RECORDING_EVENTS, TIME_IS_UP } from './call-run.ts';
import type { Course } from './course.ts';
import { BAD_RECORDING_EVENT, type Verb } from './twiml.ts';

const ATTRIBUTES = [
  'action',
  'finishOnKey',
  'maxLength',
  'method',
  'playBeep',
  'recordingStatusCallback',
  'recordingStatusCallbackEvent',
  'recordingStatusCallbackMethod',
  'recordingTrack',
  'timeout',
  'transcribe',
  'transcribeCallback',
  'trim',
];
const MAX_LENGTH = { least: 1, most: MAX_SECONDS, usual: 3_600 };
const TIMEOUT = { least: 1, most: MAX_SECONDS, usual: 5 };
const ALL_KEYS = '1234567890*#';

/** The value in place of the key when the other side hangs up. */
const HANG_UP_KEY = 'hangup';

/** Begins to record. */
export function record(course: Course, verb: Verb): RecordingAct {
  const reader = course.read(verb, ATTRIBUTES);
  course.answer();
  const transcribe_callback = reader.url('transcribeCallback');
  return {
    kind: 'recording',
    max_length: reader.number('maxLength', MAX_LENGTH),
    timeout: reader.number('timeout', TIMEOUT),
    finish_on_key: reader.keys('finishOnKey', ALL_KEYS, ALL_KEYS.length),
    play_beep: reader.flag('playBeep', { usual: true }),
    trim: reader.oneOf('trim', ['trim-silence', 'do-not-trim'], 'trim-silence'),
    transcribe: reader.flag('transcribe', { usual: false }) || transcribe_callback !== null,
    transcribe_callback,
    recording_status_callback: reader.callback(
      'recordingStatusCallback',
      RECORDING_EVENTS,
      BAD_RECORDING_EVENT,
    ),
    action: course.actionOf(reader),
    method: reader.method(),
  };
}

/**
 * The recording has ended.
 * @param position the index after the verb
 * @returns the next step; null when nothing was said, and the document goes on
 */
export function recorded(
  course: Course,
  verb: Verb,
  {
    act,
    outcome,
    position,
  }: { readonly act: RecordingAct; readonly outcome: Outcome; readonly position: number },
): CallNext | null {
  const began = course.state.seconds;
  const seconds = Math.min(outcome.recorded ?? 0, course.room);
  course.log.ran(verb, { seconds });
  const isTimeUp = !course.spend(outcome.seconds);
  const isOver = isTimeUp || outcome.is_hung_up === true;
  if (seconds === 0) return isTimeUp ? TIME_IS_UP : isOver ? HUNG_UP : null;
  return {
    ...act,
    kind: 'record',
    position,
    began,
    seconds,
    words: outcome.speech?.text ?? '',
    digits: isOver ? HANG_UP_KEY : (outcome.finished_on_key ?? ''),
    is_hung_up: isOver,
  };
}
