import type { Prompt } from '../line-act.ts';
import { type Sound, silence, soundOf } from './sound.ts';
import type { Speaker, Speech } from './speech.ts';
import { keyTones } from './tones.ts';
import { readWav } from './wav.ts';

/** The source of prompts. */
export interface PromptSource {
  /** @throws SoundError */
  prepare(prompt: Prompt, signal: AbortSignal): Promise<Speech>;
}

interface Parts {
  readonly speaker: Pick<Speaker, 'speak'>;
  /** Gets a file. @throws SoundError */
  fetchFile(url: string): Promise<Buffer>;
}

/** Makes the sounds of prompts. */
export class Prompts implements PromptSource {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async prepare(prompt: Prompt, signal: AbortSignal): Promise<Speech> {
    const parts = this.#parts;
    switch (prompt.is) {
      case 'say':
        return parts.speaker.speak(prompt, signal);
      case 'play':
        return plain(soundOf(await readWav(await parts.fetchFile(prompt.url))));
      case 'digits':
        return plain(soundOf(keyTones(prompt.digits)));
      case 'pause':
        return plain(silence(prompt.seconds));
    }
  }
}

function plain(sound: Sound): Speech {
  return { sound, note: null };
}
