import type { Prompt } from '../line-act.ts';
import { type Sound, silence, soundOf } from './sound.ts';
import { SoundCache } from './sound-cache.ts';
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
  /**
   * Gets a file.
   * @param etag the version that is here already; null: none is
   * @throws SoundError
   */
  fetchFile(url: string, etag: string | null): Promise<SoundFile>;
}

/** A file, and its version. */
export interface SoundFile {
  /** Null: the version that was here still holds. */
  readonly bytes: Buffer | null;
  /** Null: its server names none. */
  readonly etag: string | null;
}

/** Makes the sounds of prompts. */
export class Prompts implements PromptSource {
  readonly #parts: Parts;
  readonly #cache = new SoundCache();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async prepare(prompt: Prompt, signal: AbortSignal): Promise<Speech> {
    const parts = this.#parts;
    switch (prompt.is) {
      case 'say':
        return parts.speaker.speak(prompt, signal);
      case 'play':
        return plain(await this.#fileAt(prompt.url));
      case 'digits':
        return plain(soundOf(keyTones(prompt.digits)));
      case 'pause':
        return plain(silence(prompt.seconds));
    }
  }

  async #fileAt(url: string): Promise<Sound> {
    const kept = this.#cache.get(url);
    const { bytes, etag } = await this.#parts.fetchFile(url, kept?.etag ?? null);
    if (bytes === null && kept) return kept.sound;
    const sound = soundOf(await readWav(bytes ?? Buffer.alloc(0)));
    this.#cache.keep(url, etag, sound);
    return sound;
  }
}

function plain(sound: Sound): Speech {
  return { sound, note: null };
}
