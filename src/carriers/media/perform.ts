import type { ListenAct, Outcome, Prompt, SpeakAct, TakeAct } from '../line-act.ts';
import type { Line } from './media.ts';
import { type Sound, SoundError, silence, soundOf } from './sound.ts';
import type { Speaker, Speech } from './speech.ts';
import { keyTones } from './tones.ts';
import { readWav } from './wav.ts';

/** The source of prompts. */
export interface PromptSource {
  readonly speaker: Pick<Speaker, 'speak'>;
  /** Gets a file. @throws SoundError */
  fetchFile(url: string): Promise<Buffer>;
}

/** One act on a line. */
interface Performance {
  readonly line: Pick<Line, 'play'>;
  readonly source: PromptSource;
  readonly signal: AbortSignal;
}

/**
 * Performs an act on a line: prompts are heard, and what follows them passes in silence. Keys and
 * recordings are not taken yet. It never rejects, and ends early when the line closes.
 */
export async function performOnLine(
  act: SpeakAct | ListenAct | TakeAct,
  on: Performance,
): Promise<Outcome> {
  const { line, signal } = on;
  const wanted = act.kind === 'speak' ? [act.prompt] : act.kind === 'gather' ? act.prompts : [];
  const prompts: number[] = [];
  let said: Pick<Outcome, 'note'> = {};
  for (const prompt of wanted) {
    const { sound, note } = await soundOfPrompt(prompt, on);
    if (note !== null) said = { note };
    const { seconds, is_whole } = await line.play({ ...sound, loops: prompt.loops }, signal);
    prompts.push(Math.round(seconds));
    if (!is_whole) return { prompts, seconds: 0, ...said, is_hung_up: !signal.aborted };
  }
  if (act.kind === 'speak') return { prompts, seconds: 0, ...said };
  const { seconds, is_whole } = await line.play(silence(act.timeout), signal);
  const hung = is_whole || signal.aborted ? {} : { is_hung_up: true };
  return { prompts, seconds: Math.round(seconds), ...said, ...hung };
}

/** A prompt that cannot be heard takes no time, and the timeline says why. */
async function soundOfPrompt(prompt: Prompt, on: Performance): Promise<Speech> {
  try {
    return await prepare(prompt, on);
  } catch (error) {
    if (!(error instanceof SoundError)) throw error;
    return { sound: silence(0), note: `is not heard. ${error.message}` };
  }
}

async function prepare(prompt: Prompt, { source, signal }: Performance): Promise<Speech> {
  const plain = (sound: Sound): Speech => ({ sound, note: null });
  switch (prompt.is) {
    case 'say':
      return source.speaker.speak(prompt, signal);
    case 'play':
      return plain(soundOf(await readWav(await source.fetchFile(prompt.url))));
    case 'digits':
      return plain(soundOf(keyTones(prompt.digits)));
    case 'pause':
      return plain(silence(prompt.seconds));
  }
}
