import { MAX_SECONDS } from './call-run.ts';
import { type Course, secondsOf } from './course.ts';
import type { Verb } from './twiml.ts';
import type { VerbReader } from './verb-reader.ts';

/** The seconds of every played file. The file itself is not fetched. */
const PLAY_SECONDS = 5;
const KEYS_A_SECOND = 2;
/** The most repetitions. `loop="0"` asks for endless repetition and gets this many. */
const MAX_LOOPS = 1_000;
const LOOP = { least: 0, most: MAX_LOOPS, usual: 1 };
const PAUSE = { least: 0, most: MAX_SECONDS, usual: 1 };

/** Verbs that only let time pass, in a document and in a `Gather`. */
const SPEAKING: Readonly<Record<string, (course: Course, verb: Verb) => boolean>> = {
  Say: say,
  Play: play,
  Pause: pause,
};

/** Whether a verb only lets time pass. */
export function isSpeaking({ name }: Verb): boolean {
  return Object.hasOwn(SPEAKING, name);
}

/** @returns whether the call goes on; false when its time is up */
export function speak(course: Course, verb: Verb): boolean {
  return SPEAKING[verb.name]?.(course, verb) ?? true;
}

function say(course: Course, verb: Verb): boolean {
  const reader = course.read(verb, ['voice', 'language', 'loop']);
  course.answer();
  const loops = loopsOf(reader);
  if (verb.text === '') {
    reader.warn('has nothing to say.');
    return true;
  }
  return pass(course, verb, secondsOf(verb.text) * loops);
}

function play(course: Course, verb: Verb): boolean {
  const reader = course.read(verb, ['loop', 'digits']);
  course.answer();
  const loops = loopsOf(reader);
  const digits = reader.text('digits')?.trim() ?? '';
  if (digits !== '') {
    if (/^[0-9*#wWA-D]+$/.test(digits)) {
      return pass(course, verb, Math.ceil(digits.length / KEYS_A_SECOND) * loops);
    }
    reader.warn('is not run, as its digits are no keys of a telephone.');
    return true;
  }
  if (verb.text === '' || reader.resolve(verb.text) === null) {
    reader.warn('is not run; it must hold a URL of http or https.');
    return true;
  }
  return pass(course, verb, PLAY_SECONDS * loops);
}

function pause(course: Course, verb: Verb): boolean {
  const reader = course.read(verb, ['length']);
  return pass(course, verb, reader.number('length', PAUSE));
}

function loopsOf(reader: VerbReader): number {
  return reader.number('loop', LOOP) || MAX_LOOPS;
}

function pass(course: Course, verb: Verb, seconds: number): boolean {
  const passed = Math.min(seconds, course.room);
  course.log.ran(verb, { seconds: passed });
  return course.spend(seconds);
}
