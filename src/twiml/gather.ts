import { type CallNext, MAX_SECONDS, TIME_IS_UP } from './call-run.ts';
import { type Course, secondsOf } from './course.ts';
import { speak } from './speak.ts';

import type { Verb } from './twiml.ts';
import type { VerbReader } from './verb-reader.ts';
import { isRun, nounsOf } from './verbs.ts';

const ATTRIBUTES = [
  'action',
  'actionOnEmptyResult',
  'bargeIn',
  'debug',
  'dtmfDetection',
  'enhanced',
  'finishOnKey',
  'hints',
  'input',
  'language',
  'maxSpeechTime',
  'method',
  'numDigits',
  'partialResultCallback',
  'partialResultCallbackMethod',
  'profanityFilter',
  'speechModel',
  'speechTimeout',
  'timeout',
];
const INPUTS = ['dtmf', 'speech', 'dtmf speech', 'speech dtmf'] as const;
const TIMEOUT = { least: 0, most: MAX_SECONDS, usual: 5 };
/**
 * The range of `numDigits`. Without it a key or silence ends the digits, so the default is large.
 */
const NUM_DIGITS = { least: 1, most: 1_000, usual: 1_000 };
/** The confidence of the simulated recognition of speech. */
const CONFIDENCE = '0.9';

/** The input, as parameters for the application, and the seconds that it took. */
interface Gathered {
  readonly parameters: Readonly<Record<string, string>>;
  readonly seconds: number;
}

/** @returns the next step; null when nothing was entered, and the document goes on */
export function gather(course: Course, verb: Verb): CallNext | null {
  const reader = course.read(verb, ATTRIBUTES);
  course.answer();
  const method = reader.method();
  const action = course.actionOf(reader);
  for (const child of verb.children) {
    if (!isRun(nounsOf('Gather'), child.name))
      course.log.warn(child, `${child.name} is not run in a Gather.`);
    else if (!speak(course, child)) return TIME_IS_UP;
  }
  const timeout = timeoutOf(reader);
  const gathered = listen(reader, course.takeInput() ?? '', timeout);
  const { parameters, seconds } = gathered ?? { parameters: { Digits: '' }, seconds: timeout };
  course.log.ran(verb, { ...parameters, seconds: Math.min(seconds, course.room) });
  if (!course.spend(seconds)) return TIME_IS_UP;
  if (gathered === null && !reader.flag('actionOnEmptyResult', { usual: false })) return null;
  if (action !== null) return course.request(action, method, parameters);
  reader.warn('has nowhere to send what was entered; it needs an action.');
  return null;
}

/** The timeout. With `auto` the recognition of speech decides. */
function timeoutOf(reader: VerbReader): number {
  return reader.text('timeout')?.trim() === 'auto'
    ? TIMEOUT.usual
    : reader.number('timeout', TIMEOUT);
}

function listen(reader: VerbReader, input: string, timeout: number): Gathered | null {
  const takes = reader.oneOf('input', INPUTS, 'dtmf');
  const finish = reader.keys('finishOnKey', '#', 1);
  const most = reader.number('numDigits', NUM_DIGITS);
  if (input === '') return null;
  if (!/^[0-9*#]+$/.test(input)) {
    if (takes === 'dtmf') {
      reader.warn('does not take speech, so what was said is not heard.');
      return null;
    }
    const seconds = secondsOf(input);
    return { parameters: { SpeechResult: input, Confidence: CONFIDENCE }, seconds };
  }
  if (takes === 'speech') {
    reader.warn('takes speech only, so the keys are not heard.');
    return null;
  }
  const end = finish === '' ? -1 : input.indexOf(finish);
  const digits = (end < 0 ? input : input.slice(0, end)).slice(0, most);
  if (digits === '') return null;
  // The last wanted digit ends the input before the finishing key.
  const isFinished = end >= 0 && end <= most && digits.length < most;
  const waited = isFinished || digits.length === most ? 0 : timeout;
  return {
    parameters: { Digits: digits, ...(isFinished && { FinishedOnKey: finish }) },
    seconds: digits.length + waited,
  };
}
