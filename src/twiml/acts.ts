import type { NewEntry } from '../carrier/timeline.ts';
import type {
  CallbackWanted,
  CallEnd,
  CallNext,
  CallRecord,
  CallState,
  Method,
} from './call-run.ts';

/**
 * The acts of a call, and their outcomes. The interpreter (`next-act.ts`) gives one act at a time. A
 * far end performs it, and the interpreter takes the outcome. All of it is plain JSON, so another
 * process can go on where one stopped.
 */

/** A thing that the other side hears. It is heard `loops` times. */
export type Prompt = {
  /** The index of its element in a `Gather`; null for a verb of the document itself. */
  readonly child: number | null;
  /** At least 1. */
  readonly loops: number;
} & (
  | {
      readonly is: 'say';
      readonly text: string;
      /** As written in the document; null when it says nothing. */
      readonly voice: string | null;
      readonly language: string | null;
    }
  | { readonly is: 'play'; readonly url: string }
  /** Keys of a telephone. Each `w` waits half a second and each `W` a second. */
  | { readonly is: 'digits'; readonly digits: string }
  | { readonly is: 'pause'; readonly seconds: number }
);

/** The other side hears a prompt. Nothing that it does ends the prompt but hanging up. */
export interface SpeakAct {
  readonly kind: 'speak';
  readonly prompt: Prompt;
}

export const GATHER_INPUTS = ['dtmf', 'speech', 'dtmf speech', 'speech dtmf'] as const;

/** The other side hears prompts, and presses keys or speaks. */
export interface GatherAct {
  readonly kind: 'gather';
  readonly prompts: readonly Prompt[];
  /** What is listened for. */
  readonly input: (typeof GATHER_INPUTS)[number];
  /** The key that ends the keys; empty when no key does. */
  readonly finish_on_key: string;
  /** The number of keys that ends them. */
  readonly num_digits: number;
  /** The seconds of silence after the prompts, or after a key, that end the listening. */
  readonly timeout: number;
  /** The seconds of silence after speech that end it; `auto` leaves it to the recogniser. */
  readonly speech_timeout: number | 'auto';
  /** Whether a key or a word ends the prompts. */
  readonly barge_in: boolean;
  /** For the recogniser of speech. */
  readonly language: string;
  readonly hints: string;
  /** The URL that receives the input; null without one. */
  readonly action: string | null;
  readonly method: Method;
  /** Whether the action is requested after silence too. */
  readonly action_on_empty_result: boolean;
}

/** The other side is recorded. */
export interface RecordingAct
  extends Pick<
    CallRecord,
    | 'max_length'
    | 'timeout'
    | 'finish_on_key'
    | 'play_beep'
    | 'trim'
    | 'transcribe'
    | 'transcribe_callback'
    | 'action'
    | 'method'
  > {
  readonly kind: 'recording';
  readonly recording_status_callback: CallbackWanted | null;
}

/** An act that takes time on the line and has an outcome. */
export type LineAct = SpeakAct | GatherAct | RecordingAct;

/** An act on the line, or what `calls/` does next. */
export type CallAct = LineAct | CallNext;

/** The outcome of an act on the line. */
export interface Outcome {
  /** The seconds of each prompt, in order. Prompts that did not begin are missing. */
  readonly prompts: readonly number[];
  /** The seconds after the prompts. */
  readonly seconds: number;
  /** The keys that were pressed, without the finishing key. */
  readonly digits?: string;
  /** The key that ended a `Gather` or a `Record`. */
  readonly finished_on_key?: string;
  readonly speech?: { readonly text: string; readonly confidence: string };
  /** The length of the recording in seconds. Without it, nothing was recorded. */
  readonly recorded?: number;
  /** Whether the other side hung up, which ended the act. */
  readonly is_hung_up?: boolean;
  /** A remark for the timeline: the sentence after the name of the verb. */
  readonly note?: string;
}

/** The place of a call in its document. */
export interface Cursor {
  /** The index of the next verb. */
  readonly verb: number;
  /** The act of the verb before it that has no outcome yet. */
  readonly waiting: LineAct | null;
}

/** The beginning of a document. */
export const FIRST_VERB: Cursor = { verb: 0, waiting: null };

/** One act, and the call while it is performed. */
export interface Advance {
  readonly act: CallAct;
  /** The place that the outcome of an act on the line belongs to. */
  readonly cursor: Cursor;
  readonly state: CallState;
  /** Entries for the timeline. */
  readonly events: readonly NewEntry[];
}

const LINE_ACTS: ReadonlySet<CallAct['kind']> = new Set(['speak', 'gather', 'recording']);

export function isLineAct(act: CallAct): act is LineAct {
  return LINE_ACTS.has(act.kind);
}

/** The end of a call whose other side hung up. */
export const HUNG_UP: CallEnd = { kind: 'end', because: 'hangup' };
