import type { ListenAct, Outcome, SpeakAct, TakeAct } from '../line-act.ts';
import { gatherOnLine } from './gather-keys.ts';
import { type OnLine, playPrompts } from './play-prompts.ts';
import { silence } from './sound.ts';

/**
 * Performs an act on a line. Recordings are not taken yet. It never rejects, and ends early when the
 * line closes.
 */
export async function performOnLine(
  act: SpeakAct | ListenAct | TakeAct,
  on: OnLine,
): Promise<Outcome> {
  if (act.kind === 'gather') return gatherOnLine(act, on);
  if (act.kind === 'speak') {
    const { is_whole, ...said } = await playPrompts([act.prompt], on);
    const hung = is_whole || on.signal.aborted ? {} : { is_hung_up: true };
    return { ...said, seconds: 0, ...hung };
  }
  const { seconds, is_whole } = await on.line.play(silence(act.timeout), on.signal);
  const hung = is_whole || on.signal.aborted ? {} : { is_hung_up: true };
  return { prompts: [], seconds: Math.round(seconds), ...hung };
}
