import {
  type CallNext,
  type CallRecord,
  MAX_SECONDS,
  RECORDING_EVENTS,
  TIME_IS_UP,
} from './call-run.ts';
import { type Course, secondsOf } from './course.ts';
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
/** The seconds that the other side speaks when its action is unknown. */
const SPOKEN_SECONDS = 5;
const MAX_LENGTH = { least: 1, most: MAX_SECONDS, usual: 3_600 };
const TIMEOUT = { least: 1, most: MAX_SECONDS, usual: 5 };
const ALL_KEYS = '1234567890*#';

/** The value in place of the key when the other side hangs up. */
const HUNG_UP = 'hangup';

/** The action of the other side, and the seconds that it took. */
interface Recorded {
  readonly seconds: number;
  readonly words: string;
  readonly digits: string;
}

/**
 * @param position the index after the verb
 * @returns the next step; null when nothing was said, and the document goes on
 */
export function record(course: Course, verb: Verb, position: number): CallNext | null {
  const reader = course.read(verb, ATTRIBUTES);
  course.answer();
  const max_length = reader.number('maxLength', MAX_LENGTH);
  const timeout = reader.number('timeout', TIMEOUT);
  const finish_on_key = reader.keys('finishOnKey', ALL_KEYS, ALL_KEYS.length);
  const heard = hear(course.takeInput(), finish_on_key);
  const began = course.state.seconds;
  const seconds = Math.min(heard.seconds, max_length, course.room);
  const silence = heard.digits === '' && heard.seconds <= max_length ? timeout : 0;
  course.log.ran(verb, { seconds });
  const isOver = !course.spend(heard.seconds === 0 ? timeout : seconds + silence);
  if (seconds === 0) return isOver ? TIME_IS_UP : null;
  const transcribeCallback = reader.url('transcribeCallback');
  const recorded: CallRecord = {
    kind: 'record',
    position,
    began,
    seconds,
    words: heard.words,
    digits: isOver ? HUNG_UP : heard.digits,
    is_hung_up: isOver,
    max_length,
    timeout,
    finish_on_key,
    play_beep: reader.flag('playBeep', { usual: true }),
    trim: reader.oneOf('trim', ['trim-silence', 'do-not-trim'], 'trim-silence'),
    transcribe: reader.flag('transcribe', { usual: false }) || transcribeCallback !== null,
    transcribe_callback: transcribeCallback,
    recording_status_callback: reader.callback(
      'recordingStatusCallback',
      RECORDING_EVENTS,
      BAD_RECORDING_EVENT,
    ),
    action: course.actionOf(reader),
    method: reader.method(),
  };
  return recorded;
}

function hear(input: string | undefined, finish: string): Recorded {
  if (input === undefined) return { seconds: SPOKEN_SECONDS, words: '', digits: '' };
  if (!/^[0-9*#]+$/.test(input)) return { seconds: secondsOf(input), words: input, digits: '' };
  const digits = [...input].find((key) => finish.includes(key)) ?? '';
  return { seconds: SPOKEN_SECONDS, words: '', digits };
}
