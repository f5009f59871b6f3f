import type { ListenAct, Outcome, SpeakAct, TakeAct } from '../line-act.ts';
import { writeSdp } from '../sip/sdp.ts';
import type { CallSound } from './call-sound.ts';

/** Nothing listens at this port (RFC 863), and the offer says that nothing is sent. */
const DISCARD = 9;

/** A call without sound: its prompts take no time, and its pauses pass. */
export function silence(address: string): CallSound {
  const over = new AbortController();
  const offer = writeSdp(
    { address, port: DISCARD, session: 1, version: 1 },
    { formats: [{ format: '0', codec: 'pcmu/8000' }], direction: 'inactive' },
  );
  return {
    line: null,
    offer: () => offer,
    answer: () => null,
    agreed: async () => null,
    perform: (act, signal) => performSilently(act, AbortSignal.any([signal, over.signal])),
    close: () => over.abort(),
  };
}

async function performSilently(
  act: SpeakAct | ListenAct | TakeAct,
  signal: AbortSignal,
): Promise<Outcome> {
  const prompts = act.kind === 'speak' ? [act.prompt] : act.kind === 'gather' ? act.prompts : [];
  const seconds = prompts.map((one) => (one.is === 'pause' ? one.seconds * one.loops : 0));
  const rest = act.kind === 'speak' ? 0 : act.timeout;
  const total = seconds.reduce((sum, one) => sum + one, rest);
  if (total > 0) await passed(total * 1_000, signal);
  return { prompts: seconds, seconds: rest };
}

function passed(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', done);
    resolve();
  };
  const timer = setTimeout(done, ms).unref();
  signal.addEventListener('abort', done);
  if (signal.aborted) done();
  return promise;
}
