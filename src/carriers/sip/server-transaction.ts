import { NO_BODY, type ResponseDraft, type SipRequest } from './message.ts';
import {
  isReliable,
  type SipOutside,
  type Source,
  T1,
  T2,
  T4,
  TIMEOUT_MS,
  type Wire,
} from './outside.ts';
import { writeMessage } from './write-message.ts';

interface ServerParts {
  readonly wire: Wire;
  readonly outside: SipOutside;
  readonly source: Source;
  /** No ACK came for a refusal or an acceptance. */
  readonly unacknowledged: () => void;
  readonly ended: () => void;
}

type State = 'proceeding' | 'completed' | 'confirmed' | 'accepted' | 'terminated';

/**
 * One request that came, and our answers: RFC 3261 §17.2, with the accepted state of RFC 6026 §7.1.
 * An accepted INVITE repeats its 200 here, too (§13.3.1.4), until `acknowledge`.
 */
export class ServerTransaction {
  readonly request: SipRequest;
  readonly source: Source;
  readonly #parts: ServerParts;
  readonly #is_invite: boolean;
  #state: State = 'proceeding';
  #last: Buffer | null = null;
  #cancelRepeat: () => void = () => {};
  #cancelEnd: () => void = () => {};

  constructor(request: SipRequest, parts: ServerParts) {
    this.request = request;
    this.source = parts.source;
    this.#parts = parts;
    this.#is_invite = request.method === 'INVITE';
  }

  get state(): State {
    return this.#state;
  }

  respond(draft: ResponseDraft): void {
    if (this.#state !== 'proceeding') return;
    this.#last = writeMessage(draft);
    this.#send();
    if (draft.status < 200) return;
    if (!this.#is_invite) {
      this.#state = 'completed';
      // Timer J.
      if (isReliable(this.source)) this.#finish();
      else this.#endIn(TIMEOUT_MS, () => this.#finish());
      return;
    }
    const is_accepted = draft.status < 300;
    this.#state = is_accepted ? 'accepted' : 'completed';
    // Timer L for an acceptance and H for a refusal.
    this.#endIn(TIMEOUT_MS, () => this.#giveUp());
    // A proxy on the way may lose an acceptance, so it is repeated over streams as well.
    if (is_accepted || !isReliable(this.source)) this.#repeatIn(T1);
  }

  /** The same request once more. */
  repeat(): void {
    if (this.#state === 'proceeding' || this.#state === 'completed') this.#send();
  }

  /** An ACK. That of a 2xx is found by its dialog, so the owner of the dialog calls this. */
  acknowledge(): void {
    this.#cancelRepeat();
    if (this.#state === 'completed' && this.#is_invite) {
      this.#state = 'confirmed';
      // Timer I.
      if (isReliable(this.source)) this.#finish();
      else this.#endIn(T4, () => this.#finish());
    } else if (this.#state === 'accepted') {
      this.#last = NO_BODY;
      this.#endIn(TIMEOUT_MS, () => this.#finish());
    }
  }

  stop(): void {
    this.#finish();
  }

  #giveUp(): void {
    this.#finish();
    this.#parts.unacknowledged();
  }

  #repeatIn(ms: number): void {
    this.#cancelRepeat = this.#parts.outside.after(ms, () => {
      this.#send();
      this.#repeatIn(Math.min(ms * 2, T2));
    });
  }

  #send(): void {
    if (this.#last !== null && this.#last.length > 0)
      this.#parts.wire.answer(this.#last, this.source);
  }

  #endIn(ms: number, run: () => void): void {
    this.#cancelEnd();
    this.#cancelEnd = this.#parts.outside.after(ms, run);
  }

  #finish(): void {
    if (this.#state === 'terminated') return;
    this.#state = 'terminated';
    this.#cancelRepeat();
    this.#cancelEnd();
    this.#last = null;
    this.#parts.ended();
  }
}
