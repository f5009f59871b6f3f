import type { Outcome, Prompt } from '../line-act.ts';
import type { KeyPad } from './key-pad.ts';
import type { Line } from './media.ts';
import type { PromptSource } from './prompts.ts';
import { SoundError, silence } from './sound.ts';
import type { Speech } from './speech.ts';

/** The line of an act. */
export interface OnLine {
  readonly line: Pick<Line, 'play'>;
  readonly keys: KeyPad;
  readonly source: PromptSource;
  readonly signal: AbortSignal;
}

interface Said extends Pick<Outcome, 'prompts' | 'note'> {
  /** Whether all of them were heard to their ends. */
  readonly is_whole: boolean;
}

/** Plays prompts, one after the other. */
export async function playPrompts(wanted: readonly Prompt[], on: OnLine): Promise<Said> {
  const prompts: number[] = [];
  let said: Pick<Outcome, 'note'> = {};
  for (const prompt of wanted) {
    const { sound, note } = await soundOfPrompt(prompt, on);
    if (note !== null) said = { note };
    const { seconds, is_whole } = await on.line.play({ ...sound, loops: prompt.loops }, on.signal);
    prompts.push(Math.round(seconds));
    if (!is_whole) return { prompts, ...said, is_whole };
  }
  return { prompts, ...said, is_whole: true };
}

/** A prompt that cannot be heard takes no time, and the timeline says why. */
async function soundOfPrompt(prompt: Prompt, { source, signal }: OnLine): Promise<Speech> {
  try {
    return await source.prepare(prompt, signal);
  } catch (error) {
    if (!(error instanceof SoundError)) throw error;
    const note = signal.aborted ? null : `is not heard. ${error.message}`;
    return { sound: silence(0), note };
  }
}
