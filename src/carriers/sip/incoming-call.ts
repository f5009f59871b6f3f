import { sendBye } from './bye.ts';
import type { CallEnd, CallMedia } from './call.ts';
import { afterRequest, contactUri, type Dialog, dialogOfRequest, nextAddressOf } from './dialog.ts';
import { type Header, header, headerOf } from './headers.ts';
import { tellKey } from './key-info.ts';
import type { SipRequest } from './message.ts';
import { type Hop, type SipOutside, type Source, TIMEOUT_MS, type Wire } from './outside.ts';
import { acceptAgain, refreshOf } from './refresh.ts';
import type { ServerTransaction } from './server-transaction.ts';
import { SessionTimer } from './session-timer.ts';
import type { Transactions } from './transactions.ts';
import { answerTo } from './write-message.ts';

/** The events that the side that takes a call hears. */
export interface IncomingEvents {
  /** The far side has acknowledged our acceptance. @param sdp its answer to our late offer */
  acknowledged(sdp: Buffer | null): void;
  /** The far side pressed a key, told by INFO. */
  key(key: string): void;
  /** Once, at the end. */
  ended(end: CallEnd): void;
}

interface IncomingParts {
  readonly wire: Wire;
  readonly outside: SipOutside;
  readonly transactions: Transactions;
  readonly locate: (uri: string) => Promise<Hop | null>;
  /** Called when the call needs no more messages. */
  readonly forgotten: () => void;
}

const NOBODY: IncomingEvents = { acknowledged: () => {}, key: () => {}, ended: () => {} };
const NO_SOUND: CallMedia = { offer: () => null, answer: () => null };

/** A call that another side makes (RFC 3261 §13.3). */
export class IncomingCall {
  readonly request: SipRequest;
  readonly source: Source;
  readonly local_tag: string;
  readonly #parts: IncomingParts;
  readonly #invite: ServerTransaction;
  readonly #session: SessionTimer;
  #events = NOBODY;
  #media = NO_SOUND;
  #state: 'ringing' | 'accepted' | 'answered' | 'ended' = 'ringing';
  #end_of_call: CallEnd | null = null;
  #dialog: Dialog;
  #reinvite: ServerTransaction | null = null;
  /** The headers of the BYE that waits for the ACK; null: none waits. */
  #bye: readonly Header[] | null = null;

  /** @returns null for a request without a Contact, which can make no dialog */
  static take(invite: ServerTransaction, parts: IncomingParts): IncomingCall | null {
    const dialog = dialogOfRequest(invite.request, parts.outside.token());
    return dialog && new IncomingCall(invite, dialog, parts);
  }

  private constructor(invite: ServerTransaction, dialog: Dialog, parts: IncomingParts) {
    this.#invite = invite;
    this.request = invite.request;
    this.source = invite.source;
    this.local_tag = dialog.local_tag;
    this.#dialog = dialog;
    this.#parts = parts;
    this.#session = new SessionTimer({
      outside: parts.outside,
      refresh: (seconds) => void this.#refresh(seconds),
      expired: () => this.#expire(),
    });
  }

  /** The dialog as text, with which another process can end this call. */
  get dialog(): Dialog {
    return this.#dialog;
  }

  /** Takes the events from now on. An end that came before is told soon. */
  follow(events: IncomingEvents, media: CallMedia): void {
    [this.#events, this.#media] = [events, media];
    const end = this.#end_of_call;
    if (end) this.#parts.outside.after(0, () => events.ended(end));
  }

  /** Answers with a provisional status. */
  tell(status: 100 | 180): void {
    if (this.#state !== 'ringing') return;
    const headers = status === 100 ? [] : [this.#contact];
    this.#invite.respond(answerTo(this.request, status, { tag: this.local_tag, headers }));
  }

  /** Refuses the call. */
  reject(status: number, headers: readonly Header[] = []): void {
    if (this.#state !== 'ringing') return;
    this.#invite.respond(answerTo(this.request, status, { tag: this.local_tag, headers }));
    this.#end({ why: 'refused', status, reason: null });
  }

  /** Takes the call. An offer in it is answered; without one, ours goes out, and its ACK answers. */
  accept(): void {
    if (this.#state !== 'ringing') return;
    const { body } = this.request;
    const sdp = body.length > 0 ? this.#media.answer(body) : this.#media.offer();
    if (sdp === null) return this.reject(488);
    this.#state = 'accepted';
    this.#session.heard(this.request, { is_ours: false });
    const shown = { tag: this.local_tag, contact: this.#address, sdp };
    this.#invite.respond(acceptAgain(this.request, shown));
  }

  /** Ends a call that was accepted. Without its ACK a BYE must wait (RFC 3261 §15). */
  hangUp(headers: readonly Header[] = []): void {
    if (this.#state !== 'accepted' && this.#state !== 'answered') return;
    if (this.#state === 'accepted') this.#bye = headers;
    else void this.#sendBye(headers);
    this.#end({ why: 'here', status: null, reason: null });
  }

  /** A CANCEL came. It changes nothing after a final answer. */
  hearCancel(reason: string | null): void {
    if (this.#state !== 'ringing') return;
    this.#invite.respond(answerTo(this.request, 487, { tag: this.local_tag }));
    this.#end({ why: 'canceled', status: 487, reason });
  }

  /** The ACK of our acceptance, or of our answer to a re-INVITE. */
  hearAck(request: SipRequest): void {
    if (request.cseq.number !== this.request.cseq.number) {
      this.#reinvite?.acknowledge();
      this.#reinvite = null;
      return;
    }
    this.#invite.acknowledge();
    if (this.#bye) void this.#sendBye(this.#bye);
    this.#bye = null;
    if (this.#state !== 'accepted') return;
    this.#state = 'answered';
    const isLate = this.request.body.length === 0 && request.body.length > 0;
    this.#events.acknowledged(isLate ? request.body : null);
  }

  /** No ACK came for an answer of ours (RFC 3261 §13.3.1.4). */
  unacknowledged(transaction: ServerTransaction): void {
    if (transaction === this.#reinvite) this.#reinvite = null;
    const headers = this.#bye ?? [];
    const isOurs = transaction === this.#invite && (this.#state === 'accepted' || this.#bye);
    if (!isOurs) return;
    this.#bye = null;
    void this.#sendBye(headers);
    this.#end({ why: 'timeout', status: null, reason: 'Nobody acknowledged the answer' });
  }

  /** A request of the far side within the dialog. */
  hearRequest(transaction: ServerTransaction): void {
    const { request } = transaction;
    const dialog = afterRequest(this.#dialog, request);
    if (!dialog) return this.#respond(transaction, 500);
    this.#dialog = dialog;
    if (request.method === 'BYE') this.#hearBye(transaction);
    else if (request.method === 'INVITE' || request.method === 'UPDATE') {
      this.#hearOffer(transaction, request);
    } else {
      this.#respond(transaction, 200);
      tellKey(request, this.#events);
    }
  }

  #hearBye(transaction: ServerTransaction): void {
    this.#respond(transaction, 200);
    const reason = headerOf(transaction.request, 'reason');
    // A caller may give up an early dialog by BYE, too (RFC 3261 §15).
    if (this.#state === 'ringing') return this.hearCancel(reason);
    this.#bye = null;
    this.#end({ why: 'far-side', status: null, reason });
  }

  #hearOffer(transaction: ServerTransaction, request: SipRequest): void {
    const [isOffer, isInvite] = [request.body.length > 0, request.method === 'INVITE'];
    if (this.#state === 'ended') return this.#respond(transaction, 481);
    const isOpen = this.#reinvite !== null || this.#state !== 'answered';
    if (isOpen && (isInvite || isOffer)) return this.#respond(transaction, 491);
    const media = this.#media;
    const sdp = isOffer ? media.answer(request.body) : isInvite ? media.offer() : null;
    if (sdp === null && (isInvite || isOffer)) return this.#respond(transaction, 488);
    this.#session.heard(request, { is_ours: false });
    if (isInvite) this.#reinvite = transaction;
    transaction.respond(acceptAgain(request, { tag: this.local_tag, contact: this.#address, sdp }));
  }

  get #address(): string {
    const { transport } = this.source;
    return contactUri('', this.#parts.wire.addressOf(transport), transport);
  }

  get #contact(): Header {
    return header('Contact', `<${this.#address}>`);
  }

  /** The address to which the dialog leads; the call's source when that address is not allowed. */
  async #hop(): Promise<Hop> {
    return (await this.#parts.locate(nextAddressOf(this.#dialog))) ?? this.source;
  }

  async #sendBye(headers: readonly Header[]): Promise<void> {
    const hop = await this.#hop();
    const { transactions, outside } = this.#parts;
    const parts = { transactions, token: outside.token, credentials: null, with: headers };
    this.#dialog = sendBye(this.#dialog, hop, parts);
  }

  async #refresh(seconds: number): Promise<void> {
    const { dialog, draft } = refreshOf(this.#dialog, this.#address, seconds);
    this.#dialog = dialog;
    this.#parts.transactions.request(draft, await this.#hop(), {
      answer: (response) => this.#session.refreshed(response),
      failed: () => this.#expire(),
    });
  }

  #expire(): void {
    if (this.#state !== 'accepted' && this.#state !== 'answered') return;
    void this.#sendBye([]);
    this.#end({ why: 'far-side', status: null, reason: 'No sign of life came in time' });
  }

  #respond(transaction: ServerTransaction, status: number): void {
    transaction.respond(answerTo(transaction.request, status, { tag: this.local_tag }));
  }

  #end(end: CallEnd): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#end_of_call = end;
    this.#session.stop();
    this.#events.ended(end);
    // A late ACK, and repeats of a BYE, still find the call.
    this.#parts.outside.after(TIMEOUT_MS, this.#parts.forgotten);
  }
}
