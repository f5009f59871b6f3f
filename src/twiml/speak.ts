import { type Outcome, type Prompt, type SpeakAct } from '../carriers/line-act.ts';
import { HUNG_UP } from './acts.ts';
import { type CallEnd, MAX_SECONDS, TIME_IS_UP } from './call-run.ts';
import type { Course } from './course.ts';
import type { Verb } from './twiml.ts';
import type { VerbReader } from './verb-reader.ts';

/** The most repetitions. `loop="0"` asks for endless repetition and gets this many. */
const MAX_LOOPS = 1_000;
const LOOP = { least: 0, most: MAX_LOOPS, usual: 1 };
const PAUSE = { least: 0, most: MAX_SECONDS, usual: 1 };

/** Reads one verb. @returns its prompt; null when it has nothing to hear */
type PromptReader = (course: Course, verb: Verb, child: number | null) => Prompt | null;

/** Verbs that the other side only hears, in a document and in a `Gather`. */
const SPEAKING: Readonly<Record<string, PromptReader>> = { Say: say, Play: play, Pause: pause };

/** Whether the other side only hears a verb. */
function isSpeaking({ name }: Verb): boolean {
  return Object.hasOwn(SPEAKING, name);
}

/**
 * Reads a verb that the other side only hears.
 * @param child its index in a `Gather`; null outside of one
 * @returns the prompt; null when there is nothing to hear
 */
export function readPrompt(course: Course, verb: Verb, child: number | null): Prompt | null {
  return SPEAKING[verb.name]?.(course, verb, child) ?? null;
}

/** Begins a verb that the other side only hears. */
export function speak(course: Course, verb: Verb): SpeakAct | null {
  for (const child of verb.children) {
    if (isSpeaking(child)) course.log.warn(child, `${child.name} cannot stand in ${verb.name}.`);
  }
  const prompt = readPrompt(course, verb, null);
  return prompt && { kind: 'speak', prompt };
}

/** The prompt was heard. @returns the end of the call; null when the document goes on */
export function spoken(course: Course, verb: Verb, outcome: Outcome): CallEnd | null {
  const goesOn = course.pass(verb, outcome.prompts[0] ?? 0);
  if (outcome.note !== undefined) course.log.warn(verb, `${verb.name} ${outcome.note}`);
  if (outcome.is_hung_up === true) return HUNG_UP;
  return goesOn ? null : TIME_IS_UP;
}

function say(course: Course, verb: Verb, child: number | null): Prompt | null {
  const reader = course.read(verb, ['voice', 'language', 'loop']);
  course.answer();
  const loops = loopsOf(reader);
  const [voice, language] = [reader.text('voice'), reader.text('language')];
  if (verb.text !== '') return { child, loops, is: 'say', text: verb.text, voice, language };
  reader.warn('has nothing to say.');
  return null;
}

function play(course: Course, verb: Verb, child: number | null): Prompt | null {
  const reader = course.read(verb, ['loop', 'digits']);
  course.answer();
  const loops = loopsOf(reader);
  const digits = reader.text('digits')?.trim() ?? '';
  if (digits !== '') {
    if (/^[0-9*#wWA-D]+$/.test(digits)) return { child, loops, is: 'digits', digits };
    reader.warn('is not run, as its digits are no keys of a telephone.');
    return null;
  }
  const url = verb.text === '' ? null : reader.resolve(verb.text);
  if (url !== null) return { child, loops, is: 'play', url };
  reader.warn('is not run; it must hold a URL of http or https.');
  return null;
}

function pause(course: Course, verb: Verb, child: number | null): Prompt {
  const reader = course.read(verb, ['length']);
  return { child, loops: 1, is: 'pause', seconds: reader.number('length', PAUSE) };
}

function loopsOf(reader: VerbReader): number {
  return reader.number('loop', LOOP) || MAX_LOOPS;
}
