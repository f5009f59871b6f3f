import { KeyPad } from '../media/key-pad.ts';
import type { Heard } from '../media/media.ts';
import { performOnLine } from '../media/perform.ts';
import type { PromptSource } from '../media/prompts.ts';
import { silence as noSound, type Sound, secondsOf } from '../media/sound.ts';
import { writeSdp } from '../sip/sdp.ts';
import type { CallSound } from './call-sound.ts';

/** Nothing listens at this port (RFC 863), and the offer says that nothing is sent. */
const DISCARD = 9;

/** A call without sound: its prompts take no time, and its pauses pass. Its keys come by INFO. */
export function silence(address: string): CallSound {
  const over = new AbortController();
  const keys = new KeyPad();
  const offer = writeSdp(
    { address, port: DISCARD, session: 1, version: 1 },
    { formats: [{ format: '0', codec: 'pcmu/8000' }], direction: 'inactive' },
  );
  return {
    line: null,
    offer: () => offer,
    answer: () => null,
    agreed: async () => null,
    keys,
    perform: (act, signal) =>
      performOnLine(act, {
        line: { play: (sound, stop) => passed(sound, AbortSignal.any([stop, over.signal])) },
        keys,
        source: SILENT,
        signal,
      }),
    close: () => over.abort(),
  };
}

const SILENT: PromptSource = {
  prepare: async (prompt) => ({
    sound: noSound(prompt.is === 'pause' ? prompt.seconds : 0),
    note: null,
  }),
};

/** Lets the time of a silence pass. */
function passed({ length, loops }: Sound, signal: AbortSignal): Promise<Heard> {
  const seconds = secondsOf(length * loops);
  const { promise, resolve } = Promise.withResolvers<Heard>();
  const begun = performance.now();
  const end = (is_whole: boolean) => {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    const heard = is_whole ? seconds : Math.min(seconds, (performance.now() - begun) / 1_000);
    resolve({ seconds: heard, is_whole });
  };
  const stop = () => end(false);
  const timer = setTimeout(() => end(true), seconds * 1_000).unref();
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  return promise;
}
