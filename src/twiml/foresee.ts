import type { Outcome, Prompt } from '../carriers/line-act.ts';
import type { GatherAct, LineAct, RecordingAct } from './acts.ts';
import type { CallState } from './call-run.ts';

/**
 * The far end of a call that no wire carries. It does what the `inputs` of the call say, one for
 * each `Gather` and `Record`, so the outcome of every act is known ahead.
 */

/** The speed of speech, in characters a second. */
const SPEED = 15;
/** The seconds of every played file. The file itself is not fetched. */
const PLAY_SECONDS = 5;
const KEYS_A_SECOND = 2;
/** The seconds that the other side speaks when its action is unknown. */
const SPOKEN_SECONDS = 5;
/** The confidence of the simulated recognition of speech. */
const CONFIDENCE = '0.9';

/** The outcome of an act, and the actions of the other side that are left. */
export interface Foreseen {
  readonly outcome: Outcome;
  readonly inputs: readonly string[];
}

/** Foresees the outcome of an act. It depends on the act and the state only. */
export function foresee(act: LineAct, state: CallState): Foreseen {
  const { inputs } = state;
  if (act.kind === 'speak') {
    return { outcome: { prompts: [secondsOfPrompt(act.prompt)], seconds: 0 }, inputs };
  }
  const [input, ...left] = inputs;
  if (act.kind === 'recording') return { outcome: hear(act, input), inputs: left };
  const prompts = act.prompts.map(secondsOfPrompt);
  return { outcome: { prompts, ...listen(act, input ?? '') }, inputs: left };
}

/** The seconds that it takes to say a text. */
function secondsOf(text: string): number {
  return Math.ceil(text.length / SPEED);
}

function secondsOfPrompt(prompt: Prompt): number {
  switch (prompt.is) {
    case 'say':
      return secondsOf(prompt.text) * prompt.loops;
    case 'play':
      return PLAY_SECONDS * prompt.loops;
    case 'digits':
      return Math.ceil(prompt.digits.length / KEYS_A_SECOND) * prompt.loops;
    case 'pause':
      return prompt.seconds;
  }
}

function isKeys(input: string): boolean {
  return /^[0-9*#]+$/.test(input);
}

/** The words or keys that a `Gather` gets from an input, and the seconds after its prompts. */
function listen(act: GatherAct, input: string): Omit<Outcome, 'prompts'> {
  const nothing = { seconds: act.timeout };
  if (input === '') return nothing;
  if (!isKeys(input)) {
    if (act.input !== 'dtmf') {
      return { seconds: secondsOf(input), speech: { text: input, confidence: CONFIDENCE } };
    }
    return { ...nothing, note: 'does not take speech, so what was said is not heard.' };
  }
  if (act.input === 'speech') {
    return { ...nothing, note: 'takes speech only, so the keys are not heard.' };
  }
  const { finish_on_key, num_digits } = act;
  const end = finish_on_key === '' ? -1 : input.indexOf(finish_on_key);
  const digits = (end < 0 ? input : input.slice(0, end)).slice(0, num_digits);
  if (digits === '') return nothing;
  // The last wanted digit ends the input before the finishing key.
  const isFinished = end >= 0 && end <= num_digits && digits.length < num_digits;
  const waited = isFinished || digits.length === num_digits ? 0 : act.timeout;
  return {
    digits,
    ...(isFinished && { finished_on_key: finish_on_key }),
    seconds: digits.length + waited,
  };
}

/** The sound that a `Record` gets from an input: words, or a few seconds of speech and then keys. */
function hear(act: RecordingAct, input: string | undefined): Outcome {
  const isSpeech = input !== undefined && !isKeys(input);
  const spoken = isSpeech ? secondsOf(input) : SPOKEN_SECONDS;
  if (spoken === 0) return { prompts: [], seconds: act.timeout };
  const key = isSpeech
    ? undefined
    : [...(input ?? '')].find((one) => act.finish_on_key.includes(one));
  const recorded = Math.min(spoken, act.max_length);
  const silence = key === undefined && spoken <= act.max_length ? act.timeout : 0;
  return {
    prompts: [],
    seconds: recorded + silence,
    recorded,
    ...(isSpeech && { speech: { text: input, confidence: CONFIDENCE } }),
    ...(key !== undefined && { finished_on_key: key }),
  };
}
