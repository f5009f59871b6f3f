import { GATHER_INPUTS, type Outcome, type Prompt } from '../carriers/line-act.ts';
import { type GatherAct, HUNG_UP } from './acts.ts';
import { type CallNext, MAX_SECONDS, TIME_IS_UP } from './call-run.ts';
import type { Course } from './course.ts';
import { readPrompt } from './speak.ts';
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
const TIMEOUT = { least: 0, most: MAX_SECONDS, usual: 5 };
/**
 * The range of `numDigits`. Without it a key or silence ends the digits, so the default is large.
 */
const NUM_DIGITS = { least: 1, most: 1_000, usual: 1_000 };
/** The language of speech whose document names none. */
const LANGUAGE = 'en-US';

/** Begins to listen. */
export function gather(course: Course, verb: Verb): GatherAct {
  const reader = course.read(verb, ATTRIBUTES);
  course.answer();
  const method = reader.method();
  const action = course.actionOf(reader);
  const timeout = secondsOrAuto(reader, 'timeout', TIMEOUT.usual);
  return {
    kind: 'gather',
    prompts: promptsOf(course, verb),
    input: reader.oneOf('input', GATHER_INPUTS, 'dtmf'),
    finish_on_key: reader.keys('finishOnKey', '#', 1),
    num_digits: reader.number('numDigits', NUM_DIGITS),
    // With `auto` the recognition of speech decides.
    timeout: timeout === 'auto' ? TIMEOUT.usual : timeout,
    speech_timeout: secondsOrAuto(reader, 'speechTimeout', timeout),
    barge_in: reader.flag('bargeIn', { usual: true }),
    language: reader.text('language') ?? LANGUAGE,
    hints: reader.text('hints') ?? '',
    action,
    method,
    action_on_empty_result: reader.flag('actionOnEmptyResult', { usual: false }),
  };
}

/** The listening has ended. @returns the next step; null when the document goes on */
export function gathered(
  course: Course,
  verb: Verb,
  { act, outcome }: { readonly act: GatherAct; readonly outcome: Outcome },
): CallNext | null {
  for (const [at, seconds] of outcome.prompts.entries()) {
    const child = verb.children[act.prompts[at]?.child ?? -1];
    if (child && !course.pass(child, seconds)) return TIME_IS_UP;
  }
  const warn = (rest: string) => course.log.warn(verb, `${verb.name} ${rest}`);
  if (outcome.note !== undefined) warn(outcome.note);
  const entered = parametersOf(outcome);
  const parameters = entered ?? { Digits: '' };
  const seconds = Math.min(outcome.seconds, course.room);
  course.log.ran(verb, { ...parameters, seconds });
  if (outcome.is_hung_up === true) return HUNG_UP;
  if (!course.spend(outcome.seconds)) return TIME_IS_UP;
  if (entered === null && !act.action_on_empty_result) return null;
  if (act.action !== null) return course.request(act.action, act.method, parameters);
  warn('has nowhere to send what was entered; it needs an action.');
  return null;
}

function promptsOf(course: Course, verb: Verb): Prompt[] {
  const prompts: Prompt[] = [];
  for (const [at, child] of verb.children.entries()) {
    const isKnown = isRun(nounsOf('Gather'), child.name);
    if (!isKnown) course.log.warn(child, `${child.name} is not run in a Gather.`);
    const prompt = isKnown ? readPrompt(course, child, at) : null;
    if (prompt) prompts.push(prompt);
  }
  return prompts;
}

function secondsOrAuto(reader: VerbReader, name: string, usual: number | 'auto'): number | 'auto' {
  const written = reader.text(name)?.trim();
  if (written === undefined) return usual;
  return written === 'auto' ? 'auto' : reader.number(name, TIMEOUT);
}

/** The parameters for the application; null when nothing was entered. */
function parametersOf({
  digits = '',
  finished_on_key,
  speech,
}: Outcome): Readonly<Record<string, string>> | null {
  if (speech) return { SpeechResult: speech.text, Confidence: speech.confidence };
  if (digits === '') return null;
  return {
    Digits: digits,
    ...(finished_on_key !== undefined && { FinishedOnKey: finished_on_key }),
  };
}
