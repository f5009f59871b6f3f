/** The acts of a carrier of calls on the line, and their outcomes. All of it is plain JSON. */

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
export interface ListenAct {
  readonly kind: 'gather';
  readonly prompts: readonly Prompt[];
  /** The things that are listened for. */
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
}

/** The other side is recorded. */
export interface TakeAct {
  readonly kind: 'recording';
  /** Seconds. */
  readonly max_length: number;
  /** The seconds of silence that end it. */
  readonly timeout: number;
  /** The keys that end it. */
  readonly finish_on_key: string;
  readonly play_beep: boolean;
  readonly trim: 'trim-silence' | 'do-not-trim';
}

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
