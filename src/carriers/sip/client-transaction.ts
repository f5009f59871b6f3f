import { type Via, writeVia } from './fields.ts';
import { header, headersOf } from './headers.ts';
import type { RequestDraft, SipResponse } from './message.ts';
import { NO_BODY } from './message.ts';
import {
  type Hop,
  isReliable,
  type SipOutside,
  T1,
  T2,
  T4,
  TIMEOUT_MS,
  type Wire,
} from './outside.ts';
import { writeMessage } from './write-message.ts';

/** The events that the owner of a request hears. */
export interface ClientEvents {
  /** An answer, once. Each 2xx to INVITE comes, repeats and other branches of a fork included. */
  answer(response: SipResponse): void;
  /** No answer came, or none can come. It is called at most once. */
  failed(why: 'timeout' | 'transport', reason: string): void;
}

export interface ClientParts {
  readonly wire: Wire;
  readonly outside: SipOutside;
  readonly hop: Hop;
  readonly via: Via;
  readonly events: ClientEvents;
  /** Called when nothing more is heard. */
  readonly ended: () => void;
}

type State = 'calling' | 'proceeding' | 'completed' | 'accepted' | 'terminated';

/**
 * One request and its answers: RFC 3261 §17.1, with the accepted state of RFC 6026 §7.2. `calling`
 * stands for the state `trying` of other requests, too.
 */
export class ClientTransaction {
  readonly request: RequestDraft;
  readonly hop: Hop;
  readonly #parts: ClientParts;
  readonly #is_invite: boolean;
  #octets: Buffer;
  #state: State = 'calling';
  #ack: Buffer | null = null;
  #cancelRepeat: () => void = () => {};
  #cancelEnd: () => void = () => {};

  constructor(draft: RequestDraft, parts: ClientParts) {
    const via = header('Via', writeVia(parts.via));
    this.request = { ...draft, headers: [via, ...draft.headers] };
    this.hop = parts.hop;
    this.#parts = parts;
    this.#is_invite = draft.method === 'INVITE';
    this.#octets = writeMessage(this.request);
  }

  get state(): State {
    return this.#state;
  }

  start(): void {
    // Timer B or F.
    this.#endIn(TIMEOUT_MS, () => this.#fail('timeout', 'No answer came in time'));
    this.#send(this.#octets);
    // Timer A or E. A transport may fail at once.
    if (!isReliable(this.hop) && this.#isIn('calling')) this.#repeatIn(T1);
  }

  /** Sends no more repeats, and still hears an answer that comes late. */
  hush(): void {
    this.#cancelRepeat();
  }

  /** Ends without a word to the owner. */
  stop(): void {
    this.#finish();
  }

  hear(response: SipResponse): void {
    if (this.#is_invite) this.#hearInvite(response);
    else this.#hearOther(response);
  }

  #hearInvite(response: SipResponse): void {
    const { status } = response;
    if (this.#state === 'completed') {
      if (status >= 300 && this.#ack) this.#send(this.#ack);
      return;
    }
    if (this.#state === 'accepted') {
      if (status >= 200 && status < 300) this.#parts.events.answer(response);
      return;
    }
    if (this.#state === 'terminated') return;
    this.#cancelRepeat();
    if (status < 200) {
      // From here on the owner's own patience counts (RFC 3261 §17.1.1.2).
      this.#cancelEnd();
      this.#state = 'proceeding';
    } else if (status < 300) {
      this.#state = 'accepted';
      this.#octets = NO_BODY;
      this.#endIn(TIMEOUT_MS, () => this.#finish());
    } else {
      this.#state = 'completed';
      this.#ack = writeMessage(ackOf(this.request, response));
      this.#send(this.#ack);
      // Timer D.
      if (isReliable(this.hop)) this.#finish();
      else this.#endIn(TIMEOUT_MS, () => this.#finish());
    }
    this.#parts.events.answer(response);
  }

  #hearOther(response: SipResponse): void {
    if (this.#state !== 'calling' && this.#state !== 'proceeding') return;
    if (response.status < 200) {
      this.#state = 'proceeding';
    } else {
      this.#cancelRepeat();
      this.#state = 'completed';
      // Timer K.
      if (isReliable(this.hop)) this.#finish();
      else this.#endIn(T4, () => this.#finish());
    }
    this.#parts.events.answer(response);
  }

  #isIn(state: State): boolean {
    return this.#state === state;
  }

  #repeatIn(ms: number): void {
    this.#cancelRepeat = this.#parts.outside.after(ms, () => {
      if (this.#state !== 'calling' && this.#state !== 'proceeding') return;
      this.#send(this.#octets);
      if (this.#is_invite) this.#repeatIn(ms * 2);
      else this.#repeatIn(this.#state === 'proceeding' ? T2 : Math.min(ms * 2, T2));
    });
  }

  #send(octets: Buffer): void {
    this.#parts.wire.send(octets, this.hop, (reason) => {
      if (this.#state === 'calling' || this.#state === 'proceeding')
        this.#fail('transport', reason);
    });
  }

  #endIn(ms: number, run: () => void): void {
    this.#cancelEnd();
    this.#cancelEnd = this.#parts.outside.after(ms, run);
  }

  #fail(why: 'timeout' | 'transport', reason: string): void {
    this.#finish();
    this.#parts.events.failed(why, reason);
  }

  #finish(): void {
    if (this.#state === 'terminated') return;
    this.#state = 'terminated';
    this.#cancelRepeat();
    this.#cancelEnd();
    this.#octets = NO_BODY;
    this.#parts.ended();
  }
}

/** The ACK of an answer from 300 on: the branch and Route of its INVITE (RFC 3261 §17.1.1.3). */
function ackOf(invite: RequestDraft, response: SipResponse): RequestDraft {
  const kept = (key: string) => headersOf(invite, key);
  const [via] = kept('via');
  const [number = ''] = kept('cseq').map((one) => one.value.split(' ', 1)[0]);
  const headers = [
    ...(via ? [via] : []),
    ...kept('route'),
    ...kept('from'),
    ...headersOf(response, 'to'),
    ...kept('call-id'),
    header('CSeq', `${number} ACK`),
    header('Max-Forwards', '70'),
  ];
  return { is: 'request', method: 'ACK', uri: invite.uri, headers, body: NO_BODY };
}

/** The CANCEL of an INVITE: the same branch, and no extensions (RFC 3261 §9.1). */
export function cancelOf(invite: RequestDraft): RequestDraft {
  const kept = (key: string) => headersOf(invite, key);
  const [number = ''] = kept('cseq').map((one) => one.value.split(' ', 1)[0]);
  const headers = [
    ...kept('route'),
    ...kept('from'),
    ...kept('to'),
    ...kept('call-id'),
    header('CSeq', `${number} CANCEL`),
    header('Max-Forwards', '70'),
  ];
  return { is: 'request', method: 'CANCEL', uri: invite.uri, headers, body: NO_BODY };
}
