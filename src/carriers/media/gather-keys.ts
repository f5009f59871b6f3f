import type { ListenAct, Outcome } from '../line-act.ts';
import { type OnLine, playPrompts } from './play-prompts.ts';
import { silence } from './sound.ts';

const NO_KEYS = 'takes speech only, so the keys are not heard.';

/** Plays prompts and takes keys. A key ends the prompts at once, unless the document forbids it. */
export async function gatherOnLine(act: ListenAct, on: OnLine): Promise<Outcome> {
  const { line, signal } = on;
  const taken = new TakenKeys(act);
  const hush = on.keys.listen((key) => taken.press(key));
  try {
    const cut = act.barge_in ? [signal, taken.signal] : [signal];
    const { is_whole, ...said } = await playPrompts(act.prompts, {
      ...on,
      signal: AbortSignal.any(cut),
    });
    const isCut = signal.aborted || (act.barge_in && taken.signal.aborted);
    const outcome = (seconds: number, rest: Partial<Outcome>): Outcome => ({
      ...said,
      ...(taken.is_refused && { note: NO_KEYS }),
      seconds: Math.round(seconds),
      ...rest,
    });
    if (!is_whole && !isCut) return outcome(0, { is_hung_up: true });
    let seconds = 0;
    while (!signal.aborted && !taken.is_done) {
      // Each key begins the wait anew.
      const waiting = AbortSignal.any([signal, taken.renew()]);
      const wait = await line.play(silence(act.timeout), waiting);
      seconds += wait.seconds;
      if (wait.is_whole) break;
      if (!waiting.aborted) return outcome(seconds, { is_hung_up: true });
    }
    return outcome(seconds, taken.outcome);
  } finally {
    hush();
  }
}

/** The keys that a `Gather` has taken. */
class TakenKeys {
  readonly #act: ListenAct;
  #digits = '';
  #finished_on_key: string | null = null;
  #next = new AbortController();
  is_done = false;
  /** Whether keys were pressed that the `Gather` does not take. */
  is_refused = false;

  constructor(act: ListenAct) {
    this.#act = act;
  }

  /** Aborts with the next key. */
  get signal(): AbortSignal {
    return this.#next.signal;
  }

  renew(): AbortSignal {
    this.#next = new AbortController();
    return this.#next.signal;
  }

  press(key: string): void {
    const { input, finish_on_key, num_digits } = this.#act;
    if (this.is_done) return;
    if (input === 'speech') {
      this.is_refused = true;
      return;
    }
    if (key === finish_on_key) this.#finished_on_key = key;
    else this.#digits += key;
    this.is_done = key === finish_on_key || this.#digits.length >= num_digits;
    this.#next.abort();
  }

  get outcome(): Pick<Outcome, 'digits' | 'finished_on_key'> {
    if (this.#digits === '') return {};
    const key = this.#finished_on_key;
    return { digits: this.#digits, ...(key !== null && { finished_on_key: key }) };
  }
}
