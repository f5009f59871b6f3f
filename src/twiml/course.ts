import type { CallRequest, CallState, Method } from './call-run.ts';
import { EventLog } from './event-log.ts';
import type { Verb } from './twiml.ts';
import { VerbReader } from './verb-reader.ts';

/** The progress of a call while its verbs run, one after the other. */
export class Course {
  readonly log = new EventLog();
  readonly base_url: string | null;
  #state: CallState;

  constructor(state: CallState) {
    this.base_url = state.base_url;
    this.#state = state;
  }

  get state(): CallState {
    return this.#state;
  }

  /** The remaining seconds of the call. */
  get room(): number {
    return Math.max(0, this.#state.max_seconds - this.#state.seconds);
  }

  answer(): void {
    if (!this.#state.is_answered) this.#state = { ...this.#state, is_answered: true };
  }

  /** Leaves these actions of the other side for later acts. */
  leaveInputs(inputs: readonly string[]): void {
    this.#state = { ...this.#state, inputs };
  }

  /**
   * Lets seconds pass, limited by the remaining ones.
   * @returns whether the call goes on
   */
  spend(seconds: number): boolean {
    if (!this.#state.is_answered) return true;
    const { room } = this;
    this.#state = { ...this.#state, seconds: this.#state.seconds + Math.min(seconds, room) };
    return seconds <= room;
  }

  /** Lets the seconds of a verb pass, and lists it. @returns whether the call goes on */
  pass(verb: Verb, seconds: number): boolean {
    this.log.ran(verb, { seconds: Math.min(seconds, this.room) });
    return this.spend(seconds);
  }

  read(verb: Verb, known: readonly string[]): VerbReader {
    return new VerbReader(verb, this.base_url, this.log, known);
  }

  /** The URL that receives a verb's result: its action, or the document's own URL. */
  actionOf(reader: VerbReader): string | null {
    return reader.url('action') ?? this.base_url;
  }

  request(
    url: string,
    method: Method,
    parameters: Readonly<Record<string, string>> = {},
  ): CallRequest {
    return { kind: 'request', url, method, parameters };
  }
}
